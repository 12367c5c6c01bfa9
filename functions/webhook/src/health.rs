use axum::Json;
use serde_json::{Value, json};

/// Liveness: the function started with a whole configuration. What it says is for everybody, so it says no more.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
