//! The same operations as [`World`]'s methods, for another process: `POST /_control/{method}` on each listener, the
//! argument as JSON in, the result as JSON out. `GET` does for those without an argument.

mod client;
mod operations;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::world::{World, WorldError};

pub use client::{ControlClient, ControlError};

/// Why an operation was not done.
#[derive(Debug)]
enum Refusal {
    UnknownOperation,
    BadArgument(serde_json::Error),
    World(WorldError),
}

pub(crate) fn routes(world: World) -> Router {
    Router::new().route("/_control/{operation}", get(perform).post(perform)).with_state(world)
}

async fn perform(State(world): State<World>, Path(operation): Path<String>, body: Bytes) -> Response {
    match operations::perform(&world, &operation, &body).await {
        Ok(result) => axum::Json(result).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::UnknownOperation => (StatusCode::NOT_FOUND, "there is no such operation".to_owned()),
            Self::BadArgument(error) => (StatusCode::BAD_REQUEST, format!("the argument: {error}")),
            Self::World(error @ WorldError::NotFound { .. }) => (StatusCode::NOT_FOUND, error.to_string()),
            Self::World(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        };
        (status, axum::Json(json!({ "error": message }))).into_response()
    }
}
