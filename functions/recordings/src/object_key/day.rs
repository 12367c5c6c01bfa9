use jiff::Timestamp;
use jiff::civil::Date;

use super::{ObjectKey, START, utc, utc_day};
use crate::recording::{InvalidId, Organisation, RecordingRef};

/// The folder of the recordings of one organisation that began on one day, UTC.
pub fn day_folder(organisation: &Organisation, day: Date) -> String {
    format!("days/{organisation}/{day}/")
}

/// A place in that folder, in front of whatever began at that second or later. It is no entry's key itself.
pub fn day_place(organisation: &Organisation, start: Timestamp) -> String {
    format!("{}{}", day_folder(organisation, utc_day(start)), utc(start, START))
}

/// Reads the recording and its start, to the second, back from the key of its entry in the index by day.
///
/// # Errors
/// [`InvalidId`] when the key is not exactly the one that we would write.
pub fn recording_of_day_key(key: &str) -> Result<(RecordingRef, Timestamp), InvalidId> {
    const INVALID: InvalidId = InvalidId {
        what: "day index key",
        expected: "days/{organisation}/{yyyy-mm-dd}/{start}-{provider}-{call}-{recording}",
    };
    let (recording, started_at) = parse(key).ok_or(INVALID)?;
    if ObjectKey::Day(&recording, started_at).to_string() == key { Ok((recording, started_at)) } else { Err(INVALID) }
}

/// Only a call's id may have dashes of its own.
fn parse(key: &str) -> Option<(RecordingRef, Timestamp)> {
    let (organisation, rest) = key.strip_prefix("days/")?.split_once('/')?;
    let (_day, name) = rest.split_once('/')?;
    let (start, rest) = name.split_once('-')?;
    let (provider, rest) = rest.split_once('-')?;
    let (call, recording) = rest.rsplit_once('-')?;
    let recording = RecordingRef::read_back(organisation, provider.parse().ok()?, call, recording).ok()?;
    Some((recording, start.parse().ok()?))
}

#[cfg(test)]
#[path = "day_tests.rs"]
mod tests;
