//! What is left when all is quiet, compared with what was made.

mod histories;
mod recordings;
mod surroundings;
mod told;

use std::collections::HashMap;

use field::Field;
use jiff::Timestamp;
use standins::{JournalQuery, Service};

use crate::flood::{Job, Made};
use crate::trap::Trap;
use crate::weather::Storm;

pub(crate) use surroundings::sweep_uploads;

/// Something that is not as promised.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The number of the recording that it is about, if it is about one.
    recording: Option<usize>,
    what: String,
}

impl Finding {
    fn of(recording: &Made, what: String) -> Self {
        Self { recording: Some(recording.number), what }
    }

    fn of_all(what: String) -> Self {
        Self { recording: None, what }
    }
}

/// Everything that is not as promised, in words.
pub(crate) async fn audit(field: &Field, storm: &Storm, trap: &Trap, made: &[Made], jobs: &[Job]) -> Vec<String> {
    let deletions = deletions(field);
    let entries = recordings::entries(field, made).await;
    let mut findings = surroundings::findings(field, trap).await;
    findings.extend(recordings::findings(field, made, &entries).await);
    findings.extend(histories::findings(field, made, jobs, &entries, &deletions));
    told::in_words(field, storm, made, findings)
}

/// When Twilio was first asked to delete each recording.
fn deletions(field: &Field) -> HashMap<String, Timestamp> {
    let mut deletions = HashMap::new();
    for entry in field.world().journal(JournalQuery::of(Service::Twilio).method("DELETE")) {
        let id = entry.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json").to_owned();
        deletions.entry(id).or_insert(entry.at);
    }
    deletions
}
