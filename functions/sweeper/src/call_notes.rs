//! `calls/`: calls that are over and whose recording nobody reported. What the provider has comes home; what it has not
//! is explained. A note goes only once what it led to is durable.

mod asked;
mod bring;

use std::time::Duration;

use jiff::Timestamp;
use recordings::object_key::ObjectKey;
use recordings::ports::{
    Advice, CallEntries, CallNoteList, CallNotePage, CallNoteRemove, CallRecordings, Clock, Cursors, ErrorKind,
    PortError,
};
use recordings::recording::{CallRef, RecordingRef};
use recordings::telemetry::{Metric, Metrics, causes};
use serde::Serialize;

use crate::config::Settings;
use crate::{Deadline, Ports};
use asked::ask;

const CURSOR: &str = "calls";
/// A recording is usually reported within seconds after its call.
const REPORTED_WITHIN: Duration = Duration::from_mins(2);
/// What is not ready a day after its call is not waited for any longer; reconcile sees it while it is in the window.
const READY_WITHIN: Duration = Duration::from_hours(24);
/// So many notes in a row that fail mean that it is not the notes.
const MOST_FAILURES: u32 = 3;
/// The calls that one run looks at.
const CALLS_A_RUN: u32 = 2_000;

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Calls that are over, and had time for their recording to be reported.
    pub calls_looked_at: u32,
    /// Recordings that the provider has, or had, and nobody reported: they are on their way.
    pub calls_repaired: u32,
    /// Calls without any recording.
    pub calls_without_recording: u32,
    /// Calls whose recording is still awaited.
    pub calls_waiting: u32,
}

/// Goes on from the last run's cursor, a bounded number of calls, and leaves a cursor where it stopped.
pub(crate) async fn follow_up(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Calls,
) -> Result<(), PortError> {
    let before = ports.cursors().read(CURSOR).await?;
    let mut run = Run { ports, settings, deadline, outcome, failures: 0, failure: None };
    let mut after = before.clone();
    loop {
        let page = ports.calls().page(after.as_deref()).await?;
        for key in &page.foreign {
            tracing::warn!(
                log_type = "call_note_foreign",
                key_length = key.len(),
                "a key in calls/ is no note of ours"
            );
        }
        let stopped_at = run.one_page(&page).await;
        let is_cut_off = stopped_at.is_some();
        after = stopped_at.or(page.next);
        if after.is_none() || is_cut_off {
            break;
        }
    }
    let failure = run.failure.map_or(Ok(()), Err);
    if after != before {
        ports.cursors().write(CURSOR, after.as_deref()).await?;
    }
    failure
}

struct Run<'a, P> {
    ports: &'a P,
    settings: &'a Settings,
    deadline: Deadline,
    outcome: &'a mut Calls,
    /// The notes in a row that failed.
    failures: u32,
    /// The first failure.
    failure: Option<PortError>,
}

impl<P: Ports> Run<'_, P> {
    /// Follows up what is due on a page. The key behind which the next run goes on, if this one has to stop: behind what
    /// failed, too, so that it does not stand before the others.
    async fn one_page(&mut self, page: &CallNotePage) -> Option<String> {
        for (call, noted_at) in &page.calls {
            let age = Duration::try_from(self.ports.clock().now().duration_since(*noted_at)).unwrap_or_default();
            if age < REPORTED_WITHIN.min(self.settings.untouched_for) {
                continue;
            }
            self.outcome.calls_looked_at += 1;
            let result = self.one(call, age).await;
            if self.must_stop(call, result) {
                return Some(ObjectKey::Call(call).to_string());
            }
        }
        None
    }

    fn must_stop(&mut self, call: &CallRef, result: Result<(), PortError>) -> bool {
        let is_over = self.deadline.is_near(self.ports.clock()) || self.outcome.calls_looked_at >= CALLS_A_RUN;
        match result {
            Ok(()) => self.failures = 0,
            Err(error) if error.advice() == Advice::GiveUp => note_unreadable(self.ports, call, &error),
            Err(error) => {
                self.failures += 1;
                let is_everybodys = matches!(error.kind, ErrorKind::Throttled { .. });
                self.failure.get_or_insert(error);
                return is_over || is_everybodys || self.failures >= MOST_FAILURES;
            }
        }
        is_over
    }

    async fn one(&mut self, call: &CallRef, age: Duration) -> Result<(), PortError> {
        let ports = self.ports;
        let heard = heard_of(ports, call).await?;
        let Some(note) = ports.calls().read(call).await? else { return Ok(()) };
        if !heard.entries.is_empty() {
            bring::parties(ports, &note, &heard.entries).await?;
        } else if heard.has_marker {
            // Who spoke has to wait for the entry that can hold it.
            if !note.parties.are_unknown() && age < READY_WITHIN {
                self.outcome.calls_waiting += 1;
                return Ok(());
            }
        } else {
            let asked = ask(ports, call).await?;
            let patience = if asked.is_unclear { READY_WITHIN } else { self.settings.untouched_for };
            if asked.over.is_empty() && age < patience {
                self.outcome.calls_waiting += 1;
                return Ok(());
            }
            for listed in &asked.over {
                bring::home(ports, &note, listed).await?;
                self.outcome.calls_repaired += 1;
            }
            if asked.over.is_empty() {
                bring::word(ports, &note, asked.is_unclear).await?;
                self.outcome.calls_without_recording += 1;
            }
        }
        ports.calls().remove(call).await
    }
}

/// What is known of a call's recordings.
struct Heard {
    entries: Vec<RecordingRef>,
    has_marker: bool,
}

/// A marker goes only once its recording's entry is finished, so that who asks for the marker before the entry misses
/// neither. Most calls have an entry by now, and cost one look.
async fn heard_of(ports: &impl Ports, call: &CallRef) -> Result<Heard, PortError> {
    let mut heard = Heard { entries: ports.ledger().list(call).await?, has_marker: false };
    if heard.entries.is_empty() {
        heard.has_marker = ports.calls().has_marker(call).await?;
    }
    if heard.entries.is_empty() && !heard.has_marker {
        heard.entries = ports.ledger().list(call).await?;
    }
    Ok(heard)
}

fn note_unreadable(ports: &impl Ports, call: &CallRef, error: &PortError) {
    tracing::error!(
        log_type = "call_note_unreadable",
        organisation = %call.organisation,
        call_id = %call.call_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "the note of a completed call cannot be read; it stays where it is",
    );
    let now: Timestamp = ports.clock().now();
    ports.metrics().record(now, call.provider, &[Metric::one("call_note_unreadable")]);
}
