use futures_util::StreamExt;
use futures_util::stream::once;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, StatusCode};

use super::ElevenLabs;
use crate::adapters::http::{Fetched, Problem};
use crate::adapters::media::{self, Body, Media, PACE, essence, fetch_error};
use crate::audio::Container;
use crate::ports::{
    AudioSlice, AudioSlices, AudioSource, ErrorKind, FetchError, OpenedAudio, PortError, SecretSource, Standing,
    StoppedAt,
};
use crate::recording::RecordingRef;

const OPEN: &str = "elevenlabs GET conversation audio";

impl<S: SecretSource + Send> AudioSource for ElevenLabs<S> {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
        not_empty(media::open(self, recording).await?).await
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        media::open_from(self, recording, stopped).await
    }

    fn provider_url(&self, recording: &RecordingRef) -> String {
        self.audio_url(&recording.call_id).into()
    }
}

impl<S: SecretSource + Send> AudioSlices for ElevenLabs<S> {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        media::slice_at(self, PACE, recording, first, most).await
    }
}

/// What ElevenLabs answers for audio that is not ready, or that there is none of, is not documented: whether there is any is
/// asked first, and then an empty body, a JSON body and 404 mean that it is not ready.
impl<S: SecretSource + Send> Media for ElevenLabs<S> {
    const OPEN: &'static str = OPEN;
    const SLICE: &'static str = "elevenlabs GET conversation audio slice";

    fn usual_container(&self) -> Container {
        Container::Mp3
    }

    async fn get(&self, recording: &RecordingRef, conditions: &HeaderMap) -> Result<Fetched, FetchError> {
        self.key(OPEN, recording.provider, &recording.organisation).await.map_err(fetch_error)?;
        self.is_there(recording).await?;
        let asking = async {
            let url = self.audio_url(&recording.call_id);
            let request = self.request(OPEN, Method::GET, &recording.organisation, url).await?;
            self.http.get_following(OPEN, request, conditions).await
        };
        let fetched = asking.await.map_err(fetch_error)?;
        if fetched.response.status() == StatusCode::OK && is_not_yet_audio(&fetched.response) {
            return Err(not_ready("HTTP 200 without audio, of which the conversation says that there is some"));
        }
        Ok(fetched)
    }

    async fn why_none(&self, _: &RecordingRef, fetched: Fetched) -> FetchError {
        let problem = Problem::read(fetched.response, super::word).await;
        match problem.kind() {
            ErrorKind::NotFound => {
                not_ready(&format!("{}; the conversation says that there is audio", problem.detail()))
            }
            ErrorKind::Refused if fetched.redirected => {
                let detail = format!("{} from the media host", problem.detail());
                FetchError::Unavailable(PortError::new(ErrorKind::Unavailable, OPEN, detail))
            }
            _ => fetch_error(problem.port_error(OPEN)),
        }
    }
}

impl<S: SecretSource + Send> ElevenLabs<S> {
    /// Whether there is audio to be asked for.
    async fn is_there(&self, recording: &RecordingRef) -> Result<(), FetchError> {
        let looked = self.look_at_conversation(&recording.organisation, &recording.call_id).await;
        // A conversation that is not known may be deleted, or too new: only the first is for good.
        let conversation = looked.map_err(fetch_error)?;
        let not_found = |detail: &str| PortError::new(ErrorKind::NotFound, OPEN, detail);
        match conversation.standing() {
            Some(Standing::Completed) | None => Ok(()),
            Some(Standing::Unfinished) => Err(not_ready("the conversation is not over, or is being processed")),
            Some(Standing::Deleted) => Err(FetchError::Gone(not_found("ElevenLabs deleted the audio"))),
            Some(Standing::Absent { .. }) => {
                Err(FetchError::Absent(not_found("the conversation says that there is no audio")))
            }
        }
    }
}

fn is_not_yet_audio(response: &Response) -> bool {
    response.content_length() == Some(0) || essence(response).as_deref() == Some("application/json")
}

/// A body of unknown length may be empty too.
async fn not_empty(mut opened: OpenedAudio<Body>) -> Result<OpenedAudio<Body>, FetchError> {
    loop {
        match opened.body.next().await {
            None => {
                return Err(not_ready("HTTP 200 and nothing more, though the conversation says that there is audio"));
            }
            Some(Ok(chunk)) if chunk.is_empty() => {}
            Some(first) => {
                let first = first?;
                let body = once(async { Ok(first) }).chain(opened.body).boxed();
                return Ok(OpenedAudio { body, ..opened });
            }
        }
    }
}

fn not_ready(detail: &str) -> FetchError {
    FetchError::NotReady(PortError::new(ErrorKind::NotFound, OPEN, detail))
}

#[cfg(test)]
#[path = "audio_tests.rs"]
mod tests;
