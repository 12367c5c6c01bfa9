use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::recording::{CallRef, Organisation, Outcome, Provider, RecordingRef, Report};

/// Lists what a provider holds, whether or not anybody told us of it.
pub trait ProviderList: Sync {
    /// One page of a list, from its start or from where another page said that the next one is.
    ///
    /// Followed until a page has no `next`, the pages show each recording exactly once that was in the list when the
    /// first of them was read, and nothing that is not in the list. What is made meanwhile may be shown or not. A page
    /// may be empty and have a `next` all the same.
    ///
    /// # Errors
    /// [`Invalid`](super::ErrorKind::Invalid) also when the provider no longer knows the place, or leads elsewhere: then
    /// the list begins anew. [`NotFound`](super::ErrorKind::NotFound) when the provider does not know the call.
    fn page(&self, at: &ListCursor) -> impl Future<Output = Result<ListPage, PortError>> + Send;
}

/// Which recordings are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordingList {
    /// Those that were made in a time.
    CreatedWithin {
        /// The tenant whose recordings they are.
        organisation: Organisation,
        /// Who made them.
        provider: Provider,
        /// From when on, and before when, by the provider's clock.
        window: Range<Timestamp>,
    },
    /// Those of one call, whenever they were made. Each says itself which call it is of: a provider may keep those of
    /// another leg under the first.
    OfCall(CallRef),
}

impl RecordingList {
    /// The tenant whose recordings they are.
    pub fn organisation(&self) -> &Organisation {
        match self {
            Self::CreatedWithin { organisation, .. } => organisation,
            Self::OfCall(call) => &call.organisation,
        }
    }

    /// Who made them.
    pub fn provider(&self) -> Provider {
        match self {
            Self::CreatedWithin { provider, .. } => *provider,
            Self::OfCall(call) => call.provider,
        }
    }

    /// Whether what was made at that time may be in the list.
    pub fn covers(&self, created_at: Timestamp) -> bool {
        match self {
            Self::CreatedWithin { window, .. } => window.contains(&created_at),
            Self::OfCall(_) => true,
        }
    }
}

impl fmt::Display for RecordingList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreatedWithin { organisation, provider, window } => {
                write!(f, "{organisation}/{provider}/{}..{}", window.start, window.end)
            }
            Self::OfCall(call) => write!(f, "{call}"),
        }
    }
}

/// A place in a list. It names the list too, so that it cannot be taken for a place in another one.
///
/// It holds nothing secret and no address, and whoever reads it back checks it anew: it may be kept where others write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCursor {
    list: RecordingList,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<String>,
}

impl ListCursor {
    /// The start of a list.
    pub fn start(list: RecordingList) -> Self {
        Self { list, position: None }
    }

    /// The list.
    pub fn list(&self) -> &RecordingList {
        &self.list
    }

    /// The place, as the implementation that gave it wrote it; `None` at the start.
    pub(crate) fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }

    /// Another place in the same list.
    pub(crate) fn moved_to(&self, position: impl ToString) -> Self {
        Self { list: self.list.clone(), position: Some(position.to_string()) }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The recordings on it, in no order that means anything.
    pub recordings: Vec<ListedRecording>,
    /// How many entries of it make no sense, by what is wrong with them. They are left out, and hide nobody else.
    pub oddities: BTreeMap<Oddity, u32>,
    /// Where the next page is; `None` behind the last.
    pub next: Option<ListCursor>,
}

impl ListPage {
    /// How many entries make no sense.
    pub fn strange(&self) -> u32 {
        self.oddities.values().sum()
    }
}

/// Why an entry of a provider's list makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// It does not say when it was made, so that nobody knows whether it is in the list.
    Time,
    /// It is of another account than the organisation's.
    Account,
    /// It lacks an id, or has one of another shape.
    Id,
    /// It is in a state that is not known.
    Status,
}

impl Oddity {
    /// A stable word for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Account => "account",
            Self::Id => "id",
            Self::Status => "status",
        }
    }
}

/// A recording as its provider's list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRecording {
    /// Which recording.
    pub recording: RecordingRef,
    /// When the provider made it.
    pub created_at: Timestamp,
    /// What became of it.
    pub standing: Standing,
    /// Its length, in whole seconds, where the provider gives it.
    pub duration_seconds: Option<u32>,
    /// Its channels, where the provider gives them.
    pub channels: Option<u8>,
    /// When the recording started, where the provider says.
    pub started_at: Option<Timestamp>,
    /// When its call was over, where the provider says that and not the recording's length.
    pub ended_at: Option<Timestamp>,
}

/// What became of a recording at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It goes on, or is not ready yet.
    Unfinished,
    /// The provider has the audio.
    Completed,
    /// There is no audio and there will be none.
    Absent {
        /// Why, in words for a person.
        reason: String,
    },
    /// The provider deleted the audio, on our behalf or another's.
    Deleted,
}

impl ListedRecording {
    /// The length that the provider's webhook would have given: the recording's, or the call's.
    pub fn reported_seconds(&self) -> Option<u32> {
        let of_call = || {
            let (from, to) = self.started_at.zip(self.ended_at)?;
            u32::try_from(to.duration_since(from).as_secs()).ok()
        };
        self.duration_seconds.or_else(of_call)
    }

    /// What the provider's webhook would have told: nothing of what is unfinished, and nothing of what is deleted, for
    /// whether that is a loss is told by the ledger.
    pub fn report(&self) -> Option<Report> {
        let outcome = match &self.standing {
            Standing::Completed => Outcome::Completed,
            Standing::Absent { reason } => Outcome::Absent { reason: reason.clone() },
            Standing::Unfinished | Standing::Deleted => return None,
        };
        Some(Report {
            duration_seconds: self.reported_seconds(),
            channels: self.channels,
            started_at: self.started_at,
            ..Report::of(outcome)
        })
    }
}

#[cfg(test)]
#[path = "provider_list_tests.rs"]
mod tests;
