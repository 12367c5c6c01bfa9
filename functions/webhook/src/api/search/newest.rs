//! A list whose newest recordings come first, as people read it.
//!
//! The bucket lists keys upwards only. So a day is listed in pieces from its end, each as long as the one behind it taught:
//! what a page costs follows what is on it, and not what the day holds.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::{ObjectKey, day_place, utc_day};
use recordings::ports::{DayIndexList, PortError};
use recordings::recording::{Organisation, RecordingRef};

use super::filter::Filter;
use super::{CHUNK, Days, MOST, MOST_LISTED, MOST_READ};
use crate::api::entries;
use crate::patience::in_time;
use crate::{ApiPorts, App};

const A_DAY: i64 = 86_400;
/// How long the first piece of a day is, in seconds.
const FIRST_PIECE: i64 = 3_600;
/// How much of today the first piece reaches back from now.
const JUST_NOW: i64 = 900;
/// A piece with fewer recordings lets the one behind the next be longer.
const FEW: usize = 100;
/// How much longer, and how much shorter a piece is that holds too much.
const STEP: i64 = 4;

/// Where a list goes on, downwards: with a piece of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The last day of the list, which is the earliest.
    first: Date,
    day: Date,
    /// The seconds of the day that the piece begins with, and that it ends before.
    from: i64,
    until: i64,
    /// The key that it ends before besides, where a page ended within a second.
    before: Option<String>,
    /// How long the next piece is.
    next_length: i64,
}

/// The recordings of a piece, upwards, each with its start.
type Piece = Vec<(RecordingRef, Timestamp)>;

/// Goes back through the days until there is enough, or enough was read.
pub(super) async fn walk<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    filter: &Filter,
    mut place: Place,
) -> Result<(Vec<LedgerEntry>, Option<Place>), PortError> {
    let (mut found, mut read) = (Vec::new(), 0);
    for _ in 0..MOST_LISTED {
        let Some(piece) = look(app, organisation, &place).await? else {
            place.shorten();
            continue;
        };
        for chunk in piece.rchunks(CHUNK) {
            if found.len() + chunk.len() > MOST || read + chunk.len() > MOST_READ {
                return Ok((found, Some(place)));
            }
            let wanted = chunk.iter().rev().map(|(recording, _)| recording);
            let wanted: Vec<RecordingRef> = wanted.filter(|recording| filter.may_want(recording)).cloned().collect();
            let (matching, cost) = filter.matching(app, wanted).await?;
            found.extend(matching);
            read += cost;
            place.before = chunk.first().map(|(recording, start)| ObjectKey::Day(recording, *start).to_string());
        }
        match place.next(piece.len()) {
            Some(next) => place = next,
            None => return Ok((found, None)),
        }
    }
    Ok((found, Some(place)))
}

/// The recordings of the next piece; none where it holds more than one listing shows, and can be shorter.
async fn look<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    place: &Place,
) -> Result<Option<Piece>, PortError> {
    let (mut piece, mut after) = (Vec::new(), place.after(organisation));
    loop {
        let list = app.ports.day_list().page(organisation, place.day, after.as_deref());
        let page = in_time(&app.ports, entries::PATIENCE, "list a day", list).await?;
        let listed = page.recordings.len();
        let in_it = page.recordings.into_iter().filter(|(recording, start)| place.holds(recording, *start));
        let before = piece.len();
        piece.extend(in_it);
        let came_to_its_end = piece.len() - before < listed || page.next.is_none();
        if came_to_its_end {
            return Ok(Some(piece));
        }
        if place.until - place.from > 1 {
            return Ok(None);
        }
        after = page.next;
    }
}

impl Place {
    /// Where a list begins: today with what came in just now, and all that a clock ahead of ours gave a start.
    pub(super) fn first(Days { first, last }: Days, now: Timestamp) -> Self {
        let length = if last == utc_day(now) { A_DAY - second_of_the_day(now) + JUST_NOW } else { FIRST_PIECE };
        let from = (A_DAY - length).max(0);
        Self { first, day: last, from, until: A_DAY, before: None, next_length: FIRST_PIECE }
    }

    fn shorten(&mut self) {
        let length = ((self.until - self.from) / STEP).max(1);
        (self.from, self.next_length) = (self.until - length, length);
    }

    /// The key that it is listed from.
    fn after(&self, organisation: &Organisation) -> Option<String> {
        let midnight = self.day.to_zoned(TimeZone::UTC).ok()?.timestamp();
        (self.from > 0).then(|| day_place(organisation, midnight + self.from.seconds()))
    }

    /// Whether a recording that was listed is part of it.
    fn holds(&self, recording: &RecordingRef, start: Timestamp) -> bool {
        let is_before = |before: &String| ObjectKey::Day(recording, start).to_string() < *before;
        second_of_the_day(start) < self.until && self.before.as_ref().is_none_or(is_before)
    }

    /// The piece in front of it, in which so many were found.
    fn next(self, found: usize) -> Option<Self> {
        let grown = if found < FEW { (self.next_length * STEP).min(A_DAY) } else { self.next_length };
        let (day, until) = match self.from {
            0 => (self.day.yesterday().ok().filter(|day| *day >= self.first)?, A_DAY),
            from => (self.day, from),
        };
        let from = (until - self.next_length).max(0);
        Some(Self { first: self.first, day, from, until, before: None, next_length: grown })
    }

    pub(super) fn text(&self) -> String {
        let Self { first, day, from, until, next_length, before } = self;
        format!("{first} {day} {from} {until} {next_length} {}", before.as_deref().unwrap_or_default())
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ' ');
        let (first, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (from, until) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let next_length = parts.next()?.parse().ok()?;
        let before = Some(parts.next()?.to_owned()).filter(|before| !before.is_empty());
        Some(Self { first, day, from, until, before, next_length })
    }
}

fn second_of_the_day(at: Timestamp) -> i64 {
    at.as_second().rem_euclid(A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(now: &str) -> Place {
        let (first, last) = ("2024-03-14".parse().unwrap(), "2024-03-15".parse().unwrap());
        Place::first(Days { first, last }, now.parse().unwrap())
    }

    #[test]
    fn today_begins_with_what_came_in_just_now() {
        for (now, from) in [
            ("2024-03-15T12:00:00Z", 12 * 3_600 - 900),
            ("2024-03-15T00:05:00Z", 0),
            ("2024-03-16T12:00:00Z", 23 * 3_600),
        ] {
            assert_eq!((first(now).from, first(now).until), (from, A_DAY), "{now}");
        }
    }

    #[test]
    fn pieces_cover_each_second_of_each_day_whatever_is_in_them() {
        for found in [0, FEW, usize::MAX] {
            let mut place = Some(first("2024-03-15T12:00:00Z"));
            let (mut edge, mut pieces, mut days) = (A_DAY, 0, 1);
            while let Some(mut piece) = place {
                if pieces < 3 {
                    piece.shorten();
                }
                assert_eq!(piece.until, edge);
                assert!(piece.from < piece.until, "{piece:?}");
                edge = if piece.from == 0 { A_DAY } else { piece.from };
                days += u32::from(piece.day != first("2024-03-15T12:00:00Z").day && piece.until == A_DAY);
                pieces += 1;
                place = piece.next(found);
            }
            assert_eq!((edge, days), (A_DAY, 2), "{found}");
            assert!(pieces < 2_000, "{pieces}");
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let first = first("2024-03-15T12:00:00Z");
        let later = Place { before: Some("days/default/2024-03-15/x".to_owned()), ..first.clone() };
        for place in [first, later] {
            assert_eq!(Place::parse(&place.text()), Some(place));
        }
        assert_eq!(Place::parse("2024-03-15 2024-03-15 x"), None);
    }
}
