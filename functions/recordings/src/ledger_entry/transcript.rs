use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LedgerEntry, State};

/// What became of the transcript of a recording's call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TranscriptState {
    /// It was not fetched yet; or its provider writes none.
    #[default]
    Unfetched,
    /// It lies in our bucket.
    Kept {
        /// Since when.
        at: Timestamp,
    },
    /// There is none to be had.
    Missing {
        /// Since when that is known.
        at: Timestamp,
        /// Why, as a stable word.
        why: String,
    },
}

impl TranscriptState {
    /// Whether it lies in our bucket.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Kept { .. })
    }

    pub(super) fn is_unfetched(&self) -> bool {
        *self == Self::Unfetched
    }
}

impl LedgerEntry {
    /// Whether the call's transcript is to be fetched, now or once the audio is safe.
    pub fn awaits_its_transcript(&self) -> bool {
        let may_have_one = self.recording.provider.writes_transcripts() && !self.recording.recording_id.is_missing();
        may_have_one && self.transcript.is_unfetched() && !matches!(self.state, State::Expired | State::Erased)
    }

    /// Whether the transcript alone is what the recording waits for: its audio is safe, or known never to come.
    pub fn lacks_its_transcript(&self) -> bool {
        let came_to_rest = self.state.has_audio() || self.state == State::Absent;
        came_to_rest && self.awaits_its_transcript()
    }

    pub(super) fn keep_transcript(&mut self, at: Timestamp) {
        if !matches!(self.transcript, TranscriptState::Kept { .. }) {
            self.transcript = TranscriptState::Kept { at };
        }
    }

    /// There is a transcript, and nothing to hear.
    pub(super) fn has_only_a_transcript(&self) -> bool {
        self.state == State::Absent && matches!(self.transcript, TranscriptState::Kept { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Change;
    use super::*;
    use crate::history_line::PinnedLine;
    use crate::recording::{Outcome, Provider, RecordingRef, Report};

    fn now() -> Timestamp {
        "2024-03-15T14:31:00Z".parse().unwrap()
    }

    fn received(provider: Provider, call: &str, recording: &str) -> LedgerEntry {
        let recording = RecordingRef::parse("default", provider, call, recording).unwrap();
        LedgerEntry::received(recording, None, &Report::of(Outcome::Completed), now())
    }

    fn of_vapi() -> LedgerEntry {
        received(Provider::Vapi, "7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90", "mono")
    }

    fn absent(entry: LedgerEntry) -> LedgerEntry {
        let mut line =
            PinnedLine::from_text("---- | t | Event: Recording unavailable | Reason: x | Recording: y".into());
        line.confirmed_at = Some(now());
        entry.apply(Change::FoundAbsent { reason: "x".into(), line }, now()).unwrap()
    }

    #[test]
    fn a_recording_is_not_finished_before_its_transcript() {
        let entry = of_vapi();
        assert!(entry.awaits_its_transcript() && !entry.lacks_its_transcript(), "the audio comes first");
        let entry = absent(entry);
        assert!(entry.lacks_its_transcript() && !entry.is_finished());
        for change in [Change::TranscriptKept, Change::TranscriptMissing("none")] {
            let after = entry.apply(change.clone(), now()).unwrap();
            assert!(!after.lacks_its_transcript() && after.is_finished(), "{change:?}");
            assert_eq!(after.transcript_only_fallback, change == Change::TranscriptKept);
        }
        let twilios =
            received(Provider::Twilio, "CA0123456789abcdef0123456789abcdef", "RE0123456789abcdef0123456789abcdef");
        assert!(absent(twilios).is_finished(), "nobody waits for what is never written");
    }

    #[test]
    fn what_is_kept_stays_so_and_what_was_missing_may_be_kept_after_all() {
        let missing = absent(of_vapi()).apply(Change::TranscriptMissing("given_up"), now()).unwrap();
        assert!(missing.apply(Change::TranscriptMissing("none"), now()).is_err());
        let kept = missing.apply(Change::TranscriptKept, now()).unwrap();
        assert_eq!(kept.apply(Change::TranscriptKept, now() + jiff::SignedDuration::from_secs(9)).unwrap(), kept);
        assert!(kept.apply(Change::TranscriptMissing("none"), now()).is_err());
    }

    #[test]
    fn an_entry_says_nothing_of_a_transcript_before_it_knows() {
        let json = serde_json::to_string(&of_vapi()).unwrap();
        assert!(!json.contains("\"transcript\""), "{json}");
        assert_eq!(serde_json::from_str::<LedgerEntry>(&json).unwrap(), of_vapi());
    }
}
