mod window;

use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::{Method, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::call::{Call, Looked, date};
use super::{API_TIMEOUT, Vapi};
use crate::adapters::http::{read_json, whole_body};
use crate::ports::{
    ErrorKind, ListCursor, ListPage, ListedRecording, Oddity, PortError, ProviderList, RecordingList, SecretSource,
};
use crate::recording::{CallRef, Provider, RecordingRef};

use window::Window;

const LIST: &str = "vapi GET calls";

/// A call comes with its whole transcript, so a page is what fits into [`PAGE_BYTES`]: this is Vapi's own default.
pub(super) const PAGE_SIZE: u16 = 100;

/// The most that Vapi gives at once.
pub(super) const MOST_PAGE_SIZE: u16 = 1_000;

/// What is read of a page. One that is longer is asked for in parts.
const PAGE_BYTES: usize = 24 * 1024 * 1024;

/// Vapi gives an array, at most so many calls of it, and no word of whether there are more, nor in which order they come.
/// So a page is taken for all of its window only if it is not full; else the window is halved. As a call's time never
/// changes, what is made or deleted meanwhile moves nothing from one window to another.
impl<S: SecretSource + Send> ProviderList for Vapi<S> {
    async fn page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        self.key(LIST, at.list().provider(), at.list().organisation()).await?;
        match at.list() {
            RecordingList::OfCall(call) => self.page_of_call(at, call).await,
            RecordingList::CreatedWithin { window, .. } => {
                let whole = Window::whole(window);
                let here = at.position().map_or(Some(whole), |position| Window::parse(position, whole));
                self.page_of_window(at, here.ok_or_else(no_place)?, whole).await
            }
        }
    }
}

impl<S: SecretSource + Send> Vapi<S> {
    async fn page_of_call(&self, at: &ListCursor, call: &CallRef) -> Result<ListPage, PortError> {
        if at.position().is_some() {
            return Err(no_place());
        }
        let Looked { call: looked, now } = self.look_at_call(&call.organisation, &call.call_id).await?;
        Ok(self.entries(at, [Some(looked)], now, None))
    }

    async fn page_of_window(&self, at: &ListCursor, here: Window, whole: Window) -> Result<ListPage, PortError> {
        let limit = if here.is_a_moment() { MOST_PAGE_SIZE } else { self.page_size };
        let (now, calls) = match self.calls(at.list(), here, limit).await? {
            Some((now, calls)) if calls.len() < usize::from(limit) => (now, calls),
            // There may be more.
            _ => {
                let Some(half) = here.first_half() else {
                    let detail = "more calls were made in one millisecond than Vapi gives at once";
                    return Err(PortError::new(ErrorKind::Unavailable, LIST, detail));
                };
                return Ok(ListPage {
                    recordings: Vec::new(),
                    oddities: BTreeMap::new(),
                    next: Some(at.moved_to(half)),
                });
            }
        };
        let mut page = self.entries(at, calls, now, Some(here));
        page.next = here.behind(whole).map(|next| at.moved_to(next));
        Ok(page)
    }

    /// The calls of a window, or nothing when they are more than can be read at once.
    async fn calls(
        &self,
        list: &RecordingList,
        window: Window,
        limit: u16,
    ) -> Result<Option<(Option<Timestamp>, Vec<Option<Call>>)>, PortError> {
        let mut url = self.settings.base_url.join(&["call"]);
        url.query_pairs_mut()
            .append_pair("createdAtGe", &window.first().to_string())
            .append_pair("createdAtLt", &window.end().to_string())
            .append_pair("limit", &limit.to_string());
        let request = self.request(LIST, Method::GET, list.organisation(), url).await?.timeout(API_TIMEOUT);
        let response = self.http.ask(LIST, request, super::word).await?;
        let now = date(&response);
        Ok(read(response).await?.map(|calls| (now, calls)))
    }

    /// What the calls say, of those that were made in the window: what else Vapi shows is on another page.
    fn entries(
        &self,
        at: &ListCursor,
        calls: impl IntoIterator<Item = Option<Call>>,
        now: Option<Timestamp>,
        window: Option<Window>,
    ) -> ListPage {
        let mut page = ListPage { recordings: Vec::new(), oddities: BTreeMap::new(), next: None };
        for call in calls {
            match call.ok_or(Oddity::Id).and_then(|call| self.listed(at.list(), &call, now, window)) {
                Ok(listed) => page.recordings.extend(listed),
                Err(oddity) => *page.oddities.entry(oddity).or_default() += 1,
            }
        }
        page
    }

    /// A call's times are not the recording's, so its length is not told.
    fn listed(
        &self,
        list: &RecordingList,
        call: &Call,
        now: Option<Timestamp>,
        window: Option<Window>,
    ) -> Result<Option<ListedRecording>, Oddity> {
        let created_at = call.created_at.ok_or(Oddity::Time)?;
        if !list.covers(created_at) || window.is_some_and(|window| !window.has(created_at)) {
            return Ok(None);
        }
        let id = call.id.as_deref().ok_or(Oddity::Id)?;
        let variant = self.settings.channels.vapi_variant();
        let recording = RecordingRef::parse(list.organisation().as_str(), Provider::Vapi, id, variant);
        Ok(Some(ListedRecording {
            recording: recording.map_err(|_| Oddity::Id)?,
            created_at,
            standing: call.standing(now).ok_or(Oddity::Status)?,
            duration_seconds: None,
            channels: Some(self.settings.channels.count()),
            started_at: call.started_at,
            ended_at: call.ended_at,
        }))
    }
}

/// The entries of a page, each of which is a call or makes no sense; nothing when the page is too long.
async fn read(response: Response) -> Result<Option<Vec<Option<Call>>>, PortError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Call(Box<Call>),
        Other(IgnoredAny),
    }
    let body = match whole_body(LIST, response, PAGE_BYTES).await {
        Err(error) if error.kind == ErrorKind::Invalid => return Ok(None),
        body => body?,
    };
    let entries: Vec<Entry> = read_json(LIST, &body, "the answer is not a list of calls' JSON")?;
    let calls = entries.into_iter().map(|entry| match entry {
        Entry::Call(call) => Some(*call),
        Entry::Other(_) => None,
    });
    Ok(Some(calls.collect()))
}

fn no_place() -> PortError {
    PortError::new(ErrorKind::Invalid, LIST, "the cursor is not a place in Vapi's list")
}

#[cfg(test)]
#[path = "list/list_tests.rs"]
mod tests;
