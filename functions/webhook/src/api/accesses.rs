//! Who heard a call's recordings, or was given the means to.
//!
//! The traces lie by day. Their names say of which recording they are, so that a day is listed and only what is asked for is
//! read. A request lists a limited number of days and says where it stopped.

use std::sync::Arc;

use axum::http::Uri;
use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use recordings::object_key::{AccessPlace, ObjectKey, utc_day};
use recordings::ports::{Access, AuditRead, Clock, PortError, SecretSource};
use recordings::recording::CallRef;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ManageRecordings};
use super::conditional::{Keeping, tagged};
use super::input::{CallInPath, Parameters};
use super::problem::{INVALID, NOT_FOUND, Problem};
use super::{Answer, entries};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// The most accesses in one answer.
const MOST: usize = 100;
/// The most pages of days that are listed for one answer; each holds a thousand accesses of the organisation.
const MOST_LISTED: usize = 31;
/// How many records are read at once.
const AT_ONCE: usize = 16;

const PARAMETERS: [&str; 3] = ["from", "to", "cursor"];

/// A page of accesses to a call's recordings, in the order of their times.
#[derive(Serialize, ToSchema)]
pub(super) struct AccessesPage {
    /// The accesses.
    accesses: Vec<AccessOfARecording>,
    /// Where the list goes on; none behind its end. A page may hold few accesses, or none, and yet go on.
    next_cursor: Option<String>,
}

/// One access to a recording's audio.
#[derive(Serialize, ToSchema)]
struct AccessOfARecording {
    /// The recording at its provider.
    recording_id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who: the user that a token named, or `link` for whoever held the permanent link.
    user: String,
    /// The address that asked.
    ip: Option<String>,
    /// The program that asked, as it called itself.
    user_agent: Option<String>,
    /// Where the audio was served from.
    tier: String,
    /// What was answered.
    outcome: String,
}

impl AccessOfARecording {
    fn of(access: Access) -> Self {
        let Access { recording, at, user, ip, user_agent, tier, outcome } = access;
        Self { recording_id: recording.recording_id.to_string(), at, user, ip, user_agent, tier, outcome }
    }
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

/// Lists the accesses to a call's recordings by the days, UTC, on which they were heard. An access whose trace could not be
/// written is in the log instead, as `audit_not_written`.
#[utoipa::path(
    get,
    path = "/api/recordings/{callId}/accesses",
    tag = "control",
    params(
        ("from" = Option<String>, Query, description = "the first day, such as 2024-03-15; that of the recording's start where it is left out"),
        ("to" = Option<String>, Query, description = "the last day; today where it is left out"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before, with the same other parameters"),
    ),
    responses(
        (status = 200, description = "a page of them", body = AccessesPage),
        (status = 304, description = "it is what If-None-Match names"),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn accesses<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    (call, uri): (CallInPath, Uri),
) -> Answer<Response> {
    let call = caller.call(call);
    let parameters = Parameters::read(uri.query().unwrap_or_default(), &PARAMETERS)?;
    let known = entries::of_call(&app, &call).await?;
    let started_at = known.iter().map(|entry| entry.started_at).min().ok_or(&NOT_FOUND)?;
    let list = format!("{call}\n{}", parameters.without("cursor"));
    let secrets = in_time(&app.ports, entries::PATIENCE, "read the secret", app.ports.secrets().current()).await?;
    let start = match parameters.get("cursor") {
        Some(cursor) => {
            let opened = secrets.link_keys.open_place(&list, cursor).ok().and_then(|place| Place::parse(&place));
            opened.ok_or_else(|| Problem::new(&INVALID).detail("cursor is not one of this list."))?
        }
        None => Place::first(&parameters, started_at, app.ports.clock().now())?,
    };
    let (found, next) = walk(&app, &call, start).await?;
    let next_cursor = next.map(|place| secrets.link_keys.seal_place(&list, &place.text()));
    let accesses = read(&app, found).await?.into_iter().map(AccessOfARecording::of).collect();
    Ok(tagged(Keeping::OnlyByTheProgram, &AccessesPage { accesses, next_cursor }))
}

/// Goes through the days until there is enough, or enough was listed.
async fn walk<P: ApiPorts>(
    app: &App<P>,
    call: &CallRef,
    mut place: Place,
) -> Result<(Vec<AccessPlace>, Option<Place>), PortError> {
    let mut found = Vec::new();
    for _ in 0..MOST_LISTED {
        let list = app.ports.accesses().page(&call.organisation, place.day, place.after.as_deref());
        let page = in_time(&app.ports, entries::PATIENCE, "list a day's accesses", list).await?;
        for access in page.accesses.into_iter().filter(|access| is_of(access, call)) {
            if found.len() == MOST {
                return Ok((found, Some(place)));
            }
            place.after = Some(ObjectKey::Audit(&access.recording, access.at, access.number).to_string());
            found.push(access);
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

fn is_of(access: &AccessPlace, call: &CallRef) -> bool {
    access.recording.provider == call.provider && access.recording.call_id == call.call_id
}

/// What the records say, without those that the bucket's own rule has deleted meanwhile.
async fn read<P: ApiPorts>(app: &App<P>, places: Vec<AccessPlace>) -> Result<Vec<Access>, PortError> {
    let read = |place: AccessPlace| async move {
        in_time(&app.ports, entries::PATIENCE, "read an audit record", app.ports.accesses().read(&place)).await
    };
    let found: Vec<_> = stream::iter(places).map(read).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

impl Place {
    /// Where a list begins: nothing was heard before it was recorded.
    fn first(parameters: &Parameters, started_at: Timestamp, now: Timestamp) -> Result<Self, Problem> {
        let day = |name| parameters.parse(name, "a day such as 2024-03-15", |text| text.parse::<Date>().ok());
        let last = day("to")?.unwrap_or_else(|| utc_day(now));
        let first = day("from")?.unwrap_or_else(|| utc_day(started_at).min(last));
        if first > last {
            return Err(Problem::new(&INVALID).detail("from has to be no later than to."));
        }
        Ok(Self { day: first.max(utc_day(started_at)).min(last), after: None, last })
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
