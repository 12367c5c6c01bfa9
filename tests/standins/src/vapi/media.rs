use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use jiff::Timestamp;

use super::answers::{not_found, organisation};
use crate::clock::later;
use crate::journal::Caller;
use crate::served::{self, Manner, refusal};
use crate::speech::{Channels, Format};
use crate::world::World;

/// What a secret link to the media host leads to.
#[derive(Clone, Debug)]
pub(super) struct Link {
    call: String,
    variant: String,
    channels: Channels,
    expires_at: Timestamp,
}

/// `GET /call/{id}/{variant}-recording`: a redirect to a link that works for a while; 404 while there is no recording.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path((call, artifact)): Path<(String, String)>,
) -> Response {
    let organisation = match organisation(&caller) {
        Ok(organisation) => organisation,
        Err(no_key) => return no_key.answer(),
    };
    let now = world.now();
    let mut store = world.vapi().store();
    let variant = artifact.strip_suffix("-recording").and_then(|variant| Some((variant, channels(variant)?)));
    let is_there = store.of(organisation, &call).is_some_and(|call| call.has_recording(now));
    let (Some((variant, channels)), true) = (variant, is_there) else { return not_found() };
    let expires_at = later(now, Duration::from_secs(store.behaviour.link_seconds));
    let token = hex::encode(rand::random::<[u8; 16]>());
    let location = format!("{}/media/vapi/{call}-{variant}?token={token}", world.urls().media);
    store.links.insert(token, Link { call, variant: variant.to_owned(), channels, expires_at });
    (StatusCode::FOUND, [(LOCATION, location)]).into_response()
}

fn channels(variant: &str) -> Option<Channels> {
    match variant {
        "mono" | "customer" | "assistant" => Some(Channels::Mono),
        "stereo" => Some(Channels::Dual),
        _ => None,
    }
}

pub(crate) fn routes() -> Router<World> {
    Router::new().route("/media/vapi/{name}", get(serve))
}

/// Audio for who has the link, and nothing for who sends credentials along.
async fn serve(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if caller != Caller::Nobody {
        return refusal(StatusCode::BAD_REQUEST, "Only one auth mechanism allowed");
    }
    let now = world.now();
    let store = world.vapi().store();
    let token = query.as_deref().and_then(|query| query.strip_prefix("token="));
    let link = token.and_then(|token| store.links.get(token)).filter(|link| now < link.expires_at);
    let Some(link) = link else { return refusal(StatusCode::FORBIDDEN, "Request has expired") };
    let Some(call) = store.calls.get(&link.call) else {
        return refusal(StatusCode::NOT_FOUND, "The specified key does not exist");
    };
    let manner = Manner { content_length: store.behaviour.content_length, ranges: store.behaviour.ranges };
    let content_type = match call.format {
        Format::Wav => "audio/wav",
        Format::Mp3 => "audio/mpeg",
    };
    let name = format!("{}-{}", link.call, link.variant);
    served::audio(&call.track(link.channels), &name, content_type, manner, &headers)
}
