use serde::{Deserialize, Serialize};

use crate::call_notes::Calls;
use crate::doctor::Checkup;
use crate::orphans::Orphaned;
use crate::reconcile::{Expired, Held, Lines};

/// What a schedule, or whoever invokes the function by hand, asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum Job {
    /// Forward retries that are due, see to what the queues gave up, and send again what nobody touched for long.
    Retry,
    /// Compare what the providers hold, what the histories say and what the bucket holds with the ledger.
    Reconcile,
    /// Retire audio that no entry names, and abort uploads that were left behind.
    Orphans,
    /// Look whether what lies outside is set so that nothing is lost.
    Doctor,
    /// Send everything that lies in the dead-letter queues, or in one of them, back to its queue as it is.
    Redrive {
        /// The queue that gave it up; both when it is not named.
        #[serde(default)]
        queue: Option<Source>,
    },
}

/// A queue that gives messages up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// TransferQueue.
    Transfer,
    /// HistoryQueue.
    History,
}

impl Job {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Reconcile => "reconcile",
            Self::Orphans => "orphans",
            Self::Doctor => "doctor",
            Self::Redrive { .. } => "redrive",
        }
    }

    /// The figure that says that it ran to its end.
    pub(crate) fn done(self) -> &'static str {
        match self {
            Self::Retry => "retry_done",
            Self::Reconcile => "reconcile_done",
            Self::Orphans => "orphans_done",
            Self::Doctor => "doctor_done",
            Self::Redrive { .. } => "redrive_done",
        }
    }
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::History => "history",
        }
    }
}

/// What a run did, for the log and for whoever invoked it by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Retries that were due and are being transferred.
    pub forwarded: u32,
    /// Retries that wait on.
    pub waiting: u32,
    /// Messages and markers that cannot be read.
    pub unreadable: u32,
    /// Dead letters that are on their way again: transfers whose failure is to be noted, and pointers to histories.
    pub dead_letters: u32,
    /// Dead letters that can be read and stay where they are, for an operator.
    pub left_dead: u32,
    /// Dead letters that were sent back as they are.
    pub redriven: u32,
    /// Unfinished recordings that were sent again.
    pub sent_again: u32,
    /// Unfinished recordings that were looked at.
    pub looked_at: u32,
    /// Calls that are over, and their recordings.
    #[serde(flatten)]
    pub calls: Calls,
    /// What the providers hold, next to the ledger.
    #[serde(flatten)]
    pub held: Held,
    /// What histories say, next to the ledger.
    #[serde(flatten)]
    pub lines: Lines,
    /// What retention deleted.
    #[serde(flatten)]
    pub expired: Expired,
    /// What no entry names.
    #[serde(flatten)]
    pub orphans: Orphaned,
    /// How what lies outside is set, when this run looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctor: Option<Checkup>,
}
