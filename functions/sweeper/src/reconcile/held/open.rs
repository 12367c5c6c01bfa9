//! Unfinished business: how old it is, and what of it runs out of time.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{Advice, Clock, LedgerRead, OpenMarkerList, PortError, TransferQueue};
use recordings::recording::RecordingRef;

use super::Run;
use super::act::count_of;
use super::page::READS_AT_ONCE;
use super::progress::{Place, Progress};
use crate::Ports;

/// So long before its provider forgets it, a recording that is not in the bucket is at risk.
const AT_RISK_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The recordings that had a marker when the run began, by a number for each: a million of them take sixteen megabytes,
/// and of two that share a number at most a look too many follows.
#[derive(Debug, Default)]
pub(super) struct OpenSet(HashSet<u64>);

impl OpenSet {
    pub(super) async fn read(ports: &impl Ports) -> Result<Self, PortError> {
        let (mut open, mut after) = (HashSet::new(), None);
        loop {
            let page = ports.open_markers().page(after.as_deref()).await?;
            open.extend(page.markers.iter().map(|(recording, _)| number(recording)));
            after = page.next;
            if after.is_none() {
                return Ok(Self(open));
            }
        }
    }

    pub(super) fn has(&self, recording: &RecordingRef) -> bool {
        self.0.contains(&number(recording))
    }
}

/// The same for the same recording, always.
pub(super) fn number(recording: &RecordingRef) -> u64 {
    let mut hasher = DefaultHasher::new();
    recording.hash(&mut hasher);
    hasher.finish()
}

impl<P: Ports> Run<'_, P> {
    /// One page of markers. What is at risk is tried now, whatever the slow lane says, the nearest end first.
    pub(super) async fn open(&mut self, progress: &mut Progress, after: Option<&str>) -> Result<(), PortError> {
        let ports = self.ports;
        let page = ports.open_markers().page(after).await?;
        let looking = page.markers.iter().map(|(recording, _)| look(ports, recording));
        let seen: Vec<_> = stream::iter(looking).buffered(READS_AT_ONCE).collect().await;
        let soon = ports.clock().now().saturating_add(AT_RISK_AHEAD).unwrap_or(Timestamp::MAX);
        let mut at_risk = Vec::new();
        for seen in seen {
            let Some((event, entry)) = seen? else { continue };
            let RecordingRef { organisation, provider, .. } = &event.recording;
            progress.meters.of(organisation, *provider).found_open(event.received_at);
            at_risk.extend(entry.and_then(|entry| ends_before(&entry, soon)).map(|end| (end, event)));
        }
        at_risk.sort_by_key(|(end, _)| *end);
        for (end, event) in &at_risk {
            try_now(ports, event, *end).await?;
            let RecordingRef { organisation, provider, .. } = &event.recording;
            progress.meters.of(organisation, *provider).acts.at_risk += 1;
            self.outcome.acts.at_risk += 1;
        }
        progress.place = match page.next {
            Some(next) => Place::Open(Some(next)),
            None => Place::Through,
        };
        Ok(())
    }
}

/// The event in a marker and the entry. A marker that is gone was finished meanwhile; of one that cannot be read, and of
/// such an entry, others tell.
async fn look(
    ports: &impl Ports,
    recording: &RecordingRef,
) -> Result<Option<(TransferRequest, Option<LedgerEntry>)>, PortError> {
    let read = async {
        let Some(marker) = ports.open_markers().read(recording).await? else { return Ok(None) };
        let entry = ports.ledger().get(recording).await?;
        Ok(Some((marker.event, entry.map(|entry| entry.entry))))
    };
    match read.await {
        Err(error) if PortError::advice(&error) == Advice::GiveUp => Ok(None),
        read => read,
    }
}

/// When the provider forgets what is not in the bucket, if that is before `soon`.
fn ends_before(entry: &LedgerEntry, soon: Timestamp) -> Option<Timestamp> {
    let is_wanted = entry.state().wants_transfer() || entry.is_being_fetched_after_all();
    entry.provider_expires_at.filter(|end| is_wanted && *end <= soon)
}

async fn try_now(ports: &impl Ports, event: &TransferRequest, end: Timestamp) -> Result<(), PortError> {
    let request = TransferRequest { origin: Origin::Reconcile, attempt: 0, not_before: None, ..event.clone() };
    ports.transfer_queue().send(&request).await?;
    tracing::error!(
        log_type = "recording_at_risk",
        organisation = %event.recording.organisation,
        call_id = %event.recording.call_id,
        recording_id = %event.recording.recording_id,
        provider_expires_at = %end,
        "the provider will not keep a recording for another day that is not in the bucket; it is tried now",
    );
    count_of(ports, &event.recording, "at_risk");
    Ok(())
}
