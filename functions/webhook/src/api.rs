//! The API: what programs and people with a token read, and change.
//!
//! Each route is one line in `api!` below: its handler, and what the OpenAPI document says of it. A handler
//! takes a [`Caller`] with the permission that it asks for, and nothing else fits; whose recordings there are is told by
//! the token alone. Errors are problem documents.

mod accesses;
mod audio;
mod availability;
mod caller;
pub(crate) mod conditional;
mod control;
pub(crate) mod cors;
mod demand;
mod doctor;
#[cfg(test)]
mod document;
mod entries;
mod explanation;
mod failure;
mod fetch_missing;
mod health;
mod import;
mod input;
mod live_ticket;
mod loss_meter;
mod metrics;
mod problem;
mod progress;
mod recordings_of_a_call;
mod refresh;
mod search;
mod signed;
mod summary;
mod tiers;
mod token;
mod waveform;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequest, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::Path;
use utoipa::openapi::HttpMethod;

use crate::{ApiPorts, App};

use caller::{Caller, Permission};
#[cfg(test)]
use document::Finish;
use failure::Failure;
#[cfg(test)]
use problem::ProblemDocument;
use problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem};
pub(crate) use token::Issuers;

/// What a handler answers.
type Answer<R> = Result<R, Failure>;

/// Makes the router and the OpenAPI document of one list.
macro_rules! api {
    ($($module:ident::$handler:ident as $documentation:ident;)*) => {
        fn routes<P: ApiPorts>() -> Router<Arc<App<P>>> {
            Router::new()$(.route(
                &$module::$documentation::path(),
                guarded::<_, $module::$documentation, _, _, _, _, _, _>($module::$handler::<P>),
            ))*
        }

        #[cfg(test)]
        #[derive(utoipa::OpenApi)]
        #[openapi(
            info(
                title = "Tapeline",
                description = "Call recordings that are never lost: what is known of them, and where they are heard.",
            ),
            paths($($module::$handler),*),
            modifiers(&Finish),
            components(schemas(ProblemDocument)),
        )]
        struct Document;
    };
}

api! {
    recordings_of_a_call::recordings_of_a_call as __path_recordings_of_a_call;
    refresh::refresh_recording as __path_refresh_recording;
    availability::recording_availability as __path_recording_availability;
    waveform::waveform_of_a_recording as __path_waveform_of_a_recording;
    search::list_recordings as __path_list_recordings;
    audio::audio_of_a_call as __path_audio_of_a_call;
    audio::audio_by_name as __path_audio_by_name;
    import::import as __path_import;
    fetch_missing::fetch_missing_audio as __path_fetch_missing_audio;
    progress::job as __path_job;
    live_ticket::live_ticket as __path_live_ticket;
    control::erase as __path_erase;
    control::assign as __path_assign;
    control::hold as __path_hold;
    control::release as __path_release;
    control::revoke_link as __path_revoke_link;
    control::keep as __path_keep;
    accesses::accesses as __path_accesses;
    doctor::last_checkup as __path_last_checkup;
    metrics::metrics as __path_metrics;
}

/// The API's part of the router.
pub(crate) fn router<P: ApiPorts>(app: &Arc<App<P>>) -> Router<Arc<App<P>>> {
    routes()
        .route("/openapi.json", axum::routing::get(openapi))
        .route("/health", axum::routing::get(health::health::<P>))
        .method_not_allowed_fallback(async || Problem::new(&METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(input::MAX_BODY_BYTES))
        .layer(from_fn(conditional::unless_it_is_known))
        .layer(from_fn_with_state(Arc::clone(app), cors::allow::<P>))
}

/// What is answered where there is no route.
pub(crate) async fn no_route() -> Problem {
    Problem::new(&NOT_FOUND)
}

/// The OpenAPI document as it is committed, so that no process has to make it.
async fn openapi() -> Response {
    const DOCUMENT: &str = include_str!("../../../docs/openapi.json");
    let headers = [("content-type", "application/json"), ("cache-control", "public, max-age=300")];
    let mut response = (headers, DOCUMENT).into_response();
    response.headers_mut().extend(conditional::etag(DOCUMENT.as_bytes()));
    response
}

/// A route that leads to nothing but a handler which takes a caller with a permission. The caller is looked at before
/// anything else is, so that nobody without a token learns what a request should look like.
fn guarded<P, D, Q, I, M, F, A, R>(handler: F) -> MethodRouter<Arc<App<P>>>
where
    P: ApiPorts,
    D: Path,
    Q: Permission + Sync,
    I: FromRequest<Arc<App<P>>, M> + Send + 'static,
    M: 'static,
    F: Fn(Caller<Q>, Arc<App<P>>, I) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer<R>> + Send,
    R: IntoResponse,
{
    let route: Arc<str> = D::path().into();
    on(methods::<D>(), async move |caller: Caller<Q>, State(app): State<Arc<App<P>>>, input: I| {
        let organisation = caller.organisation.clone();
        match handler(caller, Arc::clone(&app), input).await {
            Ok(answer) => answer.into_response(),
            Err(failure) => failure.respond(&app, &route, &organisation),
        }
    })
}

/// The methods of a route. Where `GET` is, `HEAD` is too.
fn methods<D: Path>() -> MethodFilter {
    let filter = |method| match method {
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Delete => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    };
    D::methods().into_iter().map(filter).reduce(MethodFilter::or).unwrap_or(MethodFilter::GET)
}

/// An answer that nobody keeps in between, because it is one caller's own.
fn private<T: Serialize>(content: &T) -> Response {
    ([("cache-control", "private, no-store")], Json(content)).into_response()
}
