//! Where audio can be had, and why it cannot.

use recordings::ledger_entry::{LastError, LedgerEntry, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{AUDIO_NOWHERE, GONE, Problem};

/// Where audio was served from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Our bucket.
    Bucket,
    /// The provider, and from there our bucket.
    Provider,
    /// Its legacy URL, and from there our bucket.
    Legacy,
}

impl Tier {
    /// The word in `X-Recording-Tier` and in the trace.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Provider => "provider",
            Self::Legacy => "legacy",
        }
    }
}

/// Why one tier does not have the audio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TierReason {
    /// The tier: `bucket`, `provider` or `legacy`.
    tier: &'static str,
    /// Why, in one word that can be searched for.
    code: String,
    /// Why, in words.
    reason: String,
}

impl TierReason {
    fn new(tier: Tier, code: &str, reason: &str) -> Self {
        Self { tier: tier.as_str(), code: code.to_owned(), reason: reason.to_owned() }
    }
}

/// What is said of audio that was deleted on purpose.
pub(super) fn gone(entry: &LedgerEntry) -> Option<Problem> {
    match entry.state() {
        State::Expired => Some(Problem::new(&GONE).detail("deleted by policy: the recording's retention ended")),
        State::Erased => Some(Problem::new(&GONE).detail("erased on request")),
        _ => None,
    }
}

/// Whether anybody can be asked for the audio.
pub(super) fn may_be_had(entry: &LedgerEntry) -> bool {
    entry.recording.recording_id.is_the_providers() || entry.legacy_url.is_some()
}

/// What is said when no tier has it.
pub(super) fn nowhere(entry: &LedgerEntry) -> Problem {
    let bucket = TierReason::new(Tier::Bucket, "not_stored", "The audio is not in the bucket.");
    let reasons = [Some(bucket), Some(at_the_provider(entry)), at_its_legacy_url(entry)];
    Problem::new(&AUDIO_NOWHERE)
        .detail("What each tier says is in tiers.")
        .tiers(reasons.into_iter().flatten().collect())
}

fn at_the_provider(entry: &LedgerEntry) -> TierReason {
    let because = |code, reason| TierReason::new(Tier::Provider, code, reason);
    let said_absent = entry.states().last().filter(|reached| reached.state == State::Absent);
    let id = &entry.recording.recording_id;
    match (&entry.last_error, said_absent) {
        _ if id.is_missing() => because("no_recording", "The call has no recording."),
        _ if !id.is_the_providers() => because("no_id", "The recording was imported without its provider's id."),
        (Some(error), _) => because(&error.code, words(error)),
        (None, Some(absent)) => because("absent", absent.why.as_deref().unwrap_or("The provider has no audio.")),
        (None, None) => because("not_asked", "The provider has not answered yet."),
    }
}

fn at_its_legacy_url(entry: &LedgerEntry) -> Option<TierReason> {
    entry.legacy_url.as_ref()?;
    Some(match &entry.legacy_error {
        Some(error) => TierReason::new(Tier::Legacy, &error.code, words(error)),
        None => TierReason::new(Tier::Legacy, "not_asked", "It is asked once the provider has no audio."),
    })
}

/// The words for a code: what went wrong inside is for the log alone.
fn words(error: &LastError) -> &'static str {
    let code = error.code.as_str();
    match code.split_once('_').map_or(code, |(_, rest)| rest) {
        _ if code.starts_with("s3_") => "Our bucket did not take the audio.",
        "gone" => "It no longer has the audio.",
        "not_ready" => "It does not have the audio ready.",
        "refused" => "It refused us, or it may not be asked.",
        "throttled" => "It asks for fewer requests.",
        "unavailable" => "It could not be reached, or failed.",
        "broken" => "Its answer was no audio.",
        _ => "What it sent could not be stored as audio.",
    }
}
