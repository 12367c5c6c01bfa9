//! Lines that were written and are gone: a person removed them, or a PATCH of a dead worker that landed late undid them.

use recordings::ledger_entry::Change;
use recordings::ports::Clock;
use recordings::telemetry::{Metric, Metrics};

use super::Round;
use super::item::{Item, Work};
use crate::Ports;
use crate::ledger::{ChangeError, change};

/// Makes the ledger ask for lines once more, and for the last time. Only then may they be written: who dies in between
/// leaves lines that are asked for as any other, and a repair that is not forgotten.
///
/// They are written from a find of their own, so that nothing comes between a find and its PATCH.
pub(super) async fn ask_again(ports: &impl Ports, item: &mut Item<'_>, texts: Vec<String>, round: Round) -> Work {
    let Some(entry) = item.entry.take() else { return Work::Done };
    let count = texts.len();
    match change(ports, entry, &[Change::LinesMissed { texts }]).await {
        Ok(entry) => {
            report(ports, item, count);
            item.asks_again(entry);
            if round == Round::First { Work::NeedsJob } else { Work::Left }
        }
        // Erased, or repaired by somebody else.
        Err(ChangeError::MovedOn(..)) => Work::Done,
        Err(ChangeError::Ledger(error)) => Work::Failed(error),
    }
}

fn report(ports: &impl Ports, item: &Item<'_>, lines: usize) {
    let recording = &item.request.recording;
    tracing::warn!(
        log_type = "history_line_repaired",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        lines,
        "lines are gone from a job's history; they are written once more, and not again",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("history_line_repaired")]);
}
