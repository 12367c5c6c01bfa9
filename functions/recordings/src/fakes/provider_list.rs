use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::call::reads;
use super::world::State;
use super::{AtProvider, ProviderRecording, World};
use crate::audio::Probe;
use crate::ports::{
    ErrorKind, ListCursor, ListPage, ListedRecording, PortError, ProviderList, RecordingList, Standing,
};
use crate::recording::{Absence, RecordingRef};

/// Newest first, as a page's token holds it.
type Position = (Reverse<Timestamp>, String);

impl ProviderList for World {
    async fn page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        let at = at.clone();
        self.call(reads("ProviderList", "page"), at.list().clone(), move |state| state.list_page(&at)).await
    }
}

impl State {
    /// A page of what the provider holds for the organisation, from which only what the list is about is shown. So a
    /// page can be empty before the last, as it is where a provider chooses by day.
    fn list_page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        let list = at.list();
        let after = at.position().map(position_of).transpose()?;
        let mut held: Vec<(Position, &RecordingRef, &ProviderRecording)> = self
            .providers
            .0
            .iter()
            .filter(|(recording, _)| is_of(list, recording))
            .map(|(recording, held)| ((Reverse(created_at(held)), recording.to_string()), recording, held))
            .filter(|(position, ..)| after.as_ref().is_none_or(|after| position > after))
            .collect();
        held.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        let size = self.settings.page_size.max(1);
        let is_last = held.len() <= size;
        held.truncate(size);
        let next = held.last().filter(|_| !is_last).map(|((Reverse(at), id), ..)| format!("{at} {id}"));
        let shown = held.into_iter().map(|(_, recording, held)| self.listed(recording, held));
        Ok(ListPage {
            recordings: shown.filter(|listed| list.covers(listed.created_at)).collect(),
            oddities: BTreeMap::new(),
            next: next.map(|next| at.moved_to(next)),
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

fn is_of(list: &RecordingList, recording: &RecordingRef) -> bool {
    let of_call = match list {
        RecordingList::OfCall(call) => recording.call_id == call.call_id,
        RecordingList::CreatedWithin { .. } => true,
    };
    recording.organisation == *list.organisation() && recording.provider == list.provider() && of_call
}

fn created_at(held: &ProviderRecording) -> Timestamp {
    held.created_at.unwrap_or_default()
}

fn position_of(text: &str) -> Result<Position, PortError> {
    let position = text.split_once(' ').and_then(|(at, id)| Some((Reverse(at.parse().ok()?), id.to_owned())));
    position
        .ok_or_else(|| PortError::new(ErrorKind::Invalid, "list recordings", "the cursor is not a place in the list"))
}
