//! Everything that is missing of an organisation's recordings, fetched five at a time.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::future::try_join_all;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::TransferRequest;
use recordings::ports::{
    Clock, DayIndexList, ErrorKind, LedgerRead, PortError, Random, RetrievalRead, RetrievalWrite, Version,
};
use recordings::recording::{Organisation, RecordingRef, RetrievalId};
use recordings::retrieval::{LANES, Retrieval, RetrievalCounts, RetrievalPlace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, ManageRecordings};
use super::entries::{self, PATIENCE};
use super::input::Json;
use super::problem::{INVALID, Problem};
use super::{Answer, demand, private, progress, tiers};
use crate::link::deadline::Deadline;
use crate::patience::{in_time, late};
use crate::{ApiPorts, App};

/// Without a word about it, so many days are looked through.
const USUAL_DAYS: u16 = 30;
const MOST_DAYS: u16 = 366;

/// A job's document is read and written whole.
const MOST_RECORDINGS: usize = 5_000;

/// What has to be left of a request's time to begin a job, once everything is looked through.
const TO_BEGIN: Duration = Duration::from_secs(8);

/// How long a job may stand still before what is next in it is asked for again.
const STANDS_STILL: Duration = Duration::from_secs(300);

const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Two who begin at once, and one who loses to a third.
const MAX_RACES: u32 = 4;

/// Which days to look through: the last ones, or from one to another, UTC.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FetchMissing {
    /// The first day; 29 days before the last one where nothing is said.
    #[schema(value_type = Option<String>, format = Date, nullable = false)]
    from: Option<String>,
    /// The last day; today where nothing is said.
    #[schema(value_type = Option<String>, format = Date, nullable = false)]
    to: Option<String>,
    /// Instead of both, how many days up to today, up to 366.
    #[schema(minimum = 1, maximum = 366, nullable = false)]
    days: Option<u16>,
}

/// How far a job is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Progress {
    /// How far it is, in words.
    pub(super) message: &'static str,
    /// The job's id, for `GET /api/jobs/{id}`; none where nothing was missing.
    pub(super) id: Option<String>,
    /// `running` or `done`.
    pub(super) status: &'static str,
    /// When it was begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) begun_at: Option<Timestamp>,
    /// How many recordings came to which end so far.
    pub(super) results: Results,
}

/// How many recordings came to which end.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Results {
    /// All that were missing.
    total: usize,
    /// Those that are in the bucket now.
    success: usize,
    /// Those that could not be had; they are tried again later, as any other.
    failed: usize,
    /// Those of which there is nothing to be had.
    unavailable: usize,
}

impl From<RetrievalCounts> for Results {
    fn from(counts: RetrievalCounts) -> Self {
        let RetrievalCounts { total, success, failed, unavailable } = counts;
        Self { total, success, failed, unavailable }
    }
}

/// Fetches all that is missing, five at a time. What outlasts the request goes on without it. While a job of the organisation
/// is running, the same job is answered.
#[utoipa::path(
    post,
    path = "/api/jobs/fetch-missing-audio",
    tag = "audio",
    request_body = FetchMissing,
    responses(
        (status = 200, description = "it is done", body = Progress),
        (status = 202, description = "it goes on; GET /api/jobs/{id} tells how far it is", body = Progress),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn fetch_missing_audio<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    Json(asked): Json<FetchMissing>,
) -> Answer<Response> {
    let deadline = caller.deadline;
    let (from, to) = asked.window(app.ports.clock().now()).map_err(|detail| Problem::new(&INVALID).detail(detail))?;
    let organisation = &caller.organisation;
    let (running, last) = running(&app, organisation).await?;
    let begun = match running {
        Some((retrieval, version)) => send_on(&app, retrieval, version).await?,
        None => {
            let missing = missing(&app, organisation, from, to, deadline).await?;
            if missing.is_empty() {
                return Ok(private(&nothing_missing()));
            }
            begin(&app, organisation, &missing, last).await?
        }
    };
    let retrieval = wait(&app, begun, deadline).await?;
    let status = if retrieval.is_over() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, private(&progress::of(&retrieval))).into_response())
}

fn nothing_missing() -> Progress {
    let results = Results::default();
    Progress { message: "Nothing is missing.", id: None, status: "done", begun_at: None, results }
}

impl FetchMissing {
    /// The first and the last day.
    fn window(&self, now: Timestamp) -> Result<(Date, Date), &'static str> {
        let today = now.to_zoned(TimeZone::UTC).date();
        if self.days.is_some() && (self.from.is_some() || self.to.is_some()) {
            return Err("days: expected without from and to");
        }
        let to = day(self.to.as_deref()).ok_or("to: expected a day such as 2024-03-15")?.unwrap_or(today);
        let days = self.days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err("days: expected 1 to 366");
        }
        let earlier = to.saturating_sub(Span::new().days(i64::from(days) - 1));
        let from = day(self.from.as_deref()).ok_or("from: expected a day such as 2024-03-15")?.unwrap_or(earlier);
        let apart = to.duration_since(from).as_hours() / 24;
        match apart {
            ..0 => Err("from: expected a day that is not behind to"),
            apart if apart >= i64::from(MOST_DAYS) => Err("from: expected at most 366 days"),
            _ => Ok((from, to)),
        }
    }
}

/// A day, or none where none is given; nothing where it is no day.
fn day(text: Option<&str>) -> Option<Option<Date>> {
    text.map(str::parse).transpose().ok()
}

/// The job that is not over yet, and the word of which one was the last.
async fn running<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
) -> Result<(Option<(Retrieval, Version)>, Option<Version>), PortError> {
    let last = app.ports.retrievals().last(organisation);
    let Some((id, word)) = in_time(&app.ports, PATIENCE, "read the last job", last).await? else {
        return Ok((None, None));
    };
    let read = app.ports.retrievals().get(organisation, &id);
    let found = in_time(&app.ports, PATIENCE, "read a job", read).await?;
    Ok((found.filter(|(retrieval, _)| !retrieval.is_over()), Some(word)))
}

/// The entries of recordings that are missing and may be had, from the newest day back.
async fn missing<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    from: Date,
    to: Date,
    deadline: Deadline,
) -> Answer<Vec<LedgerEntry>> {
    let mut missing = Vec::new();
    let days = std::iter::successors(Some(to), |day| day.yesterday().ok()).take_while(|day| *day >= from);
    for day in days {
        let mut after = None;
        loop {
            let list = app.ports.day_list().page(organisation, day, after.as_deref());
            let page = in_time(&app.ports, PATIENCE, "list a day", list).await?;
            let recordings: Vec<_> = page.recordings.into_iter().map(|(recording, _)| recording).collect();
            for some in recordings.chunks(128) {
                let entries = entries::read(app, some.to_vec()).await?;
                missing.extend(
                    entries.into_iter().filter(|entry| entry.state().wants_transfer() && tiers::may_be_had(entry)),
                );
                if deadline.left(app.ports.clock()) < TO_BEGIN || missing.len() > MOST_RECORDINGS {
                    let detail = "There is more in these days than one job looks through; ask for fewer days.";
                    return Err(Problem::new(&INVALID).detail(detail).into());
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(missing)
}

/// Begins a job, unless somebody else does: then that one is given. Only the winner sends anything.
async fn begin<P: ApiPorts>(
    app: &App<P>,
    organisation: &Organisation,
    missing: &[LedgerEntry],
    last: Option<Version>,
) -> Result<(Retrieval, Version), PortError> {
    let now = app.ports.clock().now();
    let id = RetrievalId::of(app.ports.random().number());
    let retrieval = Retrieval::new(id.clone(), organisation.clone(), missing, now);
    let create = app.ports.retrievals().create(&retrieval);
    let version = in_time(&app.ports, PATIENCE, "create a job", create).await?;
    let mut last = last;
    for _ in 0..MAX_RACES {
        let become_last = app.ports.retrievals().set_last(organisation, &id, last.as_ref());
        match in_time(&app.ports, PATIENCE, "name the last job", become_last).await {
            Ok(()) => return send_first(app, retrieval, version).await,
            Err(error) if error.kind == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
        match running(app, organisation).await? {
            (Some(other), _) => return Ok(other),
            (None, word) => last = word,
        }
    }
    Err(late("begin a job"))
}

/// Asks for the first recording that is waiting in each lane.
async fn send_first<P: ApiPorts>(
    app: &App<P>,
    retrieval: Retrieval,
    version: Version,
) -> Result<(Retrieval, Version), PortError> {
    let heads = (0..LANES).filter_map(|lane| retrieval.waiting().find(|(number, _)| number % LANES == lane));
    let heads: Vec<_> = heads.map(|(number, waiting)| (number, waiting.recording.clone())).collect();
    try_join_all(heads.into_iter().map(|(number, recording)| send(app, &retrieval.id, number, recording))).await?;
    Ok((retrieval, version))
}

async fn send<P: ApiPorts>(
    app: &App<P>,
    id: &RetrievalId,
    number: usize,
    recording: RecordingRef,
) -> Result<(), PortError> {
    let read = app.ports.ledger().get(&recording);
    let Some(known) = in_time(&app.ports, PATIENCE, "read the ledger entry", read).await? else { return Ok(()) };
    let place = Some(RetrievalPlace { id: id.clone(), number });
    demand::ask(app, &TransferRequest { retrieval: place, ..TransferRequest::on_demand(&known.entry) }).await
}

/// A job that stood still is asked for again: whoever began it may have died before its messages were sent.
async fn send_on<P: ApiPorts>(
    app: &App<P>,
    mut retrieval: Retrieval,
    version: Version,
) -> Result<(Retrieval, Version), PortError> {
    let now = app.ports.clock().now();
    if retrieval.asked_at.saturating_add(STANDS_STILL).unwrap_or(Timestamp::MAX) > now {
        return Ok((retrieval, version));
    }
    retrieval.asked_at = now;
    let replace = app.ports.retrievals().replace(&retrieval, &version);
    match in_time(&app.ports, PATIENCE, "note a job", replace).await {
        Ok(version) => send_first(app, retrieval, version).await,
        // Somebody else looks after it.
        Err(error) if error.kind == ErrorKind::Conflict => Ok((retrieval, version)),
        Err(error) => Err(error),
    }
}

/// Looks at the job until it is over, or the request's time is.
async fn wait<P: ApiPorts>(
    app: &App<P>,
    (mut retrieval, version): (Retrieval, Version),
    deadline: Deadline,
) -> Result<Retrieval, PortError> {
    let clock = app.ports.clock();
    let mut version = version;
    while !retrieval.is_over() && deadline.left(clock) > PATIENCE + LOOKS_EVERY {
        clock.sleep(LOOKS_EVERY).await;
        (retrieval, version) = progress::look(app, (retrieval, version)).await?;
    }
    Ok(retrieval)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(json: &str) -> Result<(String, String), &'static str> {
        let now = "2024-03-15T14:30:22Z".parse().unwrap();
        let asked: FetchMissing = serde_json::from_str(json).unwrap();
        asked.window(now).map(|(from, to)| (from.to_string(), to.to_string()))
    }

    #[test]
    fn the_days_are_the_last_ones_or_those_that_are_given() {
        for (json, from, to) in [
            ("{}", "2024-02-15", "2024-03-15"),
            (r#"{"days":1}"#, "2024-03-15", "2024-03-15"),
            (r#"{"from":"2024-03-01"}"#, "2024-03-01", "2024-03-15"),
            (r#"{"from":"2023-01-01","to":"2023-12-31"}"#, "2023-01-01", "2023-12-31"),
        ] {
            assert_eq!(window(json), Ok((from.to_owned(), to.to_owned())), "{json}");
        }
    }

    #[test]
    fn days_that_make_no_sense_are_named() {
        for (json, field) in [
            (r#"{"days":0}"#, "days"),
            (r#"{"days":367}"#, "days"),
            (r#"{"days":1,"from":"2024-03-01"}"#, "days"),
            (r#"{"from":"yesterday"}"#, "from"),
            (r#"{"from":"2024-03-02","to":"2024-03-01"}"#, "from"),
            (r#"{"from":"2022-03-02","to":"2024-03-01"}"#, "from"),
            (r#"{"to":"2024-13-01"}"#, "to"),
        ] {
            assert!(window(json).unwrap_err().starts_with(field), "{json}");
        }
    }
}
