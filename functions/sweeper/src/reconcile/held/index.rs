//! The index by day, asked about a page of a provider's list at a time.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use recordings::object_key::{day_place, utc_day};
use recordings::ports::{DayIndexList, ListedRecording, PortError};
use recordings::recording::{Organisation, RecordingRef};

use crate::Ports;

/// Which of these recordings the index knows. It is asked only for the times between the first and the last start of
/// each day, which costs one list for about a thousand recordings, and keeps in memory what was asked for alone.
///
/// What is not found may be in the ledger all the same: where its provider's webhook gave no start, it stands under the
/// time when it was heard of. So only the ledger's own word makes a recording an unknown one.
pub(super) async fn known_of(
    ports: &impl Ports,
    listed: &[&ListedRecording],
) -> Result<HashSet<RecordingRef>, PortError> {
    let mut known = HashSet::new();
    for ((organisation, _), span) in spans(listed) {
        let wanted: HashSet<&RecordingRef> = span.recordings.into_iter().collect();
        let mut after = Some(day_place(organisation, span.first));
        while let Some(place) = after {
            let page = ports.days().page(organisation, utc_day(span.first), Some(&place)).await?;
            let is_behind = page.recordings.last().is_some_and(|(_, start)| *start > span.last);
            known.extend(page.recordings.into_iter().map(|(recording, _)| recording).filter(|r| wanted.contains(r)));
            after = page.next.filter(|_| !is_behind);
        }
    }
    Ok(known)
}

/// What began on one day.
struct Span<'a> {
    first: Timestamp,
    last: Timestamp,
    recordings: Vec<&'a RecordingRef>,
}

fn spans<'a>(listed: &[&'a ListedRecording]) -> BTreeMap<(&'a Organisation, Date), Span<'a>> {
    let mut spans: BTreeMap<_, Span<'a>> = BTreeMap::new();
    for listed in listed {
        let start = listed.started_at.unwrap_or(listed.created_at);
        let place = (&listed.recording.organisation, utc_day(start));
        let span = spans.entry(place).or_insert(Span { first: start, last: start, recordings: Vec::new() });
        (span.first, span.last) = (span.first.min(start), span.last.max(start));
        span.recordings.push(&listed.recording);
    }
    spans
}
