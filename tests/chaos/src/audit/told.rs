use field::{Field, Kind};

use super::Finding;
use crate::flood::Made;
use crate::weather::Storm;

/// So many recordings are told with all that happened to them; of the others only what is wrong.
const WITH_HISTORY: usize = 5;

/// The findings in words, each recording's with all that is known of its way.
pub(super) fn in_words(field: &Field, storm: &Storm, made: &[Made], findings: Vec<Finding>) -> Vec<String> {
    let mut told = Vec::new();
    findings
        .into_iter()
        .map(|Finding { recording, what }| {
            let Some(recording) = recording.and_then(|number| made.get(number)) else { return what };
            let what = format!("{}: {what}", recording.placed.recording_sid);
            if told.contains(&recording.number) || told.len() >= WITH_HISTORY {
                return what;
            }
            told.push(recording.number);
            format!("{what}\n{}", history(field, storm, recording))
        })
        .collect()
}

fn history(field: &Field, storm: &Storm, recording: &Made) -> String {
    let met = storm.met(recording.number);
    let met: Vec<_> = met.iter().map(|(place, kind)| format!("{}: {}", place.name(), kind.name())).collect();
    let logs = [Kind::Webhook, Kind::Transfer, Kind::Sweeper].map(|kind| field.function(kind).log());
    let lines = logs.iter().flat_map(|log| log.lines()).filter(|line| line.contains(&recording.placed.recording_sid));
    let mut lines: Vec<&str> = lines.collect();
    // Each begins with its time.
    lines.sort_unstable();
    format!("    it met: {}\n    {}", met.join(", "), lines.join("\n    "))
}
