use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::call::{reads, writes};
use super::clock::after;
use super::journal::Effect;
use super::world::State;
use super::{World, sample};
use crate::history_line::FIELD_LIMIT_CHARS;
use crate::ledger_entry::LedgerEntry;
use crate::ports::{ErrorKind, HistoryUpdate, JobFind, JobKey, JobRecord, JobTable, Jobs, PortError, TableState};
use crate::recording::{AirtableBaseId, JobRecordId, Organisation, RecordingRef};

/// The requests that a base takes in a second, and how long it is silent after more.
/// Source: <https://airtable.com/developers/web/api/rate-limits>
pub const REQUESTS_PER_SECOND: usize = 5;
/// How long a base answers 429 once it was asked too often.
pub const THROTTLE_PENALTY: Duration = Duration::from_secs(30);

/// The most records of one PATCH. Source: <https://airtable.com/developers/web/api/update-multiple-records>
const RECORDS_PER_UPDATE: usize = 10;

/// Every base, whichever organisations it serves.
#[derive(Default)]
pub(super) struct Airtable {
    bases: BTreeMap<AirtableBaseId, Base>,
}

#[derive(Default)]
struct Base {
    jobs: BTreeMap<JobRecordId, JobRecord>,
    /// Records that refuse every update, as a locked field does.
    locked: BTreeSet<JobRecordId>,
    last_requests: VecDeque<Timestamp>,
    quiet_until: Option<Timestamp>,
    state: TableState,
}

impl JobFind for World {
    async fn find(&self, organisation: &Organisation, keys: &[JobKey]) -> Result<Vec<JobRecord>, PortError> {
        let (organisation, keys) = (organisation.clone(), keys.to_vec());
        self.call(reads("Jobs", "find"), organisation.clone(), move |state| {
            let base = state.base(&organisation)?;
            if base.state != TableState::AsSet {
                return Err(PortError::new(ErrorKind::Refused, "find jobs", "the table is not as it is set"));
            }
            let is_asked_for = |job: &&JobRecord| keys.iter().any(|key| names(job, key));
            Ok(base.jobs.values().filter(is_asked_for).cloned().collect())
        })
        .await
    }
}

impl JobTable for World {
    async fn table(&self, organisation: &Organisation) -> Result<TableState, PortError> {
        let organisation = organisation.clone();
        self.call(reads("JobTable", "table"), organisation.clone(), move |state| {
            state.base(&organisation).map(|base| base.state.clone())
        })
        .await
    }
}

impl Jobs for World {
    async fn update(
        &self,
        organisation: &Organisation,
        updates: &[HistoryUpdate],
    ) -> Result<Vec<HistoryUpdate>, PortError> {
        let (organisation, updates) = (organisation.clone(), updates.to_vec());
        let ids: Vec<&str> = updates.iter().map(|update| update.id.as_str()).collect();
        self.call(writes("Jobs", "update"), ids.join(" "), move |state| state.update(&organisation, updates)).await
    }
}

fn names(job: &JobRecord, key: &JobKey) -> bool {
    match key {
        JobKey::Number(number) => job.number.as_ref() == Some(number),
        JobKey::Call(call) => job.call_ids.contains(call.as_str()),
    }
}

impl State {
    /// The base of an organisation as its secret has it; the installation's where it says nothing.
    pub(super) fn base_of(&self, organisation: &Organisation) -> AirtableBaseId {
        let installations = sample::airtable_base();
        self.secrets.airtable_base(organisation, &installations).unwrap_or(&installations).clone()
    }

    fn base(&mut self, organisation: &Organisation) -> Result<&mut Base, PortError> {
        if self.secrets.airtable(organisation).is_none() {
            return Err(PortError::new(ErrorKind::Refused, "ask airtable", "the organisation has no Airtable token"));
        }
        let (now, limited) = (self.now, self.settings.airtable_limit);
        let base = self.airtable.bases.entry(self.base_of(organisation)).or_default();
        if limited {
            base.count_request(now)?;
        }
        Ok(base)
    }

    /// All records or none, as Airtable does it.
    fn update(
        &mut self,
        organisation: &Organisation,
        updates: Vec<HistoryUpdate>,
    ) -> Result<Vec<HistoryUpdate>, PortError> {
        let base = self.base(organisation)?;
        base.check(&updates)?;
        let mut written = Vec::new();
        for update in &updates {
            if let Some(job) = base.jobs.get_mut(&update.id) {
                let before = std::mem::replace(&mut job.history, update.history.clone());
                written.push(Effect::HistoryWritten { job: job.id.clone(), before, after: update.history.clone() });
            }
        }
        written.into_iter().for_each(|effect| self.note(effect));
        Ok(updates)
    }
}

impl Base {
    fn count_request(&mut self, now: Timestamp) -> Result<(), PortError> {
        self.quiet_until = self.quiet_until.filter(|until| *until > now);
        self.last_requests.retain(|at| after(*at, Duration::from_secs(1)) > now);
        if self.quiet_until.is_none() {
            if self.last_requests.len() < REQUESTS_PER_SECOND {
                self.last_requests.push_back(now);
                return Ok(());
            }
            self.quiet_until = Some(after(now, THROTTLE_PENALTY));
        }
        let retry_after = Some(THROTTLE_PENALTY);
        Err(PortError::new(ErrorKind::Throttled { retry_after }, "ask airtable", "more than five requests a second"))
    }

    fn check(&self, updates: &[HistoryUpdate]) -> Result<(), PortError> {
        let refuse = |why| Err(PortError::new(ErrorKind::Invalid, "update jobs", why));
        let different: BTreeSet<_> = updates.iter().map(|update| &update.id).collect();
        if updates.len() > RECORDS_PER_UPDATE {
            return refuse("more than ten records");
        }
        if different.len() < updates.len() {
            return refuse("a record twice");
        }
        for update in updates {
            if !self.jobs.contains_key(&update.id) || self.locked.contains(&update.id) {
                return refuse("a record is unknown or locked");
            }
            if update.history.chars().count() > FIELD_LIMIT_CHARS {
                return refuse("a text is too long");
            }
        }
        Ok(())
    }
}

impl State {
    pub(super) fn histories_about(&self, recording: &RecordingRef, entry: Option<&LedgerEntry>) -> Vec<String> {
        let own = entry.and_then(|entry| entry.job_record_id.as_ref());
        let number = entry.and_then(|entry| entry.job_number.as_ref());
        let about = |job: &&JobRecord| {
            Some(&job.id) == own
                || (number.is_some() && job.number.as_ref() == number)
                || job.call_ids.contains(recording.call_id.as_str())
        };
        let base = self.base_of(&recording.organisation);
        let jobs = self.airtable.bases.get(&base).map(|base| base.jobs.values());
        jobs.into_iter().flatten().filter(about).map(|job| job.history.clone()).collect()
    }
}

impl World {
    /// Puts a job into an organisation's base, in place of the one with its id.
    pub fn put_job(&self, organisation: &Organisation, job: JobRecord) {
        let mut state = self.state();
        let base = state.base_of(organisation);
        state.airtable.bases.entry(base).or_default().jobs.insert(job.id.clone(), job);
    }

    /// Lets an organisation's table be so from now on.
    pub fn set_table(&self, organisation: &Organisation, table: TableState) {
        let mut state = self.state();
        let base = state.base_of(organisation);
        state.airtable.bases.entry(base).or_default().state = table;
    }

    /// The base in which an organisation's jobs are.
    pub fn airtable_base(&self, organisation: &Organisation) -> AirtableBaseId {
        self.state().base_of(organisation)
    }

    /// An organisation's jobs now, in the order of their record ids.
    pub fn jobs(&self, organisation: &Organisation) -> Vec<JobRecord> {
        let state = self.state();
        let base = state.base_of(organisation);
        state.airtable.bases.get(&base).map(|base| base.jobs.values().cloned().collect()).unwrap_or_default()
    }

    /// A job's history now; empty where there is no such job.
    pub fn history(&self, organisation: &Organisation, job: &JobRecordId) -> String {
        self.jobs(organisation).into_iter().find(|held| held.id == *job).map(|held| held.history).unwrap_or_default()
    }

    /// Lets a person change a job's history.
    pub fn edit_history(&self, organisation: &Organisation, job: &JobRecordId, edit: impl FnOnce(&mut String)) {
        let mut state = self.state();
        let base = state.base_of(organisation);
        if let Some(job) = state.airtable.bases.get_mut(&base).and_then(|base| base.jobs.get_mut(job)) {
            edit(&mut job.history);
        }
    }

    /// Lets a record refuse every update from now on, or no longer.
    pub fn lock_job(&self, organisation: &Organisation, job: &JobRecordId, locked: bool) {
        let mut state = self.state();
        let base = state.base_of(organisation);
        let base = state.airtable.bases.entry(base).or_default();
        if locked {
            base.locked.insert(job.clone())
        } else {
            base.locked.remove(job)
        };
    }
}
