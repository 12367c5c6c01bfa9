use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::may_use;
use super::answers::ApiError;
use super::query::Query;
use super::recording::{Outcome, Recording};
use super::{Store, media};
use crate::journal::Caller;
use crate::speech::Format;
use crate::world::World;

/// What follows `/Recordings/`.
pub(super) struct Name<'a> {
    pub(super) sid: &'a str,
    pub(super) kind: Kind,
}

/// Which of a recording's faces is meant.
pub(super) enum Kind {
    Resource,
    Media(Format),
    Unknown,
}

impl<'a> Name<'a> {
    pub(super) fn parse(name: &'a str) -> Self {
        let (sid, extension) = name.split_once('.').unwrap_or((name, "wav"));
        let kind = match extension {
            "json" => Kind::Resource,
            "mp3" => Kind::Media(Format::Mp3),
            "wav" => Kind::Media(Format::Wav),
            _ => Kind::Unknown,
        };
        Self { sid, kind }
    }
}

/// `GET …/Recordings/{RE}`, `{RE}.mp3`, `{RE}.wav` (the audio) and `{RE}.json` (the resource).
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path((account, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if !may_use(&caller, &account) {
        return ApiError::unauthenticated().answer(uri.path());
    }
    let query = Query::parse(query.as_deref());
    let Name { sid, kind } = Name::parse(&name);
    let answer = match kind {
        Kind::Resource => resource(&world, &account, sid, &query),
        Kind::Media(format) => media::fetch(&world, &account, sid, format, &query, &headers),
        Kind::Unknown => Err(ApiError::not_found(uri.path())),
    };
    answer.unwrap_or_else(|error| error.answer(uri.path()))
}

fn resource(world: &World, account: &str, sid: &str, query: &Query) -> Result<Response, ApiError> {
    let now = world.now();
    let store = world.twilio().store();
    let recording = store.visible(account, sid, now, query.include_soft_deleted())?;
    Ok(axum::Json(world.recording_json(recording, now)).into_response())
}

impl Store {
    /// A recording of this account whose metadata Twilio shows.
    pub(super) fn visible(
        &self,
        account: &str,
        sid: &str,
        now: Timestamp,
        include_deleted: bool,
    ) -> Result<&Recording, ApiError> {
        let found = self
            .recordings
            .get(sid)
            .filter(|recording| recording.account_sid == account && recording.is_visible(now, include_deleted));
        found.ok_or_else(|| ApiError::not_found(&format!("/2010-04-01/Accounts/{account}/Recordings/{sid}")))
    }
}

impl World {
    /// The resource of protocols.md 1.7.
    pub(super) fn recording_json(&self, recording: &Recording, now: Timestamp) -> Value {
        let status = recording.status(now);
        let uri = format!("/2010-04-01/Accounts/{}/Recordings/{}", recording.account_sid, recording.sid);
        let error_code = match recording.outcome {
            Outcome::Absent { error_code } => Some(error_code),
            Outcome::Completed | Outcome::InProgress => None,
        };
        json!({
            "account_sid": recording.account_sid,
            "api_version": "2010-04-01",
            "call_sid": recording.call_sid,
            "conference_sid": null,
            "date_created": rfc2822(recording.started_at),
            "date_updated": rfc2822(recording.deleted_at.unwrap_or(recording.placed_at)),
            "start_time": rfc2822(recording.started_at),
            "duration": recording.reported_seconds.map(|seconds| seconds.to_string()),
            "sid": recording.sid,
            "price": null,
            "price_unit": "USD",
            "status": status.as_str(),
            "channels": recording.channels.count(),
            "source": recording.source,
            "error_code": error_code,
            "uri": format!("{uri}.json"),
            "encryption_details": null,
            "subresource_uris": {
                "add_on_results": format!("{uri}/AddOnResults.json"),
                "transcriptions": format!("{uri}/Transcriptions.json"),
            },
            "media_url": self.recording_url(recording),
        })
    }
}

/// RFC 2822 in GMT, as Twilio writes times.
pub(super) fn rfc2822(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
