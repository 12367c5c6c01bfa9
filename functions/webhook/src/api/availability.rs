//! Whether a call can be heard, and why not.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use jiff::Timestamp;
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::link::LinkTarget;
use recordings::ports::{Clock, PortError, SecretSource};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::conditional::{Keeping, tagged};
use super::explanation::Explanation;
use super::input::CallInPath;
use super::problem::NOT_FOUND;
use super::signed::key_in_bucket;
use super::{Answer, entries};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// How long a transfer that nothing hinders may take: as long as an invocation.
const A_TRANSFER: Duration = Duration::from_secs(120);
/// When the sweeper has found what was left lying: the time for which it is left alone, and the spacing of sweeps.
const A_SWEEP: Duration = Duration::from_secs(20 * 60);

/// Whether a call can be heard.
#[derive(Serialize, ToSchema)]
pub(super) struct Availability {
    /// Whether the audio is in the bucket.
    available: bool,
    #[serde(flatten)]
    explanation: Explanation,
    /// Where it is, or what became of it, in one word.
    reason: Reason,
    /// The permanent link, which plays the recording wherever it is just now; none where there is nothing to hear.
    #[serde(rename = "recordingUrl")]
    recording_url: Option<String>,
    /// When the provider's audio was last fetched in whole.
    #[serde(rename = "lastFetchedAt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_fetched_at: Option<Timestamp>,
    /// While it is pending or tried again: when the next try is over, if nothing hinders it.
    #[serde(rename = "expectedAt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expected_at: Option<Timestamp>,
    /// How many transfers were tried and failed.
    attempts: u32,
    /// The stage at which the last one failed.
    #[serde(rename = "failedStage")]
    failed_stage: Option<Stage>,
    /// How it failed, in a word that is stable.
    #[serde(rename = "lastErrorCode")]
    last_error_code: Option<String>,
}

/// Where the audio is, or what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// It is in the bucket.
    InBucket,
    /// It is on its way into the bucket.
    OnItsWay,
    /// Only the provider has it.
    AtProviderOnly,
    /// The tries so far failed; slower ones go on.
    Failed,
    /// The recording was too short to be kept by the provider.
    TooShort,
    /// There was nothing to hear.
    Silent,
    /// The provider says that there is none.
    Absent,
    /// A retention rule deleted it.
    DeletedByPolicy,
    /// It was erased on request.
    Erased,
}

/// A stage of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Fetching the audio from its provider.
    Fetching,
    /// Storing it in the bucket.
    Storing,
    /// Holding what was stored against what was reported.
    Verifying,
}

/// Whether a call can be heard, and why not; while it cannot, until when that is expected.
#[utoipa::path(
    get,
    path = "/api/calls/{callId}/recording/availability",
    tag = "reading",
    responses(
        (status = 200, description = "whether, and why not", body = Availability),
        (status = 304, description = "it is what If-None-Match names"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn recording_availability<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let entries = entries::of_call(&app, &caller.call(call)).await?;
    let entry = entries.first().ok_or(&NOT_FOUND)?;
    let reason = reason(entry);
    Ok(tagged(
        Keeping::OnlyByTheProgram,
        &Availability {
            available: key_in_bucket(entry).is_some(),
            explanation: Explanation::of(entry),
            reason,
            recording_url: link(&app, entry, reason).await?,
            last_fetched_at: entry.audio_fetched_at,
            expected_at: expected_at(entry, app.ports.clock().now()),
            attempts: entry.attempts,
            failed_stage: entry
                .last_error
                .as_ref()
                .filter(|_| !entry.state().has_audio())
                .map(|error| stage(&error.code)),
            last_error_code: entry.last_error.as_ref().map(|error| error.code.clone()),
        },
    ))
}

async fn link<P: ApiPorts>(app: &App<P>, entry: &LedgerEntry, reason: Reason) -> Result<Option<String>, PortError> {
    use Reason::{AtProviderOnly, Failed, InBucket, OnItsWay};
    if !matches!(reason, InBucket | OnItsWay | AtProviderOnly | Failed) {
        return Ok(None);
    }
    let read = app.ports.secrets().current();
    let secrets = in_time(&app.ports, entries::PATIENCE, "read the secret", read).await?;
    let token = secrets.link_keys.seal(&LinkTarget::new(entry.recording.clone(), entry.link_generation));
    Ok(Some(format!("{}/r/{token}", app.settings.public_base_url)))
}

fn reason(entry: &LedgerEntry) -> Reason {
    match entry.state() {
        State::Stored | State::Suspect | State::Settled => Reason::InBucket,
        State::Received => Reason::OnItsWay,
        State::Fallback => Reason::AtProviderOnly,
        State::Failed => Reason::Failed,
        State::Absent if entry.is_being_fetched_after_all() => Reason::OnItsWay,
        State::Absent => absence(entry.states().last().and_then(|reached| reached.why.as_deref()).unwrap_or_default()),
        State::Expired => Reason::DeletedByPolicy,
        State::Erased => Reason::Erased,
    }
}

/// What a provider's reason for an absence comes down to. The sentence with it is in the explanation.
fn absence(why: &str) -> Reason {
    if why.contains("too short") {
        Reason::TooShort
    } else if why.contains("silent") {
        Reason::Silent
    } else {
        Reason::Absent
    }
}

/// When the next try is over: as the retry schedule has it, at once where the first one is under way, and after the next
/// sweep where that should have come long ago.
fn expected_at(entry: &LedgerEntry, now: Timestamp) -> Option<Timestamp> {
    let waits = entry.state().wants_transfer() || entry.is_being_fetched_after_all();
    let soon = entry.next_attempt_at.unwrap_or(entry.received_at) + A_TRANSFER;
    waits.then(|| if soon > now { soon } else { now + A_SWEEP })
}

/// The stage that a code of transfer's belongs to.
fn stage(code: &str) -> Stage {
    match code {
        "stored_differs" | "duration_disagrees" | "duration_unmeasured" | "duration_unreported" | "broken_off" => {
            Stage::Verifying
        }
        "key_taken" | "no_key" | "ledger" => Stage::Storing,
        code if code.starts_with("s3_") => Stage::Storing,
        _ => Stage::Fetching,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_failure_tells_its_stage() {
        for (code, expected) in [
            ("provider_not_ready", Stage::Fetching),
            ("cut_short", Stage::Fetching),
            ("s3_unavailable", Stage::Storing),
            ("ledger", Stage::Storing),
            ("stored_differs", Stage::Verifying),
        ] {
            assert_eq!(stage(code), expected, "{code}");
        }
    }

    #[test]
    fn an_absence_is_told_by_its_reason() {
        assert_eq!(absence("too short (16101)"), Reason::TooShort);
        assert_eq!(absence("silent (16102)"), Reason::Silent);
        assert_eq!(absence("the provider has no recording of the call"), Reason::Absent);
    }
}
