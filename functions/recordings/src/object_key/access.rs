use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::ObjectKey;
use crate::recording::{InvalidId, Organisation, RecordingRef};

/// An access to audio as far as the key of its record tells it: everything but who it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPlace {
    /// Which recording.
    pub recording: RecordingRef,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// Tells apart what happened in the same instant.
    pub number: u64,
}

/// The folder of the accesses to an organisation's audio on one day, UTC.
pub fn audit_folder(organisation: &Organisation, day: Date) -> String {
    format!("audit/{organisation}/{}/", day.strftime("%Y/%m/%d"))
}

/// Reads an access back from the key of its record.
///
/// # Errors
/// [`InvalidId`] when the key is not exactly the one that we would write.
pub fn access_of_audit_key(key: &str) -> Result<AccessPlace, InvalidId> {
    const INVALID: InvalidId = InvalidId {
        what: "audit key",
        expected: "audit/{organisation}/{yyyy}/{mm}/{dd}/{time}-{provider}-{call}-{recording}-{number}.json",
    };
    let place = parse(key).ok_or(INVALID)?;
    let AccessPlace { recording, at, number } = &place;
    if ObjectKey::Audit(recording, *at, *number).to_string() == key { Ok(place) } else { Err(INVALID) }
}

/// Only a call's id may have dashes of its own.
fn parse(key: &str) -> Option<AccessPlace> {
    let (organisation, rest) = key.strip_prefix("audit/")?.split_once('/')?;
    let (day, name) = rest.rsplit_once('/')?;
    let (time, rest) = name.strip_suffix(".json")?.split_once('-')?;
    let (provider, rest) = rest.split_once('-')?;
    let (rest, number) = rest.rsplit_once('-')?;
    let (call, recording) = rest.rsplit_once('-')?;
    Some(AccessPlace {
        recording: RecordingRef::read_back(organisation, provider.parse().ok()?, call, recording).ok()?,
        at: moment(day, time)?,
        number: u64::from_str_radix(number, 16).ok()?,
    })
}

fn moment(day: &str, time: &str) -> Option<Timestamp> {
    let day = Date::strptime("%Y/%m/%d", day).ok()?;
    let digits = |range: std::ops::Range<usize>| time.get(range)?.parse::<i16>().ok();
    let [hour, minute, second] = [0..2, 2..4, 4..6].map(|range| digits(range).and_then(|n| i8::try_from(n).ok()));
    let nanosecond = i32::from(digits(6..9)?) * 1_000_000;
    let time = jiff::civil::Time::new(hour?, minute?, second?, nanosecond).ok()?;
    day.to_datetime(time).to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp())
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
