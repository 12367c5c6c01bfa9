use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::admission::{Purpose, admitted};
use super::answers::ApiError;
use super::base::{BaseState, Record};
use crate::front::RequestLine;
use crate::journal::Caller;
use crate::world::World;

/// `GET /v0/{base}/{table}/{record}`.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path((base, table, id)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let by_id = query.is_some_and(|query| query.contains("returnFieldsByFieldId=true"));
    let place = (base.as_str(), Some(table.as_str()));
    admitted(&world, &caller, &line, Purpose::Read, place, |admitted| {
        let record = admitted.base().record(&id).ok_or_else(ApiError::not_found)?;
        Ok(axum::Json(admitted.base().shown(record, None, by_id)).into_response())
    })
}

impl BaseState {
    /// A record as the API shows it; empty cells are left out (protocols.md 2.1).
    pub(super) fn shown(&self, record: &Record, fields: Option<&[String]>, by_id: bool) -> Value {
        json!({
            "id": record.id,
            "createdTime": record.created.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
            "fields": self.shown_cells(record, fields, by_id),
        })
    }

    pub(super) fn shown_cells(&self, record: &Record, fields: Option<&[String]>, by_id: bool) -> Map<String, Value> {
        let asked = self.fields.iter().filter(|field| {
            fields.is_none_or(|asked| asked.iter().any(|name| *name == field.name || *name == field.id))
        });
        asked
            .filter_map(|field| {
                let name = if by_id { &field.id } else { &field.name };
                Some((name.clone(), record.cells.get(&field.id)?.clone()))
            })
            .collect()
    }
}
