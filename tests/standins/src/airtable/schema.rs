use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::admission::{Purpose, admitted};
use crate::front::RequestLine;
use crate::journal::Caller;
use crate::world::World;

/// `GET /v0/meta/bases/{base}/tables`.
pub(super) async fn tables(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path(base): Path<String>,
) -> Response {
    admitted(&world, &caller, &line, Purpose::Schema, (&base, None), |admitted| {
        let base = admitted.base();
        let fields: Vec<Value> = base
            .fields
            .iter()
            .map(|field| json!({"id": field.id, "name": field.name, "type": field.kind.as_str()}))
            .collect();
        let table = json!({
            "id": base.settings.table_id,
            "name": base.settings.table_name,
            "primaryFieldId": base.fields.first().map(|field| &field.id),
            "fields": fields,
            "views": [],
        });
        Ok(axum::Json(json!({ "tables": [table] })).into_response())
    })
}
