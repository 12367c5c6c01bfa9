//! Recordings whose jobs are read in one request, and what is found missing.

use jiff::Timestamp;
use recordings::history_line::{History, PinnedLine};
use recordings::messages::{HistoryRequest, MESSAGE_VERSION};
use recordings::ports::{Advice, Clock, ErrorKind, HistoryQueue, JobFind, JobKey, JobRecord, PortError, Versioned};
use recordings::recording::JobNumber;
use recordings::telemetry::{Metric, Metrics, causes};

use super::{Lines, Pace, Stopped, Whose};
use crate::{Deadline, Ports, count};

/// The jobs of one request. Airtable gives a hundred records a page, and each key may find two; a full history has a hundred
/// thousand characters, so that the answer stays below a few megabytes.
const JOBS_A_FIND: usize = 25;
/// The recordings that are looked at for one request, most of which may need none. So much is done anew by the run after
/// one whose time is up.
const LOOKS_A_FIND: usize = 250;

/// Recordings that are compared together.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) looked_at: usize,
    entries: Vec<Versioned>,
    keys: Vec<JobKey>,
}

impl Batch {
    pub(super) fn add(&mut self, entry: Versioned) {
        let key = key(&entry);
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
        self.entries.push(entry);
    }

    pub(super) fn is_full(&self) -> bool {
        self.keys.len() >= JOBS_A_FIND || self.looked_at >= LOOKS_A_FIND
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reads the jobs, in one request, and sends word of each recording whose lines are gone. Gives back what has to be
    /// compared in parts, because Airtable's answer about all of it makes no sense.
    pub(super) async fn compare(
        self,
        ports: &impl Ports,
        whose: &Whose,
        pace: &mut Pace,
        deadline: Deadline,
        outcome: &mut Lines,
    ) -> Result<Vec<Self>, Stopped> {
        pace.take(&whose.base, ports.clock()).await;
        if deadline.is_near(ports.clock()) {
            return Err(Stopped::ForNow);
        }
        let found = ports.jobs().find(&whose.organisation, &self.keys).await;
        pace.answered(&whose.base, ports.clock());
        let records = match found {
            Ok(records) => records,
            Err(error) => return self.not_found(ports, whose, pace, error),
        };
        for entry in &self.entries {
            let own = entry.entry.job_record_id.as_ref();
            if let Some(record) = records.iter().find(|record| Some(&record.id) == own) {
                outcome.lines_verified += 1;
                one(ports, entry, record, outcome).await?;
            }
        }
        Ok(Vec::new())
    }

    fn not_found(
        mut self,
        ports: &impl Ports,
        whose: &Whose,
        pace: &mut Pace,
        error: PortError,
    ) -> Result<Vec<Self>, Stopped> {
        match error.kind {
            ErrorKind::Throttled { .. } => {
                pace.leave(&whose.base);
                tracing::warn!(
                    log_type = "airtable_throttled",
                    organisation = %whose.organisation,
                    "Airtable was asked too often; the next run goes on with the lines"
                );
                count(ports, "airtable_throttled");
                Err(Stopped::ForNow)
            }
            ErrorKind::QuotaExhausted => {
                pace.leave(&whose.base);
                tracing::error!(
                    log_type = "airtable_quota_exhausted",
                    organisation = %whose.organisation,
                    "the month's calls of Airtable are used up"
                );
                count(ports, "airtable_quota_exhausted");
                Err(Stopped::ForNow)
            }
            _ if error.advice() == Advice::GiveUp && self.entries.len() > 1 => {
                let mut parts = [Self::default(), Self::default()];
                let half = self.entries.len() / 2;
                self.entries.drain(..).enumerate().for_each(|(at, entry)| parts[usize::from(at >= half)].add(entry));
                Ok(parts.into())
            }
            _ if error.advice() == Advice::GiveUp => {
                for recording in self.entries.iter().map(|entry| &entry.entry.recording) {
                    tracing::error!(
                        log_type = "history_unreadable",
                        organisation = %recording.organisation,
                        call_id = %recording.call_id,
                        recording_id = %recording.recording_id,
                        error_code = error.kind.code(),
                        error = %causes(&error),
                        "a job's history cannot be read; its lines are not verified",
                    );
                    ports.metrics().record(
                        ports.clock().now(),
                        recording.provider,
                        &[Metric::one("history_unreadable")],
                    );
                }
                Ok(Vec::new())
            }
            _ => Err(error.into()),
        }
    }
}

fn key(entry: &Versioned) -> JobKey {
    match &entry.entry.job_number {
        Some(number) => JobKey::Number(number.clone()),
        None => JobKey::Call(entry.entry.recording.call_id.clone()),
    }
}

async fn one(ports: &impl Ports, entry: &Versioned, record: &JobRecord, outcome: &mut Lines) -> Result<(), PortError> {
    let history = History::new(record.history.clone());
    let (missed, removed): (Vec<_>, Vec<_>) =
        entry.entry.lines_gone_from(&history).partition(|line| line.may_be_repaired());
    if !removed.is_empty() {
        outcome.lines_removed += 1;
        note_removed(ports, entry, &removed);
    }
    if missed.is_empty() {
        return Ok(());
    }
    outcome.lines_missed += 1;
    // The queue drops what another run says of the same state of the entry.
    let version = format!("{}, lines missed", entry.version.0);
    send(ports, entry, record.number.clone(), version, true).await
}

/// Says again that an entry asks for lines.
pub(super) async fn remind(ports: &impl Ports, entry: &Versioned, now: Timestamp) -> Result<(), PortError> {
    let version = format!("{}, reminded at {now}", entry.version.0);
    send(ports, entry, None, version, false).await
}

async fn send(
    ports: &impl Ports,
    entry: &Versioned,
    job: Option<JobNumber>,
    entry_version: String,
    repair: bool,
) -> Result<(), PortError> {
    let entry = &entry.entry;
    let request = HistoryRequest {
        version: MESSAGE_VERSION,
        recording: entry.recording.clone(),
        job_number: job.or_else(|| entry.job_number.clone()),
        received_at: entry.received_at,
        entry_version,
        lines: Vec::new(),
        dead_letters: 0,
        repair,
    };
    ports.history_queue().send(&request).await
}

fn note_removed(ports: &impl Ports, entry: &Versioned, removed: &[&PinnedLine]) {
    let recording = &entry.entry.recording;
    tracing::warn!(
        log_type = "history_line_removed",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        lines = removed.len(),
        "lines were removed from a job's history again after they were repaired; they are left so",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("history_line_removed")]);
}
