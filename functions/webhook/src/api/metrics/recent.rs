//! What became of the recordings of the last days.
//!
//! The names of a day cost one request for a thousand recordings, and say how many there are. Their entries cost one each:
//! of many recordings some are read, evenly spread, and the figures say of how many they speak.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use recordings::ledger_entry::{LedgerEntry, State, Status};
use recordings::object_key::utc_day;
use recordings::ports::{Clock, DayIndexList, PortError};
use recordings::recording::{Organisation, RecordingRef};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::entries;
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// The most pages of names that are listed for one answer.
const MOST_LISTED: usize = 20;

/// What became of the recordings of the last days, by their starts.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Recent {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last day, which is today.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// How many recordings there are.
    recordings: usize,
    /// Whether that is all; there may be more than are counted for one answer, and then the oldest are left out.
    is_whole: bool,
    /// Of how many the following speaks: of all, or of some that are evenly spread.
    looked_at: usize,
    /// How many there are in each state.
    #[schema(value_type = BTreeMap<String, u32>)]
    states: BTreeMap<State, u32>,
    /// The share of those with audio among those that have audio or failed; none where there are neither.
    success_rate: Option<f64>,
    /// How much audio is in the bucket of those that were looked at.
    stored_bytes: u64,
    /// How long that plays, in seconds.
    stored_seconds: f64,
    /// How long it took from the first word of a recording until its audio was safe.
    seconds_to_bucket: Option<Times>,
    /// How long it took until its first line was seen in the job's history.
    seconds_to_history: Option<Times>,
    /// The same by day, the earliest first.
    days: Vec<Day>,
}

/// What became of the recordings of one day, by those of them that were looked at.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Day {
    /// The day.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// How many recordings there are.
    recordings: usize,
    /// Of how many the following speaks.
    looked_at: usize,
    /// The share of those with audio among those that have audio or failed; none where there are neither.
    success_rate: Option<f64>,
    /// The share of those whose provider's copy stands in.
    fallback_share: Option<f64>,
    /// How long half of them took at most until their audio was safe.
    median_seconds_to_bucket: Option<f64>,
    /// How much audio is in the bucket of those that were looked at.
    stored_bytes: u64,
}

/// How long something took, in seconds.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Times {
    average: f64,
    median: f64,
    /// 95 of 100 took no longer.
    p95: f64,
    longest: f64,
}

/// Looks at the days up to today, the newest first.
pub(super) async fn look<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    days: i32,
    most: usize,
) -> Result<Recent, PortError> {
    let to = utc_day(app.ports.clock().now());
    let from = to.saturating_sub((days - 1).days());
    let (names, is_whole) = names(app, organisation, from, to).await?;
    let entries =
        entries::read(app, spread(&names, most).into_iter().map(|(recording, _)| recording).collect()).await?;
    let days = from.series(1.day()).take_while(|day| *day <= to);
    let days = days.map(|day| Day::of(day, names.iter().filter(|(_, start)| utc_day(*start) == day).count(), &entries));
    Ok(Recent::of(from, to, names.len(), is_whole, &entries, days.collect()))
}

async fn names<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    from: Date,
    to: Date,
) -> Result<(Vec<(RecordingRef, Timestamp)>, bool), PortError> {
    let (mut names, mut day, mut after) = (Vec::new(), to, None::<String>);
    for _ in 0..MOST_LISTED {
        let list = app.ports.day_list().page(organisation, day, after.as_deref());
        let page = in_time(&app.ports, entries::PATIENCE, "list a day", list).await?;
        names.extend(page.recordings);
        after = page.next;
        if after.is_none() {
            match day.yesterday().ok().filter(|before| *before >= from) {
                Some(before) => day = before,
                None => return Ok((names, true)),
            }
        }
    }
    Ok((names, false))
}

/// So many of them at the most, evenly spread.
fn spread<T: Clone>(all: &[T], most: usize) -> Vec<T> {
    let taken = all.len().min(most);
    (0..taken).map(|n| all[n * all.len() / taken].clone()).collect()
}

impl Recent {
    fn of(from: Date, to: Date, recordings: usize, is_whole: bool, entries: &[LedgerEntry], days: Vec<Day>) -> Self {
        let mut states: BTreeMap<State, u32> = State::ALL.map(|state| (state, 0)).into();
        for entry in entries {
            *states.entry(entry.state()).or_default() += 1;
        }
        let stored =
            || entries.iter().filter(|entry| entry.state().has_audio()).filter_map(|entry| entry.audio.as_ref());
        let milliseconds: u64 = stored().filter_map(|audio| audio.duration_measured_ms).sum();
        Self {
            from,
            to,
            recordings,
            is_whole,
            looked_at: entries.len(),
            states,
            success_rate: success_rate(entries),
            stored_bytes: stored().map(|audio| audio.bytes).sum(),
            stored_seconds: milliseconds as f64 / 1_000.0,
            seconds_to_bucket: Times::of(entries.iter().filter_map(to_bucket)),
            seconds_to_history: Times::of(entries.iter().filter_map(to_history)),
            days,
        }
    }
}

impl Day {
    fn of(day: Date, recordings: usize, entries: &[LedgerEntry]) -> Self {
        let of_it: Vec<LedgerEntry> =
            entries.iter().filter(|entry| utc_day(entry.started_at) == day).cloned().collect();
        let stored = of_it.iter().filter(|entry| entry.state().has_audio()).filter_map(|entry| entry.audio.as_ref());
        let fallback = of_it.iter().filter(|entry| entry.state() == State::Fallback).count();
        Self {
            day,
            recordings,
            looked_at: of_it.len(),
            success_rate: success_rate(&of_it),
            fallback_share: (!of_it.is_empty()).then(|| fallback as f64 / of_it.len() as f64),
            median_seconds_to_bucket: Times::of(of_it.iter().filter_map(to_bucket)).map(|times| times.median),
            stored_bytes: stored.map(|audio| audio.bytes).sum(),
        }
    }
}

fn success_rate(entries: &[LedgerEntry]) -> Option<f64> {
    let with = |status| entries.iter().filter(|entry| entry.status() == status).count() as f64;
    let (available, failed) = (with(Status::Available), with(Status::Failed));
    (available + failed > 0.0).then(|| available / (available + failed))
}

/// What was imported, or found in the bucket, took as long as somebody left it alone.
fn to_bucket(entry: &LedgerEntry) -> Option<SignedDuration> {
    let was_fetched = !entry.was_imported() && !entry.was_adopted();
    let stored = entry.states().iter().find(|reached| reached.state.has_audio()).filter(|_| was_fetched)?;
    Some(since_received(entry, stored.at))
}

fn to_history(entry: &LedgerEntry) -> Option<SignedDuration> {
    let was_fetched = !entry.was_imported() && !entry.was_adopted();
    let seen = entry.lines.iter().filter_map(|line| line.confirmed_at).min().filter(|_| was_fetched)?;
    Some(since_received(entry, seen))
}

fn since_received(entry: &LedgerEntry, then: Timestamp) -> SignedDuration {
    then.duration_since(entry.received_at).max(SignedDuration::ZERO)
}

impl Times {
    /// Nothing where there are none.
    fn of(durations: impl Iterator<Item = SignedDuration>) -> Option<Self> {
        let mut seconds: Vec<f64> = durations.map(|duration| duration.as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |share: usize| seconds.get((seconds.len() * share).div_ceil(100).saturating_sub(1)).copied();
        Some(Self {
            average: seconds.iter().sum::<f64>() / seconds.len() as f64,
            median: at(50)?,
            p95: at(95)?,
            longest: at(100)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_of_many_is_evenly_spread() {
        let all: Vec<usize> = (0..1_000).collect();
        assert_eq!(spread(&all, 4), [0, 250, 500, 750]);
        assert_eq!(spread(&all, 2_000), all);
        assert!(spread::<usize>(&[], 4).is_empty());
    }

    #[test]
    fn times_are_told_by_their_ranks() {
        let of = |seconds: &[i64]| Times::of(seconds.iter().map(|seconds| SignedDuration::from_secs(*seconds)));
        assert_eq!(of(&[]), None);
        let one = Times { average: 3.0, median: 3.0, p95: 3.0, longest: 3.0 };
        assert_eq!(of(&[3]), Some(one));
        let hundred: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), Some(Times { average: 50.5, median: 50.0, p95: 95.0, longest: 100.0 }));
    }
}
