//! What somebody decided about a call as a whole: that nothing of it may be deleted, or that nothing of it may be kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger_entry::{Change, LedgerEntry, State};
use crate::recording::CallRef;

/// The version of the JSON that this code writes.
const SCHEMA: u32 = 1;

/// A call's hold and its tombstone. They stand in one document that is only ever compared and swapped, so that of a hold
/// and an erasure which meet one wins and the other is refused. Entries mirror it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallControl {
    #[serde(deserialize_with = "known_schema")]
    schema: u32,
    /// Which call.
    #[serde(flatten)]
    pub call: CallRef,
    hold: bool,
    erased: Option<Erasure>,
}

/// Somebody had a call erased. It is never taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// When.
    pub at: Timestamp,
    /// A user's id, which says nothing to who does not know the users.
    pub by: String,
}

/// A legal hold is on: nothing of the call may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a legal hold is on")]
pub struct OnHold;

/// The call was erased: there is nothing left to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call was erased")]
pub struct WasErased;

/// A document that a newer version wrote is not understood, and must not be written back with parts of it lost.
fn known_schema<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        schema @ 1..=SCHEMA => Ok(schema),
        _ => Err(serde::de::Error::custom("a call's control of a newer version")),
    }
}

impl CallControl {
    /// That of a call about which nobody decided anything.
    pub fn of(call: CallRef) -> Self {
        Self { schema: SCHEMA, call, hold: false, erased: None }
    }

    /// Whether a legal hold is on.
    pub fn is_held(&self) -> bool {
        self.hold
    }

    /// The erasure, once somebody asked for it.
    pub fn erasure(&self) -> Option<&Erasure> {
        self.erased.as_ref()
    }

    /// The control with a hold on.
    ///
    /// # Errors
    /// [`WasErased`] when there is nothing left to hold.
    pub fn held(&self) -> Result<Self, WasErased> {
        match self.erased {
            None => Ok(Self { hold: true, ..self.clone() }),
            Some(_) => Err(WasErased),
        }
    }

    /// The control with the hold lifted.
    #[must_use]
    pub fn released(&self) -> Self {
        Self { hold: false, ..self.clone() }
    }

    /// The control with the tombstone in it. One that is there stays as it is.
    ///
    /// # Errors
    /// [`OnHold`] when nothing of the call may be erased.
    pub fn erased(&self, at: Timestamp, by: &str) -> Result<Self, OnHold> {
        match self {
            Self { hold: true, .. } => Err(OnHold),
            Self { erased: Some(_), .. } => Ok(self.clone()),
            Self { erased: None, .. } => Ok(Self { erased: Some(Erasure { at, by: by.to_owned() }), ..self.clone() }),
        }
    }

    /// What has to change in an entry of the call for it to say the same.
    pub fn asks_of(&self, entry: &LedgerEntry) -> Vec<Change> {
        let is_gone = matches!(entry.state(), State::Expired | State::Erased);
        match (&self.erased, self.hold) {
            (Some(_), _) if entry.state() == State::Erased => Vec::new(),
            (Some(_), _) => vec![Change::HoldReleased, Change::Erased],
            (None, true) if !entry.hold && !is_gone => vec![Change::HoldPlaced],
            (None, false) if entry.hold => vec![Change::HoldReleased],
            (None, _) => Vec::new(),
        }
    }
}

#[cfg(test)]
#[path = "call_control/call_control_tests.rs"]
mod tests;
