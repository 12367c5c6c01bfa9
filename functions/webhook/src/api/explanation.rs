//! What became of a recording, in a word and in a sentence.

use recordings::ledger_entry::{LedgerEntry, State, Status};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Type};

/// What became of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Explanation {
    /// Whether there is audio, will be, or why not.
    #[schema(schema_with = statuses)]
    status: Status,
    /// The same, finer.
    #[schema(schema_with = states)]
    state: State,
    /// The same in a sentence.
    pub(super) explanation: String,
}

impl Explanation {
    pub(super) fn of(entry: &LedgerEntry) -> Self {
        Self { status: entry.status(), state: entry.state(), explanation: sentence(entry) }
    }
}

fn statuses() -> Object {
    one_of(&State::ALL.map(State::status), "Whether there is audio, will be, or why not.")
}

fn states() -> Object {
    one_of(&State::ALL, "The same, finer.")
}

/// The schema of a word out of these.
fn one_of(words: &[impl Serialize], description: &str) -> Object {
    let mut words: Vec<_> = words.iter().filter_map(|word| serde_json::to_value(word).ok()).collect();
    words.sort_by_key(ToString::to_string);
    words.dedup();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).description(Some(description)).build()
}

fn sentence(entry: &LedgerEntry) -> String {
    let why = entry.states().last().and_then(|reached| reached.why.as_deref());
    let with_reason = |text: &str| why.map_or_else(|| format!("{text}."), |why| format!("{text}: {why}."));
    match entry.state() {
        State::Received => "The recording is on its way into the bucket.".to_owned(),
        State::Fallback => "The bucket cannot take the recording just now; the provider's copy stands in.".to_owned(),
        State::Stored | State::Settled => "The recording is in the bucket.".to_owned(),
        State::Suspect => with_reason("The recording is in the bucket and does not agree with what was reported of it"),
        State::Failed => with_reason("The recording could not be fetched yet; slower tries go on"),
        State::Absent if entry.is_being_fetched_after_all() => {
            "The recording is on its way into the bucket.".to_owned()
        }
        State::Absent => with_reason("There is no recording"),
        State::Expired => "The recording was deleted by policy, when its retention ended.".to_owned(),
        State::Erased => "The recording was erased on request.".to_owned(),
    }
}
