use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::audio::OPEN;
use super::problem::Problem;
use super::{API_TIMEOUT, Twilio};
use crate::adapters::http::whole_body;
use crate::adapters::media::fetch_error;
use crate::ports::{ErrorKind, FetchError, PortError, SecretSource};
use crate::recording::RecordingRef;

const LOOK: &str = "twilio GET recording";
const METADATA_BYTES: usize = 64 * 1024;

/// What Twilio tells about a recording. Source: <https://www.twilio.com/docs/voice/api/recording>
#[derive(Deserialize)]
struct Metadata {
    status: Status,
    #[serde(default)]
    error_code: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    InProgress,
    Paused,
    Stopped,
    Processing,
    Completed,
    Absent,
    Deleted,
    #[serde(other)]
    Unknown,
}

impl<S: SecretSource + Send> Twilio<S> {
    /// Tells a recording that is not ready from one that is gone, where its audio was not found.
    pub(super) async fn why_not_found(&self, recording: &RecordingRef, missing: &Problem) -> FetchError {
        match self.metadata(recording).await {
            Ok(Some(metadata)) => metadata.meaning(missing),
            // For how long Twilio may know nothing of a recording that it reported is not documented, so nothing at all
            // does not mean gone.
            Ok(None) => {
                let detail = format!("{}; Twilio does not know the recording", missing.detail());
                FetchError::NotReady(PortError::new(ErrorKind::NotFound, OPEN, detail))
            }
            Err(error) => fetch_error(error),
        }
    }

    async fn metadata(&self, recording: &RecordingRef) -> Result<Option<Metadata>, PortError> {
        let login = self.login(LOOK, recording).await?;
        let mut url = self.recording_url(&login.account, &format!("{}.json", recording.recording_id));
        // What was deleted is otherwise not found, for the 40 days that Twilio remembers it.
        url.query_pairs_mut().append_pair("IncludeSoftDeleted", "true");
        let request = login.sign(self.http.request(Method::GET, url)).timeout(API_TIMEOUT);
        let response = self.http.send(LOOK, request).await?;
        if response.status() != StatusCode::OK {
            let problem = Problem::read(response).await;
            return if problem.kind() == ErrorKind::NotFound { Ok(None) } else { Err(problem.port_error(LOOK)) };
        }
        let body = whole_body(LOOK, response, METADATA_BYTES).await?;
        // serde_json's message may quote the body, so it is not kept.
        let metadata = serde_json::from_slice(&body)
            .map_err(|_| PortError::new(ErrorKind::Unavailable, LOOK, "the answer is not a recording's JSON"))?;
        Ok(Some(metadata))
    }
}

impl Metadata {
    fn meaning(&self, missing: &Problem) -> FetchError {
        let word = match self.status {
            Status::InProgress => "in-progress",
            Status::Paused => "paused",
            Status::Stopped => "stopped",
            Status::Processing => "processing",
            Status::Completed => "completed",
            Status::Absent => "absent",
            Status::Deleted => "deleted",
            Status::Unknown => "something unknown",
        };
        let code = self.error_code.map_or_else(String::new, |code| format!(" ({code})"));
        let detail = format!("{}; Twilio says {word}{code}", missing.detail());
        let error = PortError::new(ErrorKind::NotFound, OPEN, detail);
        match self.status {
            Status::Absent | Status::Deleted => FetchError::Gone(error),
            _ => FetchError::NotReady(error),
        }
    }
}
