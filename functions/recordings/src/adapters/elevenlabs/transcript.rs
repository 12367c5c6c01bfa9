use serde_json::Value;

use super::ElevenLabs;
use crate::adapters::media::fetch_error;
use crate::ports::{ErrorKind, FetchError, PortError, SecretSource, TranscriptSource};
use crate::recording::{CallRef, Speaker, Transcript, Turn};

const LOOK: &str = "elevenlabs GET conversation transcript";

impl<S: SecretSource + Send> TranscriptSource for ElevenLabs<S> {
    async fn transcript(&self, call: &CallRef) -> Result<Option<Transcript>, FetchError> {
        self.key(LOOK, call.provider, &call.organisation).await.map_err(fetch_error)?;
        let conversation = match self.look_at_conversation(&call.organisation, &call.call_id).await {
            Ok(conversation) => conversation,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fetch_error(error)),
        };
        if conversation.is_over() == Some(false) {
            let detail = "the conversation is not over, or is being processed";
            return Err(FetchError::NotReady(PortError::new(ErrorKind::NotFound, LOOK, detail)));
        }
        let turns = conversation.transcript.as_array().map(Vec::as_slice).unwrap_or_default();
        let transcript = Transcript::of_turns(turns.iter().filter_map(turn).collect());
        Ok((!transcript.is_empty()).then_some(transcript))
    }
}

fn turn(said: &Value) -> Option<Turn> {
    let speaker = match said["role"].as_str()? {
        "agent" => Speaker::Agent,
        "user" => Speaker::Customer,
        _ => return None,
    };
    let text = said["message"].as_str().map(str::trim).filter(|text| !text.is_empty())?;
    let seconds = said["time_in_call_secs"].as_u64();
    let offset_ms = seconds.map(|seconds| seconds.saturating_mul(1_000));
    Some(Turn { speaker, text: text.to_owned(), offset_ms })
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
