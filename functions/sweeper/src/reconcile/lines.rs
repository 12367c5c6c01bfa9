//! What histories say, next to the ledger: a line that was seen there and is gone is asked for once more.
//!
//! The sweeper only looks. It sends word to HistoryQueue, where the job's one writer looks for itself, and notes in the
//! ledger that the line was missed before it writes it again.

mod batch;
mod due;
mod pace;
mod pass;

use std::collections::{BTreeMap, VecDeque};

use recordings::ports::{Advice, Clock, Cursors, DayIndexList, LedgerRead, PortError, SecretSource, Versioned};
use recordings::recording::{AirtableBaseId, Organisation, RecordingRef};
use recordings::telemetry::causes;
use serde::Serialize;

use crate::config::Settings;
use crate::{Deadline, Ports, count};
use batch::Batch;
use due::{Due, due};
use pace::Pace;
use pass::{Pass, Place, Stretch};

const CURSOR: &str = "lines";

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// Recordings whose lines were looked for in their jobs' histories.
    pub lines_verified: u32,
    /// Recordings with lines that are gone, and are asked for once more.
    pub lines_missed: u32,
    /// Recordings with lines that are gone again, and are left so.
    pub lines_removed: u32,
    /// Recordings whose lines were asked for once more a while ago, and are not written yet.
    pub lines_reminded: u32,
}

/// Why a pass ends before it is through.
enum Stopped {
    /// The organisation's share of the time is up, or its base wants to be left alone. The next run goes on.
    ForNow,
    /// A port failed.
    By(PortError),
}

impl From<PortError> for Stopped {
    fn from(error: PortError) -> Self {
        Self::By(error)
    }
}

/// Verifies the lines that are due, organisation by organisation, those first that wait longest. Each has an equal share of
/// the time that is left: one whose passes never end, or whose base wants to be left alone, keeps no other waiting.
pub(crate) async fn verify(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Lines,
) -> Result<(), PortError> {
    let mut places = read_places(ports).await?;
    let mut run = Run { ports, settings, end: deadline, deadline, outcome, pace: Pace::default() };
    let mut result = Ok(());
    let mut waiting = in_turn(ports, settings, &places).await?;
    while let Some(whose) = waiting.pop_front() {
        if deadline.is_near(ports.clock()) {
            break;
        }
        if !run.pace.may_ask(&whose.base) {
            continue;
        }
        run.deadline = deadline.share(ports.clock(), waiting.len() + 1);
        let mut place = places.remove(&whose.organisation).unwrap_or_default();
        let before = place.clone();
        let stopped = run.organisation(&whose, &mut place).await;
        let moved = place != before;
        places.insert(whose.organisation.clone(), place);
        if moved {
            write_places(ports, &places).await?;
        }
        match stopped {
            Ok(()) => {}
            // What the others do not need is for those that need more.
            Err(Stopped::ForNow) => waiting.push_back(whose),
            // One organisation's trouble is no reason to leave the others out.
            Err(Stopped::By(error)) => result = result.and(Err(error)),
        }
    }
    log_done(run.outcome);
    result
}

/// A cursor that makes no sense is one that is not there.
async fn read_places(ports: &impl Ports) -> Result<BTreeMap<Organisation, Place>, PortError> {
    let kept = ports.cursors().read(CURSOR).await?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
}

async fn write_places(ports: &impl Ports, places: &BTreeMap<Organisation, Place>) -> Result<(), PortError> {
    let kept = serde_json::to_string(places).unwrap_or_default();
    ports.cursors().write(CURSOR, Some(&kept)).await
}

/// Whose lines are verified, and the base that holds its jobs.
struct Whose {
    organisation: Organisation,
    base: AirtableBaseId,
}

async fn in_turn(
    ports: &impl Ports,
    settings: &Settings,
    places: &BTreeMap<Organisation, Place>,
) -> Result<VecDeque<Whose>, PortError> {
    let secrets = ports.secrets().current().await?;
    let whose = |organisation: &Organisation| {
        let base = secrets.airtable_base(organisation, &settings.airtable_base)?.clone();
        Some(Whose { organisation: organisation.clone(), base })
    };
    let mut organisations: Vec<Whose> = secrets.organisations.keys().filter_map(whose).collect();
    organisations.sort_by_key(|whose| places.get(&whose.organisation).and_then(|place| place.verified_until));
    Ok(organisations.into())
}

/// One run, and what all its passes share.
struct Run<'a, P> {
    ports: &'a P,
    settings: &'a Settings,
    /// When the run has to be over.
    end: Deadline,
    /// When the organisation's share of it is over.
    deadline: Deadline,
    outcome: &'a mut Lines,
    pace: Pace,
}

impl<P: Ports> Run<'_, P> {
    /// Ends the pass that an earlier run began, and makes one of its own.
    async fn organisation(&mut self, whose: &Whose, place: &mut Place) -> Result<(), Stopped> {
        let now = self.ports.clock().now();
        if let Some(pass) = place.under_way(now) {
            self.pass(whose, pass, place).await?;
        }
        let pass = place.next(now);
        self.pass(whose, pass, place).await
    }

    /// One pass; the place moves with every batch that is done.
    async fn pass(&mut self, whose: &Whose, pass: Pass, place: &mut Place) -> Result<(), Stopped> {
        *place = Place::within(pass.clone());
        let mut batch = Batch::default();
        for stretch in pass.stretches(self.settings.window_days) {
            self.stretch(whose, &pass, &stretch, &mut batch, place).await?;
        }
        self.flush(whose, &mut batch).await?;
        *place = Place::behind(&pass);
        Ok(())
    }

    async fn stretch(
        &mut self,
        whose: &Whose,
        pass: &Pass,
        stretch: &Stretch,
        batch: &mut Batch,
        place: &mut Place,
    ) -> Result<(), Stopped> {
        for folder in stretch.days(&whose.organisation) {
            let mut after = folder.after(pass);
            while let Some(from) = after {
                if self.deadline.is_near(self.ports.clock()) {
                    return Err(Stopped::ForNow);
                }
                let page = self.ports.days().page(&whose.organisation, folder.day, Some(&from)).await?;
                after = page.next;
                for (recording, started_at) in &page.recordings {
                    if !stretch.contains(*started_at) {
                        after = None;
                        break;
                    }
                    self.look(pass, stretch, recording, batch).await?;
                    let is_over = self.deadline.is_near(self.ports.clock());
                    if batch.is_full() || is_over {
                        self.flush(whose, batch).await?;
                    }
                    // What was looked at, and needs nothing more, is not looked at again.
                    if batch.is_empty() {
                        place.moved_behind(recording, *started_at);
                    }
                    if is_over {
                        return Err(Stopped::ForNow);
                    }
                }
            }
        }
        Ok(())
    }

    /// Looks at one recording's entry, and reminds of what was asked for long ago.
    async fn look(
        &mut self,
        pass: &Pass,
        stretch: &Stretch,
        recording: &RecordingRef,
        batch: &mut Batch,
    ) -> Result<(), PortError> {
        batch.looked_at += 1;
        let Some(entry) = self.entry(recording).await? else { return Ok(()) };
        let Due { verify, remind } = due(&entry.entry, stretch.every_line_since(pass), pass.until);
        if remind {
            batch::remind(self.ports, &entry, pass.until).await?;
            self.outcome.lines_reminded += 1;
        }
        if verify {
            batch.add(entry);
        }
        Ok(())
    }

    /// An entry that nobody can read must not stand before all others for ever.
    async fn entry(&self, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
        match self.ports.ledger().get(recording).await {
            Err(error) if error.advice() == Advice::GiveUp => {
                tracing::error!(
                    log_type = "ledger_entry_unreadable",
                    organisation = %recording.organisation,
                    call_id = %recording.call_id,
                    recording_id = %recording.recording_id,
                    error_code = error.kind.code(),
                    error = %causes(&error),
                    "a ledger entry cannot be read; its lines are not verified",
                );
                count(self.ports, "ledger_entry_unreadable");
                Ok(None)
            }
            result => result,
        }
    }

    async fn flush(&mut self, whose: &Whose, batch: &mut Batch) -> Result<(), Stopped> {
        let mut waiting = vec![std::mem::take(batch)];
        while let Some(batch) = waiting.pop().filter(|batch| !batch.is_empty()) {
            waiting.extend(batch.compare(self.ports, whose, &mut self.pace, self.end, self.outcome).await?);
        }
        Ok(())
    }
}

fn log_done(outcome: &Lines) {
    tracing::info!(
        log_type = "lines_verified",
        verified = outcome.lines_verified,
        missed = outcome.lines_missed,
        removed = outcome.lines_removed,
        reminded = outcome.lines_reminded,
        "history lines were compared with the ledger",
    );
}
