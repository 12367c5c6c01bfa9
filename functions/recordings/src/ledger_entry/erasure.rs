//! What is left of an entry once its recording was erased.

use jiff::Timestamp;

use super::{LedgerEntry, Reached, State};
use crate::recording::{JobNumber, Outcome, Report};

impl LedgerEntry {
    /// The entry of the recording once it is erased. It is made anew and given only what it needs, so that whatever else
    /// an entry may come to hold is not in it: which recording it was and when, what became of the provider's copy, and,
    /// until no history leads to it any more, where to look.
    pub(super) fn erased(&self, at: Timestamp) -> Self {
        let nothing_said = Report { started_at: Some(self.started_at), ..Report::of(Outcome::Decided) };
        let mut left = Self::received(self.recording.clone(), self.job_number.clone(), &nothing_said, self.received_at);
        left.former_jobs.clone_from(&self.former_jobs);
        left.job_record_id.clone_from(&self.job_record_id);
        left.recording_storage_path.clone_from(&self.recording_storage_path);
        left.lines.clone_from(&self.lines);
        left.provider_deleted_at = self.provider_deleted_at;
        left.link_generation = self.link_generation;
        // Why a state was reached may be told in a provider's words.
        left.states = self.states.iter().map(|reached| Reached { why: None, ..reached.clone() }).collect();
        left.reach(State::Erased, at, None, None);
        left
    }

    /// Remembers a job whose history may lead here.
    pub(super) fn look_into(&mut self, job: JobNumber) {
        if !self.jobs().any(|known| *known == job) {
            self.former_jobs.push(job);
        }
    }

    /// Forgets a job whose history is clean, and with the last one everything that led there.
    pub(super) fn forget(&mut self, job: Option<&JobNumber>) {
        if self.job_number.as_ref() == job {
            self.job_number = None;
        }
        self.former_jobs.retain(|former| Some(former) != job);
        self.clean_since.retain(|cleaned, _| Some(cleaned) != job);
        if self.jobs().next().is_none() {
            self.job_record_id = None;
            self.recording_storage_path = None;
            self.lines.clear();
        }
    }

    /// Every job whose history may hold lines of the recording.
    pub fn jobs(&self) -> impl Iterator<Item = &JobNumber> {
        self.job_number.iter().chain(&self.former_jobs)
    }

    /// Since when it is erased.
    pub fn erased_at(&self) -> Option<Timestamp> {
        self.states.last().filter(|reached| reached.state == State::Erased).map(|reached| reached.at)
    }

    /// Whether it is erased and no history leads to it any more.
    pub fn is_forgotten(&self) -> bool {
        self.state == State::Erased && self.jobs().next().is_none() && self.lines.is_empty()
    }
}
