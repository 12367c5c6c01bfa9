use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::account::may_use;
use super::answers::ApiError;
use super::recording::Status;
use super::resource::{Kind, Name};
use crate::journal::Caller;
use crate::world::World;

/// `DELETE …/Recordings/{RE}.json`: 204 without a body, and 404 from then on (protocols.md 1.6).
///
/// "Only `completed` recordings can be deleted"; how Twilio refuses others is not known: here 409 with code 20409.
pub(super) async fn remove(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path((account, name)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    if !may_use(&caller, &account) {
        return ApiError::unauthenticated().answer(uri.path());
    }
    match delete(&world, &account, &name) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.answer(uri.path()),
    }
}

fn delete(world: &World, account: &str, name: &str) -> Result<(), ApiError> {
    let Name { sid, kind } = Name::parse(name);
    if matches!(kind, Kind::Unknown) {
        return Err(ApiError::not_found(name));
    }
    let now = world.now();
    let mut store = world.twilio().store();
    let status = store.visible(account, sid, now, false)?.status(now);
    if status != Status::Completed {
        let message = format!("Recording is {}; only completed recordings can be deleted", status.as_str());
        return Err(ApiError::new(StatusCode::CONFLICT, 20409, message));
    }
    if let Some(recording) = store.recordings.get_mut(sid) {
        recording.deleted_at = Some(now);
    }
    Ok(())
}
