use std::time::SystemTime;

use headers::{Date, HeaderMapExt};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Response};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::{API_TIMEOUT, CALL_BYTES, Vapi};
use crate::adapters::http::{plain_word, read_json, whole_body};
use crate::ports::{ErrorKind, PortError, SecretSource, Standing};
use crate::recording::{Absence, CallId, Organisation};

const LOOK: &str = "vapi GET call";
const NOT_IT: &str = "the answer is not the call's JSON";

/// For so long after its end a call without a recording may get one still. How long Vapi takes is not documented.
const POST_PROCESSING: SignedDuration = SignedDuration::from_hours(1);

/// What Vapi tells of a call, as far as it matters here. Source: <https://docs.vapi.ai/api-reference/calls/get>
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Call {
    #[serde(deserialize_with = "or_nothing")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) created_at: Option<Timestamp>,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) started_at: Option<Timestamp>,
    #[serde(deserialize_with = "or_nothing")]
    pub(super) ended_at: Option<Timestamp>,
    #[serde(deserialize_with = "or_nothing")]
    ended_reason: Option<String>,
    #[serde(deserialize_with = "or_nothing")]
    status: Option<Status>,
    #[serde(deserialize_with = "or_nothing")]
    artifact: Option<Artifact>,
    #[serde(deserialize_with = "or_nothing")]
    recording_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    stereo_recording_url: Option<Link>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Scheduled,
    Queued,
    Ringing,
    InProgress,
    Forwarding,
    Ended,
    NotFound,
    DeletionFailed,
    #[serde(other)]
    Unknown,
}

/// Where recordings are named: that there is a link says that there is a recording; the link itself is never followed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Artifact {
    #[serde(deserialize_with = "or_nothing")]
    recording: Option<Recording>,
    #[serde(deserialize_with = "or_nothing")]
    recording_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    stereo_recording_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    presigned_mono_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    presigned_stereo_url: Option<Link>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Recording {
    #[serde(deserialize_with = "or_nothing")]
    stereo_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    mono: Option<Mono>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Mono {
    #[serde(deserialize_with = "or_nothing")]
    combined_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    assistant_url: Option<Link>,
    #[serde(deserialize_with = "or_nothing")]
    customer_url: Option<Link>,
}

/// A text that is not empty.
#[derive(Debug)]
struct Link;

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Err(serde::de::Error::custom("an empty link")) } else { Ok(Self) }
    }
}

/// What is of another shape than documented is as good as not there, and hides nothing else.
fn or_nothing<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Perhaps<T> {
        Known(T),
        Other(IgnoredAny),
    }
    Ok(match Perhaps::deserialize(deserializer)? {
        Perhaps::Known(known) => Some(known),
        Perhaps::Other(_) => None,
    })
}

impl Call {
    /// What became of its recording, or nothing where its state is not known. `now` is Vapi's own time.
    pub(super) fn standing(&self, now: Option<Timestamp>) -> Option<Standing> {
        let is_over = match self.status {
            Some(Status::Ended | Status::DeletionFailed) => true,
            Some(Status::Scheduled | Status::Queued | Status::Ringing | Status::InProgress | Status::Forwarding) => {
                return Some(Standing::Unfinished);
            }
            // Nobody says what these mean for a recording.
            Some(Status::NotFound | Status::Unknown) if !self.has_recording() => return None,
            Some(Status::NotFound | Status::Unknown) => true,
            None => self.ended_at.is_some(),
        };
        Some(match is_over {
            true if self.has_recording() => Standing::Completed,
            true if self.is_long_over(now) => Standing::Absent { reason: self.reason() },
            _ => Standing::Unfinished,
        })
    }

    fn has_recording(&self) -> bool {
        let of_artifact = self.artifact.as_ref().is_some_and(|artifact| {
            let Artifact { recording, recording_url, stereo_recording_url, presigned_mono_url, presigned_stereo_url } =
                artifact;
            let named = [recording_url, stereo_recording_url, presigned_mono_url, presigned_stereo_url];
            named.into_iter().any(Option::is_some) || recording.as_ref().is_some_and(Recording::is_named)
        });
        of_artifact || self.recording_url.is_some() || self.stereo_recording_url.is_some()
    }

    fn is_long_over(&self, now: Option<Timestamp>) -> bool {
        let end = self.ended_at.or(self.started_at).or(self.created_at);
        now.zip(end).is_some_and(|(now, end)| now.duration_since(end) > POST_PROCESSING)
    }

    /// Why there is no recording, in words for a person, with Vapi's own word for how the call ended.
    fn reason(&self) -> String {
        let words = Absence::NeverMade.reason(None);
        match self.ended_reason.as_deref().and_then(plain_word) {
            Some(word) => format!("{words} ({word})"),
            None => words,
        }
    }
}

impl Recording {
    fn is_named(&self) -> bool {
        let of_one =
            |mono: &Mono| mono.combined_url.is_some() || mono.assistant_url.is_some() || mono.customer_url.is_some();
        self.stereo_url.is_some() || self.mono.as_ref().is_some_and(of_one)
    }
}

/// A call, and when Vapi said so by its own clock.
pub(super) struct Looked {
    pub(super) call: Call,
    pub(super) now: Option<Timestamp>,
}

/// Which call an answer is about.
#[derive(Deserialize)]
struct Named {
    id: String,
}

impl<S: SecretSource + Send> Vapi<S> {
    pub(super) async fn look_at_call(&self, organisation: &Organisation, call: &CallId) -> Result<Looked, PortError> {
        let (call, now) = self.look(LOOK, organisation, call).await?;
        Ok(Looked { call, now })
    }

    /// What a call says, and when Vapi said so by its own clock.
    pub(super) async fn look<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        organisation: &Organisation,
        call: &CallId,
    ) -> Result<(T, Option<Timestamp>), PortError> {
        let url = self.call_url(call);
        let request = self.request(operation, Method::GET, organisation, url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(operation, request, super::word).await?;
        let now = date(&response);
        let body = whole_body(operation, response, CALL_BYTES).await?;
        let Named { id } = read_json(operation, &body, NOT_IT)?;
        if id != call.as_str() {
            return Err(PortError::new(ErrorKind::Unavailable, operation, NOT_IT));
        }
        Ok((read_json(operation, &body, NOT_IT)?, now))
    }
}

/// When the other side answered, by its own clock.
pub(super) fn date(response: &Response) -> Option<Timestamp> {
    let date: Date = response.headers().typed_get()?;
    Timestamp::try_from(SystemTime::from(date)).ok()
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
