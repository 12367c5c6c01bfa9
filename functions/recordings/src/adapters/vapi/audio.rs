use reqwest::Method;
use reqwest::header::HeaderMap;

use super::Vapi;
use crate::adapters::http::{Fetched, Problem};
use crate::adapters::media::{self, Body, Media, PACE, fetch_error};
use crate::audio::Container;
use crate::ports::{
    AudioSlice, AudioSlices, AudioSource, ErrorKind, FetchError, OpenedAudio, PortError, SecretSource, Standing,
    StoppedAt,
};
use crate::recording::RecordingRef;

const OPEN: &str = "vapi GET recording audio";

impl<S: SecretSource + Send> AudioSource for Vapi<S> {
    type Body = Body;

    async fn open(&self, recording: &RecordingRef) -> Result<OpenedAudio<Body>, FetchError> {
        media::open(self, recording).await
    }

    async fn open_from(
        &self,
        recording: &RecordingRef,
        stopped: &StoppedAt,
    ) -> Result<Option<OpenedAudio<Body>>, FetchError> {
        media::open_from(self, recording, stopped).await
    }

    fn provider_url(&self, recording: &RecordingRef) -> String {
        self.audio_url(recording).into()
    }
}

impl<S: SecretSource + Send> AudioSlices for Vapi<S> {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        media::slice_at(self, PACE, recording, first, most).await
    }
}

/// Recordings are private: Vapi answers with a redirect to a link that works for a while, which the key does not follow.
/// Source: <https://docs.vapi.ai/assistants/retrieve-call-artifacts>
impl<S: SecretSource + Send> Media for Vapi<S> {
    const OPEN: &'static str = OPEN;
    const SLICE: &'static str = "vapi GET recording audio slice";

    /// Unless an assistant was told otherwise.
    fn usual_container(&self) -> Container {
        Container::Wav
    }

    async fn get(&self, recording: &RecordingRef, conditions: &HeaderMap) -> Result<Fetched, FetchError> {
        let asking = async {
            self.key(OPEN, recording.provider, &recording.organisation).await?;
            let url = self.audio_url(recording);
            let request = self.request(OPEN, Method::GET, &recording.organisation, url).await?;
            self.http.get_following(OPEN, request, conditions).await
        };
        asking.await.map_err(fetch_error)
    }

    async fn why_none(&self, recording: &RecordingRef, fetched: Fetched) -> FetchError {
        let problem = Problem::read(fetched.response, super::word).await;
        match problem.kind() {
            ErrorKind::NotFound => self.why_not_found(recording, &problem).await,
            // The link that Vapi redirected to does not work, or no longer does; the next try gets a fresh one.
            ErrorKind::Refused if fetched.redirected => {
                let detail = format!("{} from the media host", problem.detail());
                FetchError::Unavailable(PortError::new(ErrorKind::Unavailable, OPEN, detail))
            }
            _ => fetch_error(problem.port_error(OPEN)),
        }
    }
}

impl<S: SecretSource + Send> Vapi<S> {
    /// Tells a recording that is not ready from one that was never made, where its audio was not found.
    async fn why_not_found(&self, recording: &RecordingRef, missing: &Problem) -> FetchError {
        let looked = self.look_at_call(&recording.organisation, &recording.call_id).await;
        let said = match looked {
            Ok(looked) => looked.call.standing(looked.now),
            // Vapi deletes whole calls, of which it then knows nothing; whether it also knows nothing of a call whose
            // report it has just sent is not documented, so that this does not mean gone.
            Err(error) if error.kind == ErrorKind::NotFound => {
                let detail = format!("{}; Vapi does not know the call", missing.detail());
                return FetchError::NotReady(PortError::new(ErrorKind::NotFound, OPEN, detail));
            }
            Err(error) => return fetch_error(error),
        };
        let not_found =
            |what: &str| PortError::new(ErrorKind::NotFound, OPEN, format!("{}; the call is {what}", missing.detail()));
        match said {
            Some(Standing::Absent { reason }) => FetchError::Absent(not_found(&format!("over: {reason}"))),
            Some(Standing::Deleted) => FetchError::Gone(not_found("deleted")),
            Some(Standing::Completed) => FetchError::NotReady(not_found("over, and has a recording")),
            Some(Standing::Unfinished) => FetchError::NotReady(not_found("not over, or just so")),
            None => FetchError::NotReady(not_found("in a state that is not known")),
        }
    }
}

#[cfg(test)]
#[path = "audio_tests.rs"]
mod tests;
