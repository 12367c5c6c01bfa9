use recordings::fakes::{Call, Effect, Fault, QueueName};
use recordings::ledger_entry::State;

use super::anybody_died;
use crate::installation::figures::Figures;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// The figures that alarms stand on. None of them is counted while all is well.
const ALARMING: &[&str] = &[
    "upload_failed",
    "fetch_failed",
    "fell_back",
    "retry_needed",
    "unassigned",
    "failed",
    "suspect",
    "unavailable",
    "too_slow",
    "gone_at_provider",
    "airtable_update_error",
    "airtable_throttled",
    "airtable_quota_exhausted",
    "history_not_done",
    "history_full",
    "history_dead_lettered",
    "history_left_dead",
    "transfer_dead_lettered",
    "transfer_not_durable",
    "dead_lettered",
    "dead_letter_stuck",
    "deletion_gate_shut",
    "provider_deletion_failed",
    "message_unreadable",
    "sweep_failed",
    "webhook_not_durable",
    "webhook_half_durable",
    "secret_unavailable",
    "transcript_failed",
    "transcript_given_up",
    "job_not_found",
    "job_ambiguous",
];

/// Each class of failure raises the figure that its alarm stands on, and a healthy run raises none. (The alarms themselves
/// are the template's.) What dies in the middle counts nothing any more, and who never learns that the ledger took his change
/// does not count it, so that such runs are left out.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let figures = &played.installation.figures;
    let world = &played.installation.world;
    let nothing_failed = world.read_calls(|calls| calls.iter().all(|call| call.fault.is_none()));
    if played.script.healthy && nothing_failed {
        let raised = figures.names().into_iter().filter(|name| ALARMING.contains(name) && figures.of(name) > 0.0);
        return raised.map(|name| format!("all is well, and {name} is counted")).collect();
    }
    if anybody_died(played) || world.read_calls(|calls| calls.iter().any(is_a_change_that_nobody_heard_of)) {
        return Vec::new();
    }
    let mut broken = Vec::new();
    world.read_journal(|journal| broken.extend(journal.iter().filter_map(|entry| uncounted(&entry.effect, figures))));
    let answered_503 = played.installation.answers.iter().any(|answer| answer.status == 503);
    if answered_503 && figures.of("webhook_not_durable") + figures.of("secret_unavailable") == 0.0 {
        broken.push("a webhook was answered 503, and nothing counts it".to_owned());
    }
    broken
}

fn is_a_change_that_nobody_heard_of(call: &Call) -> bool {
    call.port == "LedgerWrite"
        && matches!(call.fault, Some(Fault::ReplyLost | Fault::HangApplied | Fault::LandsLate(_)))
}

fn uncounted(effect: &Effect, figures: &Figures) -> Option<String> {
    let (what, any_of): (_, &[&str]) = match effect {
        Effect::LedgerWritten { entry, .. } => match entry.state() {
            State::Failed => ("a recording failed", &["failed"]),
            State::Fallback => ("a recording fell back", &["upload_failed"]),
            State::Suspect => ("a recording is suspect", &["suspect"]),
            State::Absent => ("a recording has no audio", &["unavailable"]),
            _ if entry.attempts > 0 => ("a transfer failed", &["upload_failed", "fetch_failed"]),
            _ => return None,
        },
        Effect::MessageDied { queue: QueueName::Transfer, .. } => {
            ("a transfer died", &["transfer_dead_lettered", "message_unreadable"])
        }
        Effect::MessageDied { queue: QueueName::History, .. } => {
            ("a pointer died", &["history_dead_lettered", "history_left_dead", "message_unreadable"])
        }
        _ => return None,
    };
    let counted = any_of.iter().any(|name| figures.of(name) > 0.0);
    (!counted).then(|| format!("{what}, and none of {any_of:?} is counted"))
}
