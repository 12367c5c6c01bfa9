use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::answers::ApiError;
use super::query::Query;
use super::{Recording, TwilioBehaviour};
use crate::clock::later;
use crate::journal::Caller;
use crate::served::{self, Manner, refusal};
use crate::speech::{Channels, Format};
use crate::world::World;

/// What a secret link to the media host leads to.
#[derive(Clone, Debug)]
pub(super) struct MediaLink {
    recording_sid: String,
    format: Format,
    channels: Channels,
    expires_at: Timestamp,
}

/// Answers the API's media URL: a redirect to the media host, or the audio itself where that is chosen.
pub(super) fn fetch(
    world: &World,
    account: &str,
    sid: &str,
    format: Format,
    query: &Query,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let now = world.now();
    let mut store = world.twilio().store();
    let missing = || ApiError::not_found(&format!("/2010-04-01/Accounts/{account}/Recordings/{sid}"));
    let recording = store.visible(account, sid, now, false)?;
    if !recording.has_media(now) {
        return Err(missing());
    }
    let channels = requested_channels(recording, query)?;
    if !store.behaviour.redirect {
        return Ok(audio(recording, format, channels, &store.behaviour, headers));
    }
    let expires_at = later(now, std::time::Duration::from_secs(store.behaviour.link_seconds));
    let token = hex::encode(rand::random::<[u8; 16]>());
    let extension = extension(format);
    let location = format!("{}/media/{account}/{sid}.{extension}?token={token}", world.urls().media);
    store.links.insert(token, MediaLink { recording_sid: sid.to_owned(), format, channels, expires_at });
    Ok((StatusCode::FOUND, [(LOCATION, location)]).into_response())
}

/// The media host: audio for who has the link, and nothing for who sends credentials along.
///
/// Signed links of object stores refuse a second way to authenticate with 400; an expired one is 403.
pub(super) async fn serve(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path((_account, _name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if caller != Caller::Nobody {
        return refusal(StatusCode::BAD_REQUEST, "Only one auth mechanism allowed");
    }
    let now = world.now();
    let query = Query::parse(query.as_deref());
    let store = world.twilio().store();
    let link = query.get("token").and_then(|token| store.links.get(token));
    let Some(link) = link.filter(|link| now < link.expires_at) else {
        return refusal(StatusCode::FORBIDDEN, "Request has expired");
    };
    match store.recordings.get(&link.recording_sid).filter(|recording| recording.has_media(now)) {
        Some(recording) => audio(recording, link.format, link.channels, &store.behaviour, &headers),
        None => refusal(StatusCode::NOT_FOUND, "The specified key does not exist"),
    }
}

/// `RequestedChannels` (protocols.md 1.5): two are refused where one was made.
fn requested_channels(recording: &Recording, query: &Query) -> Result<Channels, ApiError> {
    match query.get("RequestedChannels") {
        None => Ok(recording.channels),
        Some("1") => Ok(Channels::Mono),
        Some("2") if recording.channels == Channels::Dual => Ok(Channels::Dual),
        Some("2") => Err(ApiError::invalid_parameter("Recording is not available in dual channel")),
        Some(_) => Err(ApiError::invalid_parameter("Invalid parameter RequestedChannels")),
    }
}

fn audio(
    recording: &Recording,
    format: Format,
    channels: Channels,
    behaviour: &TwilioBehaviour,
    headers: &HeaderMap,
) -> Response {
    let track = recording.audio.track(format, channels);
    let name = format!("{}.{}.{}", recording.sid, extension(format), channels.count());
    let manner = Manner { content_length: behaviour.content_length, ranges: behaviour.ranges };
    served::audio(&track, &name, format.content_type(), manner, headers)
}

const fn extension(format: Format) -> &'static str {
    match format {
        Format::Mp3 => "mp3",
        Format::Wav => "wav",
    }
}
