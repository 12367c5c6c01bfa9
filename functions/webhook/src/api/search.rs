//! The list of an organisation's recordings, by day and by what callers look for.
//!
//! Nothing is indexed but the day. So a list reads the entries of the days that are asked for, a limited number a request,
//! and says where it stopped: a page may be short, or empty, and yet not be the last.

mod filter;
mod newest;

use std::sync::Arc;

use axum::http::Uri;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::{ObjectKey, utc_day};
use recordings::ports::{Clock, DayIndexList, PortError, SecretSource};
use recordings::recording::{Organisation, RecordingRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::conditional::{Keeping, tagged};
use super::input::Parameters;
use super::problem::{INVALID, Problem};
use super::summary::Summary;
use super::{Answer, entries};
use crate::patience::in_time;
use crate::{ApiPorts, App};

use filter::Filter;

/// The most recordings in one answer.
const MOST: usize = 50;
/// The most entries and transcripts that are read for one answer.
const MOST_READ: usize = 200;
/// The most pages of days that are listed for one answer.
const MOST_LISTED: usize = 31;
/// How many entries are read before it is looked whether that is enough.
const CHUNK: usize = 16;
/// The days that are listed where nothing is said of them, today included.
const DAYS: i32 = 7;

const PARAMETERS: [&str; 11] =
    ["from", "to", "status", "provider", "job", "number", "direction", "q", "search", "order", "cursor"];

/// A page of recordings, in the order that was asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct Page {
    /// The recordings.
    recordings: Vec<Summary>,
    /// Where the list goes on; none behind its end. A page may hold few recordings, or none, and yet go on.
    next_cursor: Option<String>,
}

/// The days of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    first: Date,
    last: Date,
}

/// Which recordings come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Oldest,
    Newest,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    day: Date,
    /// Behind this key of the day.
    after: Option<String>,
    /// The last day of the list.
    last: Date,
}

/// Lists recordings of the caller's organisation by the days of their starts, UTC, in the order of their starts or against it.
#[utoipa::path(
    get,
    path = "/api/recordings",
    tag = "reading",
    params(
        ("from" = Option<String>, Query, description = "the first day, such as 2024-03-15; six days before the last where it is left out"),
        ("to" = Option<String>, Query, description = "the last day; today where it is left out"),
        ("status" = Option<String>, Query, description = "pending, available, failed or unavailable"),
        ("provider" = Option<String>, Query, description = "twilio, vapi or elevenlabs"),
        ("job" = Option<String>, Query, description = "the number of the job"),
        ("number" = Option<String>, Query, description = "the caller's or the called number, such as +14155550100"),
        ("direction" = Option<String>, Query, description = "inbound or outbound"),
        ("q" = Option<String>, Query, description = "words that were said, as they stand in the transcript, in any case"),
        ("search" = Option<String>, Query, description = "what stands in the transcript, or is part of the job's number, of the caller's or the called number, or of an id, in any case"),
        ("order" = Option<String>, Query, description = "oldest, or newest for those that began last first; oldest where it is left out"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before, with the same other parameters"),
    ),
    responses(
        (status = 200, description = "a page of them", body = Page),
        (status = 304, description = "it is what If-None-Match names"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn list_recordings<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    uri: Uri,
) -> Answer<Response> {
    let parameters = Parameters::read(uri.query().unwrap_or_default(), &PARAMETERS)?;
    let filter = Filter::read(&parameters)?;
    let list = format!("{}\n{}", caller.organisation, parameters.without("cursor"));
    let secrets = in_time(&app.ports, entries::PATIENCE, "read the secret", app.ports.secrets().current()).await?;
    let place = match parameters.get("cursor") {
        Some(cursor) => {
            let opened = secrets.link_keys.open_place(&list, cursor).ok();
            Some(opened.ok_or_else(|| Problem::new(&INVALID).detail("cursor is not one of this list."))?)
        }
        None => None,
    };
    let days = Days::read(&parameters, app.ports.clock().now())?;
    let order = parameters.parse("order", "oldest or newest", Order::parse)?.unwrap_or(Order::Oldest);
    let (found, next) = page(&app, &caller.organisation, &filter, order, days, place.as_deref()).await?;
    let next_cursor = next.map(|place| secrets.link_keys.seal_place(&list, &place));
    let page = Page { recordings: found.iter().map(Summary::of).collect(), next_cursor };
    Ok(tagged(Keeping::OnlyByTheProgram, &page))
}

/// One page of the list, and the place where it goes on.
async fn page<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    filter: &Filter,
    order: Order,
    days: Days,
    place: Option<&str>,
) -> Answer<(Vec<LedgerEntry>, Option<String>)> {
    // A place was sealed for this very list: it is always one that can be read.
    let unreadable = || Problem::new(&INVALID).detail("cursor is not one of this list.");
    Ok(match order {
        Order::Oldest => {
            let start = place.map_or_else(|| Some(Place::first(days)), Place::parse).ok_or_else(unreadable)?;
            let (found, next) = walk(app, organisation, filter, start).await?;
            (found, next.map(|place| place.text()))
        }
        Order::Newest => {
            let start = || newest::Place::first(days, app.ports.clock().now());
            let start = place.map_or_else(|| Some(start()), newest::Place::parse).ok_or_else(unreadable)?;
            let (found, next) = newest::walk(app, organisation, filter, start).await?;
            (found, next.map(|place| place.text()))
        }
    })
}

/// Goes through the days until there is enough, or enough was read.
async fn walk<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    filter: &Filter,
    mut place: Place,
) -> Result<(Vec<LedgerEntry>, Option<Place>), PortError> {
    let (mut found, mut read) = (Vec::new(), 0);
    for _ in 0..MOST_LISTED {
        let list = app.ports.day_list().page(organisation, place.day, place.after.as_deref());
        let page = in_time(&app.ports, entries::PATIENCE, "list a day", list).await?;
        for chunk in page.recordings.chunks(CHUNK) {
            if found.len() + chunk.len() > MOST || read + chunk.len() > MOST_READ {
                return Ok((found, Some(place)));
            }
            let wanted = chunk.iter().map(|(recording, _)| recording);
            let wanted: Vec<RecordingRef> = wanted.filter(|recording| filter.may_want(recording)).cloned().collect();
            let (matching, cost) = filter.matching(app, wanted).await?;
            found.extend(matching);
            read += cost;
            place.after = chunk.last().map(|(recording, start)| ObjectKey::Day(recording, *start).to_string());
        }
        match page.next {
            Some(next) => place.after = Some(next),
            None => match place.next_day() {
                Some(next) => place = next,
                None => return Ok((found, None)),
            },
        }
    }
    Ok((found, Some(place)))
}

impl Days {
    fn read(parameters: &Parameters, now: Timestamp) -> Result<Self, Problem> {
        let day = |name| parameters.parse(name, "a day such as 2024-03-15", |text| text.parse::<Date>().ok());
        let last = day("to")?.unwrap_or_else(|| utc_day(now));
        let first = day("from")?.unwrap_or_else(|| last.saturating_sub((DAYS - 1).days()));
        if first > last {
            return Err(Problem::new(&INVALID).detail("from has to be no later than to."));
        }
        Ok(Self { first, last })
    }
}

impl Order {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "oldest" => Some(Self::Oldest),
            "newest" => Some(Self::Newest),
            _ => None,
        }
    }
}

impl Place {
    /// Where a list begins.
    fn first(Days { first, last }: Days) -> Self {
        Self { day: first, after: None, last }
    }

    fn next_day(&self) -> Option<Self> {
        let day = self.day.tomorrow().ok().filter(|day| *day <= self.last)?;
        Some(Self { day, after: None, last: self.last })
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.day, self.last, self.after.as_deref().unwrap_or_default())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        let (day, last, after) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        Some(Self { day, after: Some(after.to_owned()).filter(|after| !after.is_empty()), last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(from_and_to: &str) -> Result<Place, Problem> {
        let parameters = Parameters::read(from_and_to, &PARAMETERS).unwrap();
        Days::read(&parameters, "2024-03-15T23:59:59Z".parse().unwrap()).map(Place::first)
    }

    #[test]
    fn a_list_begins_a_week_ago_unless_told_otherwise() {
        for (parameters, first, last) in [
            ("", "2024-03-09", "2024-03-15"),
            ("to=2024-03-01", "2024-02-24", "2024-03-01"),
            ("from=2024-03-15", "2024-03-15", "2024-03-15"),
            ("from=2023-01-01&to=2024-01-01", "2023-01-01", "2024-01-01"),
        ] {
            let place = place(parameters).unwrap();
            assert_eq!((place.day.to_string().as_str(), place.last.to_string().as_str()), (first, last));
        }
        for odd in ["from=2024-03-16", "from=yesterday", "to=2024-02-30", "from=", "from=2024-03-15T00:00:00Z-x"] {
            assert!(place(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let first = place("").unwrap();
        let later = Place { after: Some("days/default/2024-03-09/x".to_owned()), ..first.clone() };
        for place in [first, later] {
            assert_eq!(Place::parse(&place.text()), Some(place));
        }
        assert_eq!(Place::parse("2024-03-09"), None);
    }
}
