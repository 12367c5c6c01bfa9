use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;

use super::call::reads;
use super::world::State;
use super::{AtProvider, ProviderRecording, World};
use crate::audio::Probe;
use crate::ports::{
    ErrorKind, ListCursor, ListPage, ListedRecording, PortError, ProviderList, RecordingList, Standing,
};
use crate::recording::{Absence, CallId, Organisation, Provider, RecordingRef};

/// Newest first, as a page's token holds it.
type Position = (Reverse<Timestamp>, String);

impl ProviderList for World {
    async fn page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        let at = at.clone();
        self.call(reads("ProviderList", "page"), at.list().clone(), move |state| state.list_page(&at)).await
    }
}

/// Every provider's recordings, and their lists, so that a page costs what it holds.
#[derive(Default)]
pub(super) struct Providers {
    held: BTreeMap<RecordingRef, ProviderRecording>,
    lists: BTreeMap<List, BTreeMap<Position, RecordingRef>>,
}

/// What a tenant has at a provider, and what it has there of one call.
type List = (Organisation, Provider, Option<CallId>);

impl Providers {
    pub(super) fn all(&self) -> &BTreeMap<RecordingRef, ProviderRecording> {
        &self.held
    }

    pub(super) fn get(&self, recording: &RecordingRef) -> Option<&ProviderRecording> {
        self.held.get(recording)
    }

    /// To change it where it is: when it was made stays.
    pub(super) fn get_mut(&mut self, recording: &RecordingRef) -> Option<&mut ProviderRecording> {
        self.held.get_mut(recording)
    }

    pub(super) fn put(&mut self, recording: &RecordingRef, held: ProviderRecording) {
        let position = position(recording, &held);
        let before = self.held.insert(recording.clone(), held);
        for of_call in [None, Some(recording.call_id.clone())] {
            let list = (recording.organisation.clone(), recording.provider, of_call);
            let list = self.lists.entry(list).or_default();
            if let Some(before) = &before {
                list.remove(&self::position(recording, before));
            }
            list.insert(position.clone(), recording.clone());
        }
    }

    /// So many of a list's recordings behind a place in it, and whether there are more.
    fn page(&self, list: &RecordingList, after: Option<&Position>, size: usize) -> (Vec<&RecordingRef>, bool) {
        let of_call = match list {
            RecordingList::OfCall(call) => Some(call.call_id.clone()),
            RecordingList::CreatedWithin { .. } => None,
        };
        let list = self.lists.get(&(list.organisation().clone(), list.provider(), of_call));
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = list.into_iter().flat_map(|list| list.range((start, Bound::Unbounded)));
        let page = rest.by_ref().take(size).map(|(_, recording)| recording).collect();
        (page, rest.next().is_some())
    }
}

impl State {
    /// A page of what the provider holds for the organisation, from which only what the list is about is shown. So a
    /// page can be empty before the last, as it is where a provider chooses by day.
    fn list_page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        let list = at.list();
        let after = at.position().map(position_of).transpose()?;
        let (page, is_more) = self.providers.page(list, after.as_ref(), self.settings.page_size.max(1));
        let held = |recording: &&RecordingRef| Some((RecordingRef::clone(recording), self.providers.get(recording)?));
        let page: Vec<_> = page.iter().filter_map(held).collect();
        let last = page.last().filter(|_| is_more).map(|(recording, held)| position(recording, held));
        let shown = page.iter().map(|(recording, held)| self.listed(recording, held));
        Ok(ListPage {
            recordings: shown.filter(|listed| list.covers(listed.created_at)).collect(),
            oddities: BTreeMap::new(),
            next: last.map(|(Reverse(made_at), id)| at.moved_to(format!("{made_at} {id}"))),
        })
    }

    fn listed(&self, recording: &RecordingRef, held: &ProviderRecording) -> ListedRecording {
        let mut probe = Probe::new();
        probe.feed(&held.bytes);
        let facts = probe.finish().ok();
        let duration = facts.and_then(|facts| facts.duration);
        ListedRecording {
            recording: recording.clone(),
            created_at: created_at(held),
            standing: match held.state {
                AtProvider::Completed if held.ready_at <= self.now => Standing::Completed,
                AtProvider::Completed => Standing::Unfinished,
                AtProvider::Absent => Standing::Absent { reason: Absence::NeverMade.reason(None) },
                AtProvider::Deleted => Standing::Deleted,
            },
            duration_seconds: duration.map(|duration| duration.as_secs_f64().round() as u32),
            channels: facts.and_then(|facts| facts.channels),
            started_at: Some(created_at(held)),
            ended_at: None,
        }
    }
}

fn position(recording: &RecordingRef, held: &ProviderRecording) -> Position {
    (Reverse(created_at(held)), recording.to_string())
}

fn created_at(held: &ProviderRecording) -> Timestamp {
    held.created_at.unwrap_or_default()
}

fn position_of(text: &str) -> Result<Position, PortError> {
    let position = text.split_once(' ').and_then(|(at, id)| Some((Reverse(at.parse().ok()?), id.to_owned())));
    position
        .ok_or_else(|| PortError::new(ErrorKind::Invalid, "list recordings", "the cursor is not a place in the list"))
}
