use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use recordings::fakes::World;
use recordings::ports::{ErrorKind, HistoryUpdate, JobFind, JobKey, JobRecord, Jobs, PortError};
use recordings::recording::{AirtableBaseId, Organisation};

/// Airtable, and a note of each answer that it gave.
pub struct Watched<J> {
    jobs: J,
    world: World,
    traffic: Traffic,
}

/// Every request to Airtable that was answered.
#[derive(Clone, Default)]
pub struct Traffic(Arc<Mutex<Vec<Request>>>);

/// A request to Airtable.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which process asked.
    pub process: String,
    /// Which base it asked.
    pub base: AirtableBaseId,
    /// When it asked.
    pub sent_at: Timestamp,
    /// When it had the answer.
    pub answered_at: Timestamp,
    /// Whether the answer was a 429 of the rate limit.
    pub throttled: bool,
}

impl Traffic {
    /// The port of a process, watched.
    pub fn watch<J>(&self, jobs: J, world: World) -> Watched<J> {
        Watched { jobs, world, traffic: self.clone() }
    }

    /// The requests so far, in the order of their answers.
    pub fn requests(&self) -> Vec<Request> {
        self.0.lock().unwrap().clone()
    }
}

impl<J> Watched<J> {
    async fn note<T>(
        &self,
        organisation: &Organisation,
        asking: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let sent_at = self.world.time();
        let answer = asking.await;
        let throttled = matches!(&answer, Err(PortError { kind: ErrorKind::Throttled { .. }, .. }));
        let process = self.world.name().to_owned();
        let base = self.world.airtable_base(organisation);
        let request = Request { process, base, sent_at, answered_at: self.world.time(), throttled };
        self.traffic.0.lock().unwrap().push(request);
        answer
    }
}

impl<J: JobFind + Sync> JobFind for Watched<J> {
    async fn find(&self, organisation: &Organisation, keys: &[JobKey]) -> Result<Vec<JobRecord>, PortError> {
        self.note(organisation, self.jobs.find(organisation, keys)).await
    }
}

impl<J: Jobs + Sync> Jobs for Watched<J> {
    async fn update(
        &self,
        organisation: &Organisation,
        updates: &[HistoryUpdate],
    ) -> Result<Vec<HistoryUpdate>, PortError> {
        self.note(organisation, self.jobs.update(organisation, updates)).await
    }
}
