use futures_util::{StreamExt, TryStreamExt, stream};
use recordings::ledger_entry::{LedgerEntry, Status};
use recordings::ports::{PortError, TranscriptRead};
use recordings::recording::{CallRef, JobNumber, PhoneNumber, Provider, RecordingRef};
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
    /// In lower case.
    said: Option<String>,
}

impl Filter {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let status = |text: &str| Status::deserialize(StrDeserializer::<Error>::new(text)).ok();
        // A plus sign that nobody escaped is a space by now.
        let number = |text: &str| format!("+{}", text.trim_start_matches(['+', ' '])).parse().ok();
        let said = |text: &str| {
            let text = text.trim().to_lowercase();
            (2..=MAX_SEARCH_CHARACTERS).contains(&text.chars().count()).then_some(text)
        };
        Ok(Self {
            status: parameters.parse("status", "pending, available, failed or unavailable", status)?,
            provider: parameters.parse("provider", "twilio, vapi or elevenlabs", |text| text.parse().ok())?,
            job: parameters.parse("job", "the number of a job", |text| text.parse().ok())?,
            number: parameters.parse("number", "a number such as +14155550100", number)?,
            said: parameters.parse("q", "2 to 100 characters", said)?,
        })
    }

    /// Whether a recording may be looked for, as far as its name tells.
    pub(super) fn may_want(&self, recording: &RecordingRef) -> bool {
        self.provider.is_none_or(|provider| recording.provider == provider)
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
        if let Some(said) = &self.said {
            cost += found.len();
            found = those_that_say(app, said, found).await?;
        }
        Ok((found, cost))
    }

    fn wants(&self, entry: &LedgerEntry) -> bool {
        self.status.is_none_or(|status| entry.status() == status)
            && self.job.as_ref().is_none_or(|job| entry.job_number.as_ref() == Some(job))
            && self.number.as_ref().is_none_or(|number| [&entry.from, &entry.to].contains(&&Some(number.clone())))
    }
}

async fn those_that_say<P: ApiPorts>(
    app: &App<P>,
    said: &str,
    entries: Vec<LedgerEntry>,
) -> Result<Vec<LedgerEntry>, PortError> {
    let says = |entry: LedgerEntry| async move {
        let RecordingRef { organisation, provider, call_id, .. } = entry.recording.clone();
        let call = CallRef { organisation, provider, call_id };
        let read = app.ports.transcripts().get(&call);
        let transcript = in_time(&app.ports, entries::PATIENCE, "read a transcript", read).await?;
        Ok(transcript.filter(|transcript| transcript.text.to_lowercase().contains(said)).map(|_| entry))
    };
    let found: Vec<_> = stream::iter(entries).map(says).buffered(CHUNK).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
