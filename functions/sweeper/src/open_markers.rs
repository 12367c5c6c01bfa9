//! `open/`: recordings that nobody touched for long are sent again, whatever stopped them.

use std::time::Duration;

use jiff::Timestamp;
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::ObjectKey;
use recordings::ports::{
    Advice, Clock, Cursors, OpenMarker, OpenMarkerList, OpenMarkerWrite, OpenPage, PortError, TransferQueue,
};
use recordings::recording::RecordingRef;
use recordings::telemetry::{Metric, Metrics, causes};

use crate::config::Settings;
use crate::turns::Turns;
use crate::{Deadline, Outcome, Ports};

const CURSOR: &str = "open";

/// The markers of one organisation that are looked at before it is another's turn.
const MARKERS_A_TURN: u16 = 100;

/// Goes on from the last run's cursor, a bounded number of markers, and leaves a cursor where it stopped. The organisations
/// take turns, so that one with a hundred thousand markers keeps no other waiting.
pub(crate) async fn send_again(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let kept = ports.cursors().read(CURSOR).await?;
    let before = Turns::read(kept.as_deref());
    let open = ports.open_markers().organisations().await?;
    note_foreign(&open.foreign);
    let mut turns = before.clone();
    turns.begin(open.organisations);
    let result = take_turns(ports, settings, deadline, &mut turns, outcome).await;
    let written = match turns == before {
        true => Ok(()),
        false => ports.cursors().write(CURSOR, turns.write().as_deref()).await,
    };
    result.and(written)
}

async fn take_turns(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    turns: &mut Turns,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    while let Some(organisation) = turns.next() {
        let after = turns.after(&organisation);
        let page = ports.open_markers().page_of(&organisation, after.as_deref(), MARKERS_A_TURN).await?;
        note_foreign(&page.foreign);
        let stopped_at = one_page(ports, settings, deadline, &page, outcome).await?;
        let is_cut_off = stopped_at.is_some();
        turns.end(organisation, stopped_at.or(page.next));
        if is_cut_off || outcome.looked_at >= settings.markers_a_run {
            break;
        }
    }
    Ok(())
}

fn note_foreign(keys: &[String]) {
    for key in keys {
        tracing::warn!(log_type = "open_marker_foreign", key_length = key.len(), "a key in open/ is no marker of ours");
    }
}

/// Sends again what is due on a page. The key behind which the next run goes on, if the time is up.
async fn one_page(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    page: &OpenPage,
    outcome: &mut Outcome,
) -> Result<Option<String>, PortError> {
    for (recording, touched) in &page.markers {
        outcome.looked_at += 1;
        if is_untouched(*touched, ports.clock().now(), settings.untouched_for) {
            match one(ports, recording, *touched, outcome).await {
                Err(error) if error.advice() == Advice::GiveUp => note_unreadable(ports, recording, &error, outcome),
                result => result?,
            }
        }
        if deadline.is_near(ports.clock()) {
            return Ok(Some(ObjectKey::Open(recording).to_string()));
        }
    }
    Ok(None)
}

/// One marker that makes no sense must not stand before all others for ever.
fn note_unreadable(ports: &impl Ports, recording: &RecordingRef, error: &PortError, outcome: &mut Outcome) {
    outcome.unreadable += 1;
    tracing::error!(
        log_type = "open_marker_unreadable",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "an open marker cannot be read; it stays where it is",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("open_marker_unreadable")]);
}

fn is_untouched(touched: Timestamp, now: Timestamp, untouched_for: Duration) -> bool {
    Duration::try_from(now.duration_since(touched)).is_ok_and(|age| age >= untouched_for)
}

/// The request is durable before the marker is touched; a marker that is gone by now was finished meanwhile.
async fn one(
    ports: &impl Ports,
    recording: &RecordingRef,
    touched: Timestamp,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let Some(OpenMarker { event, version }) = ports.open_markers().read(recording).await? else { return Ok(()) };
    let again = TransferRequest { origin: Origin::Sweep, attempt: 0, not_before: None, ..event.clone() };
    ports.transfer_queue().send(&again).await?;
    ports.open_markers().renew(&event, Some(&version)).await?;
    outcome.sent_again += 1;
    tracing::info!(
        log_type = "recording_sent_again",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        untouched_since = %touched,
        "an unfinished recording is sent again",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("sent_again")]);
    Ok(())
}
