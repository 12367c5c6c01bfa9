use futures_util::{StreamExt, TryStreamExt, stream};
use recordings::ledger_entry::{LedgerEntry, Status};
use recordings::ports::{PortError, TranscriptRead};
use recordings::recording::{CallRef, Direction, JobNumber, PhoneNumber, Provider, RecordingRef};
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};

use super::CHUNK;
use crate::api::entries;
use crate::api::input::Parameters;
use crate::api::problem::Problem;
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// The longest text that is searched for.
const MAX_SEARCH_CHARACTERS: usize = 100;

/// What callers look for.
pub(super) struct Filter {
    status: Option<Status>,
    provider: Option<Provider>,
    job: Option<JobNumber>,
    number: Option<PhoneNumber>,
    direction: Option<Direction>,
    /// In lower case.
    said: Option<String>,
    /// What may stand anywhere, in lower case.
    anywhere: Option<String>,
}

impl Filter {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let status = |text: &str| Status::deserialize(StrDeserializer::<Error>::new(text)).ok();
        // A plus sign that nobody escaped is a space by now.
        let number = |text: &str| format!("+{}", text.trim_start_matches(['+', ' '])).parse().ok();
        let direction = |text: &str| Direction::deserialize(StrDeserializer::<Error>::new(text)).ok();
        let words = |text: &str| {
            let text = text.trim().to_lowercase();
            (2..=MAX_SEARCH_CHARACTERS).contains(&text.chars().count()).then_some(text)
        };
        Ok(Self {
            status: parameters.parse("status", "pending, available, failed or unavailable", status)?,
            provider: parameters.parse("provider", "twilio, vapi or elevenlabs", |text| text.parse().ok())?,
            job: parameters.parse("job", "the number of a job", |text| text.parse().ok())?,
            number: parameters.parse("number", "a number such as +14155550100", number)?,
            direction: parameters.parse("direction", "inbound or outbound", direction)?,
            said: parameters.parse("q", "2 to 100 characters", words)?,
            anywhere: parameters.parse("search", "2 to 100 characters", words)?,
        })
    }

    /// Whether a recording may be looked for, as far as its name tells. What the doctor sends and takes back is nobody's.
    pub(super) fn may_want(&self, recording: &RecordingRef) -> bool {
        !recording.is_canary() && self.provider.is_none_or(|provider| recording.provider == provider)
    }

    /// Those of the recordings that are looked for, and how many objects were read to know it.
    pub(super) async fn matching<P: ApiPorts>(
        &self,
        app: &App<P>,
        recordings: Vec<RecordingRef>,
    ) -> Result<(Vec<LedgerEntry>, usize), PortError> {
        let mut cost = recordings.len();
        let mut found = entries::read(app, recordings).await?;
        found.retain(|entry| self.wants(entry));
        if self.said.is_some() || self.anywhere.is_some() {
            cost += found.len();
            found = self.those_with_the_words(app, found).await?;
        }
        Ok((found, cost))
    }

    /// Transcripts are only read of those of which nothing else tells whether they are looked for.
    async fn those_with_the_words<P: ApiPorts>(
        &self,
        app: &App<P>,
        entries: Vec<LedgerEntry>,
    ) -> Result<Vec<LedgerEntry>, PortError> {
        let has_them = |entry: LedgerEntry| async move {
            let elsewhere = self.anywhere.as_ref().filter(|words| !names(&entry, words));
            let wanted: Vec<&String> = self.said.iter().chain(elsewhere).collect();
            if wanted.is_empty() {
                return Ok(Some(entry));
            }
            let text = transcript(app, &entry).await?;
            Ok(wanted.into_iter().all(|words| text.contains(words.as_str())).then_some(entry))
        };
        let found: Vec<_> = stream::iter(entries).map(has_them).buffered(CHUNK).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    fn wants(&self, entry: &LedgerEntry) -> bool {
        self.status.is_none_or(|status| entry.status() == status)
            && self.job.as_ref().is_none_or(|job| entry.job_number.as_ref() == Some(job))
            && self.number.as_ref().is_none_or(|number| [&entry.from, &entry.to].contains(&&Some(number.clone())))
            && self.direction.is_none_or(|direction| entry.direction == Some(direction))
    }
}

/// Whether the words are part of the job's or a party's number, or the call's or recording's id. Numbers are looked for as
/// people write them, with signs between their digits.
fn names(entry: &LedgerEntry, words: &str) -> bool {
    let RecordingRef { call_id, recording_id, .. } = &entry.recording;
    let ids = [call_id.to_string(), recording_id.to_string()].into_iter();
    let mut named = ids.chain(entry.job_number.as_ref().map(ToString::to_string));
    let is_number = words.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/'));
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let mut numbers = [&entry.from, &entry.to].into_iter().flatten();
    named.any(|name| name.to_lowercase().contains(words))
        || (is_number && !digits.is_empty() && numbers.any(|number| number.as_str().contains(&digits)))
}

/// What was said, in lower case; nothing where nothing was written down.
async fn transcript<P: ApiPorts>(app: &App<P>, entry: &LedgerEntry) -> Result<String, PortError> {
    let RecordingRef { organisation, provider, call_id, .. } = entry.recording.clone();
    let call = CallRef { organisation, provider, call_id };
    let read = app.ports.transcripts().get(&call);
    let transcript = in_time(&app.ports, entries::PATIENCE, "read a transcript", read).await?;
    Ok(transcript.map(|transcript| transcript.text.to_lowercase()).unwrap_or_default())
}
