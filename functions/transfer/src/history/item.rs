use recordings::history_line::{DeadLinks, History, PinnedLine};
use recordings::ledger_entry::State;
use recordings::messages::HistoryRequest;
use recordings::ports::{AudioSource, Clock, ErrorKind, JobRecord, LedgerRead, PortError, Versioned};
use recordings::recording::{JobRecordId, Organisation};
use recordings::telemetry::{Metric, Metrics, causes};

use crate::{Ports, control};

/// One request on its way through a batch.
pub(super) struct Item<'a> {
    pub(super) request: &'a HistoryRequest,
    /// How often its message was received.
    receives: u32,
    /// The recording's entry; none while the bucket is down and the request carries its lines.
    pub(super) entry: Option<Versioned>,
    /// The lines that are still to be seen in the job's history.
    lines: Vec<PinnedLine>,
    /// Whether lines that were seen there may be gone.
    verifies: bool,
    pub(super) work: Work,
    /// The texts of lines that were seen.
    pub(super) confirmed: Vec<String>,
}

/// How far an item is.
pub(super) enum Work {
    /// Its job's history is still to be read.
    NeedsJob,
    /// No line lacks; what comes after may.
    NothingToWrite,
    /// Lines of these texts were seen and are gone. The ledger has to ask for them again before they are written.
    Missed(Vec<String>),
    /// Its lines are in this record's new history.
    Written(JobRecordId),
    /// This record's history cannot take another line.
    Full(JobRecordId),
    /// The links of an erased recording are in none of these records' new histories.
    Erased(Vec<JobRecordId>),
    /// They are in no history of the job any more.
    Clean {
        /// Whether none was there when it was read.
        was: bool,
    },
    /// Its lines are in the ledger, and have to wait there until `open/` brings the recording back.
    Left,
    /// Nothing more to do with it now.
    Done,
    /// The message has to come again.
    Failed(PortError),
}

impl<'a> Item<'a> {
    /// Reads what the request points at.
    pub(super) async fn load(ports: &impl Ports, request: &'a HistoryRequest, receives: u32) -> Self {
        let carried = &request.lines;
        let mut verifies = false;
        let (entry, lines, work) = match ports.ledger().get(&request.recording).await {
            // Nothing more is written of it. Its links go from the history that the message is about.
            Ok(Some(entry)) if entry.entry.state() == State::Erased => {
                let work = if request.job_number.is_some() { Work::NeedsJob } else { Work::Done };
                (Some(entry), Vec::new(), work)
            }
            Ok(Some(entry)) => {
                let mut lines: Vec<_> = entry.entry.unconfirmed_lines().cloned().collect();
                if entry.entry.state() == State::Received {
                    // The bucket failed again before the entry could ask for the line that says so.
                    lines.extend(carried.iter().cloned());
                }
                verifies = request.repair && entry.entry.lines.iter().any(PinnedLine::may_be_repaired);
                let work = if lines.is_empty() && !verifies { Work::NothingToWrite } else { Work::NeedsJob };
                (Some(entry), lines, work)
            }
            Ok(None) if !carried.is_empty() => match control::is_erased(ports, &request.recording.call()).await {
                Ok(true) => (None, Vec::new(), Work::Done),
                Ok(false) | Err(_) => (None, carried.clone(), Work::NeedsJob),
            },
            Err(_) if !carried.is_empty() => (None, carried.clone(), Work::NeedsJob),
            Ok(None) => {
                let lost = PortError::new(ErrorKind::NotFound, "read a ledger entry", "a history message without one");
                (None, Vec::new(), Work::Failed(lost))
            }
            Err(error) => (None, Vec::new(), Work::Failed(error)),
        };
        Self { request, receives, entry, lines, verifies, work, confirmed: Vec::new() }
    }

    pub(super) fn organisation(&self) -> &Organisation {
        &self.request.recording.organisation
    }

    /// Whether the message is about the links of an erased recording.
    pub(super) fn is_erased(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.entry.state() == State::Erased)
    }

    pub(super) fn needs_its_job(&self) -> bool {
        matches!(self.work, Work::NeedsJob)
    }

    /// The links that have to leave the history, where the recording is erased.
    pub(super) fn dead_links(&self, ports: &impl Ports) -> Option<DeadLinks> {
        let entry = self.entry.as_ref().map(|entry| &entry.entry).filter(|entry| entry.state() == State::Erased)?;
        let provider_url = ports.source().provider_url(&entry.recording);
        Some(DeadLinks::of(&entry.lines, &provider_url, entry.recording_storage_path.as_ref()))
    }

    pub(super) fn lines(&self) -> &[PinnedLine] {
        &self.lines
    }

    /// The texts of lines that were seen in this record's history, are gone, and were not asked for again yet.
    pub(super) fn gone_from(&self, record: &JobRecord) -> Vec<String> {
        let Some(entry) = self.entry.as_ref().map(|entry| &entry.entry) else { return Vec::new() };
        if !self.verifies || entry.job_record_id.as_ref() != Some(&record.id) {
            return Vec::new();
        }
        let history = History::new(record.history.clone());
        let gone = entry.lines_gone_from(&history).filter(|line| line.may_be_repaired());
        gone.map(|line| line.text.clone()).collect()
    }

    /// No line that was seen is gone, or nobody can say. Says whether there is anything else to write.
    pub(super) fn stops_verifying(&mut self) -> bool {
        self.verifies = false;
        !self.lines.is_empty()
    }

    /// The ledger asks for lines once more.
    pub(super) fn asks_again(&mut self, entry: Versioned) {
        self.verifies = false;
        self.lines = entry.entry.unconfirmed_lines().cloned().collect();
        self.entry = Some(entry);
    }

    /// Airtable did not take the lines. Where the ledger holds them, the message goes all the same, so that a queue full
    /// of innocents does not drain into its dead-letter queue; a line that only the message holds stays.
    pub(super) fn airtable_failed(&mut self, ports: &impl Ports, error: &PortError) {
        let recording = &self.request.recording;
        tracing::error!(
            log_type = "airtable_update_error",
            organisation = %recording.organisation,
            call_id = %recording.call_id,
            recording_id = %recording.recording_id,
            error_code = error.kind.code(),
            error = %causes(error),
            "a job's history is not written",
        );
        ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("airtable_update_error")]);
        self.leave(PortError::new(error.kind, error.operation, error.detail.clone()));
    }

    /// The same, of a PATCH. One whose outcome is not known may still take effect, with older text: its message comes
    /// again once, so that the job's group stays shut meanwhile and no other writer of ours meets it.
    pub(super) fn update_failed(&mut self, ports: &impl Ports, error: &PortError) {
        self.airtable_failed(ports, error);
        if error.kind == ErrorKind::Unavailable && self.receives <= 1 {
            self.work = Work::Failed(PortError::new(error.kind, error.operation, error.detail.clone()));
        }
    }

    /// Lets the lines wait: in the ledger, or else in the message. That lines may be gone is in the message alone.
    pub(super) fn leave(&mut self, why: PortError) {
        self.work = match self.entry {
            Some(_) if !self.verifies => Work::Left,
            _ => Work::Failed(why),
        };
    }

    /// Whether the ledger does not know that an erased recording's links may be in this job's history.
    pub(super) fn alone_knows_the_job(&self) -> bool {
        let job = self.request.job_number.as_ref();
        self.is_erased() && self.entry.as_ref().is_some_and(|entry| entry.entry.jobs().all(|known| Some(known) != job))
    }

    /// Whether this message may have had its lines written before, by somebody who could not ask the ledger; so that a PATCH of
    /// theirs may still be under way.
    pub(super) fn may_have_written_unasked(&self) -> bool {
        !self.request.lines.is_empty() && (self.receives > 1 || self.request.dead_letters > 0)
    }

    pub(super) fn into_result(self) -> Result<(), PortError> {
        match self.work {
            Work::Failed(error) => Err(error),
            _ => Ok(()),
        }
    }
}
