use jiff::{SignedDuration, Timestamp};

use super::{
    ADOPTED, FROM_LEGACY, HISTORY_FULL, LastError, LedgerEntry, NO_JOB, Reached, Retention, State, TranscriptState,
    VerifiedAudio,
};
use crate::audio::Finding;
use crate::history_line::PinnedLine;
use crate::object_key::AudioKey;
use crate::recording::{JobNumber, JobRecordId, Parties};

/// URLs that end so close to each other are as good as one.
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Something that happened to a recording.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The audio's key was chosen. It is chosen once; only a key that another recording holds gives way to the one
    /// that names this recording.
    KeyPinned(AudioKey),
    /// A transfer failed and will be tried again.
    AttemptFailed {
        /// How it failed.
        error: LastError,
        /// When it is tried again.
        next_attempt_at: Option<Timestamp>,
    },
    /// Somebody waited for the audio, and it could not be had. Whatever is due later stays as it is.
    AskedInVain(LastError),
    /// Nor could the audio be had from its legacy URL.
    LegacyFailed(LastError),
    /// Our bucket cannot take the audio for now; the provider's copy stands in.
    FellBack {
        /// Where the provider keeps its copy.
        provider_url: String,
        /// How storing failed.
        error: LastError,
        /// When it is tried again.
        next_attempt_at: Option<Timestamp>,
        /// The line that says so.
        line: PinnedLine,
    },
    /// The provider gives another length by now: what the audio, which is about to be noted, was held against.
    LengthReported(u32),
    /// The audio was verified in the bucket.
    Stored {
        /// What was verified.
        audio: VerifiedAudio,
        /// The line with the link.
        line: PinnedLine,
    },
    /// Somebody listened to the audio, and this is what was found.
    Heard(Vec<Finding>),
    /// Audio that was in the bucket already was found to verify by itself; the provider was not asked.
    Adopted {
        /// What was verified.
        audio: VerifiedAudio,
        /// The line with the link.
        line: PinnedLine,
    },
    /// The provider no longer has the audio; it was taken from its legacy URL and verified in the bucket.
    TakenFromLegacy {
        /// What was verified.
        audio: VerifiedAudio,
        /// The line with the link.
        line: PinnedLine,
    },
    /// The audio is in the bucket, but its duration disagrees to the last try.
    Suspected {
        /// What was stored.
        audio: VerifiedAudio,
        /// In what it disagrees.
        why: String,
        /// The line with the link.
        line: PinnedLine,
    },
    /// The quick tries are used up.
    GaveUp {
        /// How the last one failed.
        error: LastError,
        /// When the slow lane tries again.
        next_attempt_at: Option<Timestamp>,
        /// The line that says so.
        line: PinnedLine,
    },
    /// The provider says that there is no audio.
    FoundAbsent {
        /// Why, in words.
        reason: String,
        /// The line that says so.
        line: PinnedLine,
    },
    /// Lines were read in the job's history.
    LinesConfirmed {
        /// Their texts.
        texts: Vec<String>,
        /// The record that holds them.
        job_record_id: JobRecordId,
    },
    /// Lines that were confirmed are not in the job's history any more. They are asked for once more, and only once.
    LinesMissed {
        /// Their texts.
        texts: Vec<String>,
    },
    /// A URL to audio that is in the bucket was signed anew, and the job's history is to have it.
    UrlSignedAnew(PinnedLine),
    /// Everything is done.
    Settled(SettledAs),
    /// A copy whose deletion was due later is gone from the provider.
    ProviderCopyDeleted,
    /// The call's transcript lies in the bucket.
    TranscriptKept,
    /// There is no transcript to be had, for the reason that this word stands for.
    TranscriptMissing(&'static str),
    /// The job became known, or was corrected: then its lines are asked for in the right job's history too.
    JobAssigned(JobNumber),
    /// How long the audio is kept was decided.
    RetentionChosen(Retention),
    /// Who spoke became known. What the entry says already stays.
    PartiesLearned(Parties),
    /// A legal hold was placed.
    HoldPlaced,
    /// The legal hold was lifted.
    HoldReleased,
    /// Every link made so far stops working.
    LinksRevoked,
    /// A retention rule deleted the audio.
    Expired,
    /// The recording was erased on request. What may say anything about anybody goes, but for what finds the lines that
    /// still have to lose their links.
    Erased,
    /// Lines of an erased recording may be in this job's history too.
    HistoryToScrub(JobNumber),
    /// The links of an erased recording were taken out of this job's history, or none was found there. A PATCH of older
    /// text may still be under way.
    HistoryCleaned(JobNumber),
    /// No link of an erased recording is left in this job's history, and none will come back; or it never had a job.
    HistoryScrubbed(Option<JobNumber>),
}

/// How a stored recording was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettledAs {
    /// The provider's copy was deleted.
    ProviderCopyDeleted,
    /// The provider's copy is to be deleted at this time.
    ProviderCopyDueAt(Timestamp),
    /// The provider's copy is kept on purpose.
    ProviderCopyKept(&'static str),
    /// No job was found in time; the recording is listed as unassigned.
    NoJob,
    /// The job's history cannot take another line.
    HistoryFull,
}

impl SettledAs {
    /// Whether it says what became of the provider's copy, once every line was written.
    fn is_about_the_copy(&self) -> bool {
        !matches!(self, Self::NoJob | Self::HistoryFull)
    }
}

/// A change that the state does not allow. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a recording that is {state:?} cannot become {change}")]
pub struct IllegalTransition {
    /// The state that the recording is in.
    pub state: State,
    /// What was asked for.
    pub change: &'static str,
}

impl LedgerEntry {
    /// The entry after a change. The same change twice is either the same entry again or an error, never a second effect.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the table does not allow it.
    pub fn apply(&self, change: Change, at: Timestamp) -> Result<Self, IllegalTransition> {
        let mut next = self.clone();
        let refused = |change| Err(IllegalTransition { state: self.state, change });
        match change {
            Change::KeyPinned(key) if self.state.may_transfer() && self.may_pin(&key) => {
                next.recording_storage_path = Some(key);
            }
            Change::KeyPinned(_) => return refused("pinned to another key"),
            Change::AttemptFailed { error, next_attempt_at } if self.state.may_transfer() => {
                next.note_failure(error, next_attempt_at);
            }
            Change::AttemptFailed { .. } => return refused("tried again"),
            Change::AskedInVain(error) if self.state.may_transfer() => next.last_error = Some(error),
            Change::AskedInVain(_) => return refused("asked for"),
            Change::LegacyFailed(error) if self.state.may_transfer() => next.legacy_error = Some(error),
            Change::LegacyFailed(_) => return refused("fetched from its legacy URL"),
            Change::FellBack { provider_url, error, next_attempt_at, line } if self.state == State::Received => {
                let why = error.code.clone();
                next.provider_url = Some(provider_url);
                next.note_failure(error, next_attempt_at);
                next.reach(State::Fallback, at, Some(why), Some(line));
            }
            Change::FellBack { .. } => return refused("fallback"),
            Change::LengthReported(seconds) if self.can_become_stored() => {
                next.duration_reported_seconds = Some(seconds);
            }
            Change::LengthReported(_) => return refused("given another length"),
            Change::Stored { audio, line } if self.can_become_stored() => {
                next.take_audio(audio, at);
                next.reach(State::Stored, at, None, Some(line));
            }
            Change::Stored { .. } => return refused("stored"),
            Change::Heard(findings) if self.state.has_audio() => next.hear(findings),
            Change::Heard(_) => return refused("listened to"),
            Change::Adopted { audio, line } if self.state.may_transfer() && self.has_key() => {
                next.take_audio(audio, at);
                next.audio_fetched_at = None;
                next.reach(State::Stored, at, Some(ADOPTED.to_owned()), Some(line));
            }
            Change::Adopted { .. } => return refused("adopted"),
            Change::TakenFromLegacy { audio, line } if self.state.may_transfer() && self.has_key() => {
                next.take_audio(audio, at);
                next.reach(State::Stored, at, Some(FROM_LEGACY.to_owned()), Some(line));
            }
            Change::TakenFromLegacy { .. } => return refused("taken from its legacy URL"),
            Change::Suspected { audio, why, line } if self.state.may_transfer() && self.has_key() => {
                next.take_audio(audio, at);
                next.reach(State::Suspect, at, Some(why), Some(line));
            }
            Change::Suspected { .. } => return refused("suspect"),
            Change::GaveUp { error, next_attempt_at, line }
                if matches!(self.state, State::Received | State::Fallback) =>
            {
                let why = error.code.clone();
                next.note_failure(error, next_attempt_at);
                next.reach(State::Failed, at, Some(why), Some(line));
            }
            Change::GaveUp { .. } => return refused("failed"),
            Change::FoundAbsent { reason, line } if self.state.wants_transfer() => {
                next.next_attempt_at = None;
                next.reach(State::Absent, at, Some(reason), Some(line));
            }
            // It was said before, and told. What was tried since is over.
            Change::FoundAbsent { .. } if self.is_being_fetched_after_all() => next.next_attempt_at = None,
            Change::FoundAbsent { .. } => return refused("absent"),
            Change::LinesConfirmed { texts, job_record_id } if self.state != State::Erased => {
                next.confirm(&texts, job_record_id, at);
            }
            Change::LinesConfirmed { .. } => return refused("confirmed"),
            Change::LinesMissed { texts } if self.state != State::Erased && self.may_repair(&texts) => {
                next.miss(&texts, at);
            }
            Change::LinesMissed { .. } => return refused("asked to repair its lines"),
            Change::UrlSignedAnew(line) if self.state.has_audio() => next.ask_for_newer(line),
            Change::UrlSignedAnew(_) => return refused("given another URL"),
            Change::Settled(how) if self.state == State::Stored && self.may_settle(&how) => next.settle(how, at),
            Change::Settled(how) if self.was_settled_too_soon() && how.is_about_the_copy() => {
                next.note_copy(how, at);
            }
            Change::Settled(_) => return refused("settled"),
            Change::ProviderCopyDeleted if matches!(self.state, State::Settled | State::Erased) => {
                next.provider_delete_due_at = None;
                next.provider_kept_because = None;
                next.provider_deleted_at.get_or_insert(at);
            }
            Change::ProviderCopyDeleted => return refused("deleted at the provider"),
            Change::TranscriptKept if !self.is_gone() => next.keep_transcript(at),
            Change::TranscriptMissing(why) if !self.is_gone() && self.transcript.is_unfetched() => {
                next.transcript = TranscriptState::Missing { at, why: why.to_owned() };
            }
            Change::TranscriptKept | Change::TranscriptMissing(_) => return refused("told of its transcript"),
            Change::JobAssigned(job) if !self.is_gone() => next.assign(job),
            Change::JobAssigned(_) => return refused("assigned"),
            Change::RetentionChosen(retention) if !self.is_gone() => next.retention = retention,
            Change::RetentionChosen(_) => return refused("kept for longer or shorter"),
            // An erased entry holds no number.
            Change::PartiesLearned(parties) if self.state != State::Erased => next.learn(parties),
            Change::PartiesLearned(_) => return refused("told who spoke"),
            Change::HoldPlaced if !self.is_gone() => next.hold = true,
            Change::HoldPlaced => return refused("held"),
            Change::HoldReleased if self.state != State::Erased => next.hold = false,
            Change::HoldReleased => return refused("released"),
            Change::LinksRevoked if self.state != State::Erased => next.link_generation += 1,
            Change::LinksRevoked => return refused("revoked"),
            Change::Expired if self.state.has_audio() && !self.hold => next.reach(State::Expired, at, None, None),
            Change::Expired => return refused("expired"),
            Change::Erased if self.state != State::Erased && !self.hold => next = self.erased(at),
            Change::Erased => return refused("erased"),
            Change::HistoryToScrub(job) if self.state == State::Erased => next.look_into(job),
            Change::HistoryToScrub(_) => return refused("scrubbed from another history"),
            Change::HistoryCleaned(job) if self.state == State::Erased => {
                if next.jobs().any(|known| *known == job) {
                    next.clean_since.insert(job, at);
                }
            }
            Change::HistoryCleaned(_) => return refused("cleaned from a history"),
            Change::HistoryScrubbed(job) if self.state == State::Erased => next.forget(job.as_ref()),
            Change::HistoryScrubbed(_) => return refused("scrubbed from a history"),
        }
        next.transcript_only_fallback = next.has_only_a_transcript();
        Ok(next)
    }

    /// A recording can turn out to have audio after all; what is verified once is never replaced.
    fn can_become_stored(&self) -> bool {
        self.has_key() && (self.state.may_transfer() || self.state == State::Suspect)
    }

    fn has_key(&self) -> bool {
        self.recording_storage_path.is_some()
    }

    /// A corrected job gets all lines; the other's keep theirs, because a history is only ever appended to.
    fn assign(&mut self, job: JobNumber) {
        let Some(former) = self.job_number.replace(job.clone()).filter(|former| *former != job) else { return };
        if self.lines.iter().any(PinnedLine::is_confirmed) && !self.former_jobs.contains(&former) {
            self.former_jobs.push(former);
        }
        self.job_record_id = None;
        for line in &mut self.lines {
            (line.confirmed_at, line.repaired_at) = (None, None);
        }
    }

    fn is_gone(&self) -> bool {
        matches!(self.state, State::Erased | State::Expired)
    }

    fn may_pin(&self, key: &AudioKey) -> bool {
        match &self.recording_storage_path {
            None => true,
            Some(pinned) => pinned == key || *key == pinned.naming(&self.recording),
        }
    }

    fn learn(&mut self, parties: Parties) {
        let Parties { direction, from, to } = parties;
        self.direction = self.direction.or(direction);
        self.from = self.from.take().or(from);
        self.to = self.to.take().or(to);
    }

    fn may_settle(&self, how: &SettledAs) -> bool {
        match how {
            SettledAs::ProviderCopyDeleted | SettledAs::ProviderCopyDueAt(_) | SettledAs::ProviderCopyKept(_) => {
                self.all_lines_confirmed()
            }
            SettledAs::NoJob | SettledAs::HistoryFull => true,
        }
    }

    fn note_failure(&mut self, error: LastError, next_attempt_at: Option<Timestamp>) {
        self.attempts += 1;
        self.last_error = Some(error);
        self.next_attempt_at = next_attempt_at;
    }

    fn hear(&mut self, findings: Vec<Finding>) {
        let Some(audio) = &mut self.audio else { return };
        audio.findings.retain(|finding| !finding.is_heard());
        audio.findings.extend(findings.into_iter().filter(|finding| finding.is_heard()));
    }

    fn take_audio(&mut self, audio: VerifiedAudio, at: Timestamp) {
        self.audio = Some(audio);
        self.recording_uploaded_at = Some(at);
        self.audio_fetched_at = Some(at);
        self.next_attempt_at = None;
        self.last_error = None;
        self.legacy_error = None;
    }

    pub(super) fn reach(&mut self, state: State, at: Timestamp, why: Option<String>, line: Option<PinnedLine>) {
        self.state = state;
        self.status = state.status();
        self.states.push(Reached { state, at, why });
        self.lines.extend(line);
    }

    fn confirm(&mut self, texts: &[String], job_record_id: JobRecordId, at: Timestamp) {
        for line in self.lines.iter_mut().filter(|line| texts.contains(&line.text)) {
            line.confirmed_at.get_or_insert(at);
        }
        self.job_record_id = Some(job_record_id);
    }

    fn may_repair(&self, texts: &[String]) -> bool {
        texts.iter().all(|text| self.lines.iter().any(|line| line.text == *text && line.may_be_repaired()))
    }

    fn miss(&mut self, texts: &[String], at: Timestamp) {
        for line in self.lines.iter_mut().filter(|line| texts.contains(&line.text)) {
            line.confirmed_at = None;
            line.repaired_at = Some(at);
        }
    }

    /// A line that ends no later than one that is asked for tells nobody anything: who asks twice in a minute asked once.
    fn ask_for_newer(&mut self, line: PinnedLine) {
        let newest = self.lines.iter().filter_map(|line| line.url_ends_at).max();
        let is_newer = |newest: Timestamp| line.url_ends_at.is_some_and(|end| end.duration_since(newest) >= A_MINUTE);
        if newest.is_none_or(is_newer) {
            self.lines.push(line);
        }
    }

    fn settle(&mut self, how: SettledAs, at: Timestamp) {
        let why = self.note_copy(how, at);
        self.reach(State::Settled, at, why, None);
    }

    /// Notes what became of the provider's copy, and why it was kept.
    fn note_copy(&mut self, how: SettledAs, at: Timestamp) -> Option<String> {
        let why = match how {
            SettledAs::ProviderCopyDeleted => {
                self.provider_deleted_at = Some(at);
                None
            }
            SettledAs::ProviderCopyDueAt(due) => {
                self.provider_delete_due_at = Some(due);
                None
            }
            SettledAs::ProviderCopyKept(because) => Some(because),
            SettledAs::NoJob => Some(NO_JOB),
            SettledAs::HistoryFull => Some(HISTORY_FULL),
        };
        self.provider_kept_because = why.map(str::to_owned);
        self.provider_kept_because.clone()
    }
}
