use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::account::may_use;
use super::answers::ApiError;
use super::paging::{Days, Paging};
use super::query::Query;
use super::recording::Recording;
use crate::journal::Caller;
use crate::world::World;

/// `GET …/Recordings.json`: newest first, by day and by call, in pages (protocols.md 1.7).
pub(super) async fn of_account(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    uri: Uri,
) -> Response {
    let query = Query::parse(query.as_deref());
    let call = query.get("CallSid");
    answer(&caller, &account, &uri, || recordings(&world, &account, call, &query, uri.path()))
}

/// `GET …/Calls/{CA}/Recordings.json`. Whether Twilio knows the difference between no call and no recording is not
/// known: here an unknown call is 404.
pub(super) async fn of_call(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path((account, call)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    uri: Uri,
) -> Response {
    let query = Query::parse(query.as_deref());
    answer(&caller, &account, &uri, || {
        world.twilio().store().call(&account, &call)?;
        recordings(&world, &account, Some(&call), &query, uri.path())
    })
}

/// Answers in JSON whom the account belongs to.
pub(super) fn answer(
    caller: &Caller,
    account: &str,
    uri: &Uri,
    act: impl FnOnce() -> Result<Value, ApiError>,
) -> Response {
    let allowed = if may_use(caller, account) { Ok(()) } else { Err(ApiError::unauthenticated()) };
    match allowed.and_then(|()| act()) {
        Ok(body) => axum::Json(body).into_response(),
        Err(error) => error.answer(uri.path()),
    }
}

fn recordings(world: &World, account: &str, call: Option<&str>, query: &Query, path: &str) -> Result<Value, ApiError> {
    let paging = Paging::parse(query, path)?;
    let days = Days::parse(query, "DateCreated")?;
    let now = world.now();
    let store = world.twilio().store();
    let wanted = |recording: &&Recording| {
        recording.account_sid == account
            && recording.is_visible(now, query.include_soft_deleted())
            && days.choose(recording.started_at)
    };
    let of_call = call.map(|call| store.recordings_of_call.get(call).map(Vec::as_slice).unwrap_or_default());
    let found: Vec<&Recording> = match of_call {
        Some(sids) => sids.iter().filter_map(|sid| store.recordings.get(sid)).filter(wanted).collect(),
        None => store.recordings.values().filter(wanted).collect(),
    };
    let all = found.into_iter().map(|recording| ((recording.started_at, recording.sid.clone()), recording)).collect();
    Ok(paging.page("recordings", all, |recording| world.recording_json(recording, now)))
}
