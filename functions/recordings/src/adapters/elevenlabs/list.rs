mod place;

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::conversation::Status;
use super::{API_TIMEOUT, ElevenLabs};
use crate::adapters::http::json_of;
use crate::ports::{
    Advice, ErrorKind, ListCursor, ListPage, ListedRecording, Oddity, PortError, ProviderList, RecordingList,
    SecretSource, Standing,
};
use crate::recording::{CallRef, Provider, RecordingRef};

use place::Place;

const LIST: &str = "elevenlabs GET conversations";

/// Each conversation that is over is looked at by itself, so a page is no longer than ElevenLabs' own default.
pub(super) const PAGE_SIZE: u16 = 30;

/// The most that ElevenLabs gives at once.
pub(super) const MOST_PAGE_SIZE: u16 = 100;

/// Four times what a hundred summaries take.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Conversations that are looked at at the same time.
const LOOKS_AT_ONCE: usize = 8;

/// A page as ElevenLabs writes it. One that does not say whether it is the last is none: a list cut short would look
/// complete. Source: <https://elevenlabs.io/docs/api-reference/conversations/list>
#[derive(Deserialize)]
struct Page {
    conversations: Vec<Value>,
    has_more: bool,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// ElevenLabs' list tells which conversations there are, but not whether they have audio: those that are over are asked.
impl<S: SecretSource + Send> ProviderList for ElevenLabs<S> {
    async fn page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        self.key(LIST, at.list().provider(), at.list().organisation()).await?;
        let place = at.position().map(str::parse::<Place>).transpose().map_err(|_| no_place())?;
        match (at.list(), place) {
            (RecordingList::OfCall(_), Some(_)) => Err(no_place()),
            (RecordingList::OfCall(call), None) => self.page_of_call(call).await,
            (RecordingList::CreatedWithin { .. }, place) => self.page_of_window(at, place).await,
        }
    }
}

impl<S: SecretSource + Send> ElevenLabs<S> {
    async fn page_of_call(&self, call: &CallRef) -> Result<ListPage, PortError> {
        let conversation = self.look_at_conversation(&call.organisation, &call.call_id).await?;
        let mut page = ListPage { recordings: Vec::new(), oddities: BTreeMap::new(), next: None };
        let begun = conversation.metadata.start_time_unix_secs.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let lasted = conversation.metadata.call_duration_secs;
        match (begun, conversation.standing()) {
            (Some(begun), Some(standing)) => page.recordings.push(listed(call, begun, lasted, standing)?),
            (None, _) => drop(page.oddities.insert(Oddity::Time, 1)),
            (_, None) => drop(page.oddities.insert(Oddity::Status, 1)),
        }
        Ok(page)
    }

    async fn page_of_window(&self, at: &ListCursor, place: Option<Place>) -> Result<ListPage, PortError> {
        let Page { conversations, has_more, next_cursor } = self.summaries(at.list(), place.as_ref()).await?;
        let next = match (has_more, next_cursor) {
            (false, _) => None,
            (true, cursor) => Some(Place::behind(place.as_ref(), cursor.as_deref()).ok_or_else(|| {
                PortError::new(ErrorKind::Invalid, LIST, "the cursor of the next page does not lead on in the list")
            })?),
        };
        let mut page = ListPage {
            recordings: Vec::with_capacity(conversations.len()),
            oddities: BTreeMap::new(),
            next: next.map(|next| at.moved_to(next)),
        };
        let looking: Vec<_> = conversations.iter().map(|summary| self.entry(at.list(), summary)).collect();
        let entries: Vec<_> = stream::iter(looking).buffered(LOOKS_AT_ONCE).collect().await;
        for entry in entries {
            match entry? {
                Ok(listed) => page.recordings.extend(listed),
                Err(oddity) => *page.oddities.entry(oddity).or_default() += 1,
            }
        }
        Ok(page)
    }

    fn page_url(&self, list: &RecordingList, place: Option<&Place>) -> Url {
        let mut url = self.settings.base_url.join(&["v1", "convai", "conversations"]);
        let mut query = url.query_pairs_mut();
        if let RecordingList::CreatedWithin { window, .. } = list {
            // Whether the bounds themselves are in the list is not documented: a second more on each side is, and is left
            // out again.
            query
                .append_pair("call_start_after_unix", &moved(window.start, -1).to_string())
                .append_pair("call_start_before_unix", &moved(window.end, 2).to_string());
        }
        query.append_pair("page_size", &self.page_size.to_string());
        if let Some(place) = place {
            query.append_pair("cursor", &place.cursor);
        }
        drop(query);
        url
    }

    async fn summaries(&self, list: &RecordingList, place: Option<&Place>) -> Result<Page, PortError> {
        let url = self.page_url(list, place);
        let request = self.request(LIST, Method::GET, list.organisation(), url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(LIST, request, super::word).await?;
        json_of(LIST, response, PAGE_BYTES, "the answer is not a page of conversations' JSON").await
    }

    /// An entry as a recording, or nothing where ElevenLabs shows more than the list is about.
    async fn entry(
        &self,
        list: &RecordingList,
        summary: &Value,
    ) -> Result<Result<Option<ListedRecording>, Oddity>, PortError> {
        let Some(begun) = summary["start_time_unix_secs"].as_i64().and_then(|at| Timestamp::from_second(at).ok())
        else {
            return Ok(Err(Oddity::Time));
        };
        if !list.covers(begun) {
            return Ok(Ok(None));
        }
        let id = summary["conversation_id"].as_str().unwrap_or_default();
        let Ok(call) = CallRef::parse(list.organisation().as_str(), Provider::ElevenLabs, id) else {
            return Ok(Err(Oddity::Id));
        };
        let status = Status::deserialize(&summary["status"]).unwrap_or(Status::Unknown);
        let standing = match status.is_over() {
            None => return Ok(Err(Oddity::Status)),
            Some(false) => Standing::Unfinished,
            Some(true) => match self.look_at_conversation(&call.organisation, &call.call_id).await {
                Ok(conversation) => match conversation.standing() {
                    Some(standing) => standing,
                    None => return Ok(Err(Oddity::Status)),
                },
                // It was deleted since the list was read.
                Err(error) if error.kind == ErrorKind::NotFound => Standing::Deleted,
                Err(error) if error.advice() == Advice::GiveUp => return Ok(Err(Oddity::Status)),
                Err(error) => return Err(error),
            },
        };
        listed(&call, begun, summary["call_duration_secs"].as_i64(), standing).map(|listed| Ok(Some(listed)))
    }
}

/// A conversation's length is not its audio's, so it tells when the conversation was over and nothing else.
fn listed(
    call: &CallRef,
    begun: Timestamp,
    lasted: Option<i64>,
    standing: Standing,
) -> Result<ListedRecording, PortError> {
    let CallRef { organisation, provider, call_id } = call;
    let recording = RecordingRef::parse(organisation.as_str(), *provider, call_id.as_str(), "audio");
    Ok(ListedRecording {
        recording: recording.map_err(|error| PortError::new(ErrorKind::Invalid, LIST, "").because(error))?,
        created_at: begun,
        standing,
        duration_seconds: None,
        channels: None,
        started_at: Some(begun),
        ended_at: lasted.map(|seconds| begun.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(begun)),
    })
}

fn moved(time: Timestamp, seconds: i64) -> i64 {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time).as_second()
}

fn no_place() -> PortError {
    PortError::new(ErrorKind::Invalid, LIST, "the cursor is not a place in ElevenLabs' list")
}

#[cfg(test)]
#[path = "list/list_tests.rs"]
mod tests;
