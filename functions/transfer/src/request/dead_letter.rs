//! A request that TransferQueue gave up. Its audio may be what ended each invocation that touched it, so nothing is
//! fetched: the failure is noted, and the slow lane goes on from there.

use recordings::ledger_entry::{LedgerEntry, State};
use recordings::messages::TransferRequest;
use recordings::ports::{Clock, OpenMarkerWrite, PortError, Versioned};
use recordings::telemetry::{Metric, Metrics};

use super::failed::{first_entry, give_up};
use super::{going_on, remind};
use crate::Ports;
use crate::config::Settings;
use crate::copy::CopyError;

/// Notes that a transfer died, once for each time it was tried.
///
/// # Errors
/// Whenever something is not durable: nothing but this message tells of the death, so it has to come again.
pub(super) async fn note(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
) -> Result<(), PortError> {
    going_on::abandon(ports, request).await;
    let entry = match known {
        Some(entry) => entry,
        None => first_entry(ports, request).await?,
    };
    if is_noted(ports, &entry.entry) {
        ports.open_markers().keep(&request.event()).await?;
        return remind(ports, settings, request, &entry).await;
    }
    give_up(ports, settings, request, entry, &CopyError::DeadLettered).await?;
    report(ports, request);
    Ok(())
}

/// The letter itself may come twice. While the next try is yet to come, nothing was tried since the last failure.
fn is_noted(ports: &impl Ports, entry: &LedgerEntry) -> bool {
    let has_failed = matches!(entry.state(), State::Failed | State::Absent);
    has_failed && entry.next_attempt_at.is_some_and(|due| ports.clock().now() < due)
}

fn report(ports: &impl Ports, request: &TransferRequest) {
    tracing::error!(
        log_type = "recording_dead_lettered",
        organisation = %request.recording.organisation,
        call_id = %request.recording.call_id,
        recording_id = %request.recording.recording_id,
        attempt = request.attempt,
        "every try of a transfer ended without a word; the slow lane goes on",
    );
    ports.metrics().record(ports.clock().now(), request.recording.provider, &[Metric::one("dead_lettered")]);
}
