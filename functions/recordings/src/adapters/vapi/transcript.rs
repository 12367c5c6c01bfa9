use serde::Deserialize;
use serde_json::Value;

use super::Vapi;
use crate::adapters::media::fetch_error;
use crate::ports::{ErrorKind, FetchError, PortError, SecretSource, TranscriptSource};
use crate::recording::{CallRef, Speaker, Transcript, Turn};

const LOOK: &str = "vapi GET call transcript";

/// What a call says of what was said. Source: <https://docs.vapi.ai/api-reference/calls/get>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    #[serde(default)]
    status: Value,
    #[serde(default)]
    ended_at: Value,
    #[serde(default)]
    artifact: Value,
}

impl<S: SecretSource + Send> TranscriptSource for Vapi<S> {
    async fn transcript(&self, call: &CallRef) -> Result<Option<Transcript>, FetchError> {
        self.key(LOOK, call.provider, &call.organisation).await.map_err(fetch_error)?;
        let said: Said = match self.look(LOOK, &call.organisation, &call.call_id).await {
            Ok((said, _)) => said,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fetch_error(error)),
        };
        let is_over = said.status.as_str() == Some("ended") || said.ended_at.is_string();
        if !is_over {
            let error = PortError::new(ErrorKind::NotFound, LOOK, "the call is not over");
            return Err(FetchError::NotReady(error));
        }
        Ok(transcript(&said.artifact))
    }
}

/// The turns are the messages of the two who spoke; the text is Vapi's own.
fn transcript(artifact: &Value) -> Option<Transcript> {
    let messages = artifact["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let turns: Vec<Turn> = messages.iter().filter_map(turn).collect();
    let text = artifact["transcript"].as_str().map(str::trim).filter(|text| !text.is_empty());
    let transcript = match text {
        Some(text) => Transcript::with_text(turns, text.to_owned()),
        None => Transcript::of_turns(turns),
    };
    (!transcript.is_empty()).then_some(transcript)
}

fn turn(message: &Value) -> Option<Turn> {
    let speaker = match message["role"].as_str()? {
        "bot" | "assistant" => Speaker::Agent,
        "user" => Speaker::Customer,
        _ => return None,
    };
    let text = message["message"].as_str().map(str::trim).filter(|text| !text.is_empty())?;
    let seconds = message["secondsFromStart"].as_f64().filter(|seconds| (0.0..1e9).contains(seconds));
    let offset_ms = seconds.map(|seconds| (seconds * 1_000.0).round() as u64);
    Some(Turn { speaker, text: text.to_owned(), offset_ms })
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
