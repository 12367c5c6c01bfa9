use std::fmt;

use field::Field;

/// Two batches are in the workers' hands; as many more wait for them, so that no batch need go without.
const BACKLOG: u64 = 40;
/// Of fewer recordings an average says little.
const ENOUGH: u64 = 200;
/// A find and a PATCH serve up to ten recordings, which makes 0.2; the rest is for batches that the queue gave in part.
const REQUESTS_PER_RECORDING: f64 = 0.25;

/// What Airtable was asked for each recording while more of them waited than one batch takes: nobody else can tell whether
/// batches are as full as they could be.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    requests: u64,
    recordings: u64,
    last: Option<Look>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    waiting: u64,
    requests: u64,
    finished: u64,
}

impl Backlog {
    /// Looks at what has changed since it looked before.
    pub(crate) async fn look(&mut self, field: &Field, finished: u64) {
        let surroundings = field.surroundings();
        let waiting = surroundings.aws.queued(&surroundings.queues.history).await;
        let now = Look { waiting, requests: field.world().airtable_counters().requests, finished };
        if let Some(before) = self.last.replace(now).filter(|before| before.waiting.min(waiting) >= BACKLOG) {
            self.requests += now.requests - before.requests;
            self.recordings += now.finished - before.finished;
        }
    }

    fn requests_per_recording(&self) -> Option<f64> {
        (self.recordings >= ENOUGH).then(|| self.requests as f64 / self.recordings as f64)
    }

    /// The base's few requests were not shared as they should be.
    pub(crate) fn findings(&self) -> Option<String> {
        let each = self.requests_per_recording().filter(|each| *each > REQUESTS_PER_RECORDING)?;
        Some(format!("{each:.3} requests to Airtable per recording, though others waited"))
    }
}

impl fmt::Display for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.requests_per_recording() {
            Some(each) => write!(f, "{each:.3} while more than {BACKLOG} waited"),
            None => write!(f, "hardly ever more than {BACKLOG} waited"),
        }
    }
}
