use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;
use serde_json::Value;

use crate::adapters::twilio::metadata::Status;
use crate::ports::{ListedRecording, Oddity, RecordingList, Standing};
use crate::recording::{Absence, AccountSid, Provider, RecordingRef};

/// What the entries of a page say.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) recordings: Vec<ListedRecording>,
    pub(super) oddities: BTreeMap<Oddity, u32>,
}

impl Entries {
    pub(super) fn read(entries: &[Value], list: &RecordingList, account: &AccountSid) -> Self {
        let mut read = Self::default();
        for entry in entries {
            match listed(entry, list, account) {
                Ok(listed) => read.recordings.extend(listed),
                Err(oddity) => *read.oddities.entry(oddity).or_default() += 1,
            }
        }
        read
    }
}

/// An entry as a recording, or nothing where Twilio shows more than the list is about.
/// Source: <https://www.twilio.com/docs/voice/api/recording>
fn listed(entry: &Value, list: &RecordingList, account: &AccountSid) -> Result<Option<ListedRecording>, Oddity> {
    let created_at = time(&entry["date_created"]).ok_or(Oddity::Time)?;
    if !list.covers(created_at) {
        return Ok(None);
    }
    if entry["account_sid"].as_str() != Some(account.as_str()) {
        return Err(Oddity::Account);
    }
    let id = |name: &str| entry[name].as_str().ok_or(Oddity::Id);
    let recording = RecordingRef::parse(list.organisation().as_str(), Provider::Twilio, id("call_sid")?, id("sid")?);
    Ok(Some(ListedRecording {
        recording: recording.map_err(|_| Oddity::Id)?,
        created_at,
        standing: standing(entry)?,
        duration_seconds: number(&entry["duration"]),
        channels: number(&entry["channels"]).and_then(|channels| channels.try_into().ok()),
        started_at: time(&entry["start_time"]),
        ended_at: None,
    }))
}

fn standing(entry: &Value) -> Result<Standing, Oddity> {
    match Status::deserialize(&entry["status"]).map_err(|_| Oddity::Status)? {
        Status::InProgress | Status::Paused | Status::Stopped | Status::Processing => Ok(Standing::Unfinished),
        Status::Completed => Ok(Standing::Completed),
        Status::Absent => {
            let code = number(&entry["error_code"]).map(|code| code.to_string());
            Ok(Standing::Absent { reason: Absence::NeverMade.reason(code.as_deref()) })
        }
        Status::Deleted => Ok(Standing::Deleted),
        Status::Unknown => Err(Oddity::Status),
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    Some(rfc2822::parse(value.as_str()?).ok()?.timestamp())
}

/// Twilio writes some numbers as strings.
fn number(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.parse().ok(),
        _ => value.as_u64()?.try_into().ok(),
    }
}

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
