use std::collections::BTreeSet;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::admission::{Admitted, Purpose, admitted};
use super::answers::ApiError;
use super::base::Cells;
use crate::front::RequestLine;
use crate::journal::{Caller, Service, ViolationKind};
use crate::world::World;

/// Records that one request may change (protocols.md 2.1).
const MOST_RECORDS: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    id: Option<String>,
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangeRequest {
    records: Option<Vec<Change>>,
    fields: Option<Map<String, Value>>,
    #[serde(default)]
    typecast: bool,
    #[serde(default)]
    return_fields_by_field_id: bool,
    perform_upsert: Option<Value>,
}

/// `PATCH /v0/{base}/{table}/{record}`.
pub(super) async fn update_one(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path((base, table, id)): Path<(String, String, String)>,
    body: Bytes,
) -> Response {
    let place = (base.as_str(), Some(table.as_str()));
    admitted(&world, &caller, &line, Purpose::Patch, place, |admitted| {
        admitted.edit_as_a_person();
        let request = parse(&body)?;
        let fields = request.fields.ok_or_else(|| invalid_request("you must provide fields"))?;
        admitted.base().record(&id).ok_or_else(ApiError::not_found)?;
        let cells = admitted.base().cells(&fields, request.typecast)?;
        admitted.write(&id, cells);
        Ok(axum::Json(admitted.show(&id, request.return_fields_by_field_id)).into_response())
    })
}

/// `PATCH /v0/{base}/{table}`: up to ten records, all of them or none.
pub(super) async fn update_many(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path((base, table)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let place = (base.as_str(), Some(table.as_str()));
    admitted(&world, &caller, &line, Purpose::Patch, place, |admitted| {
        admitted.edit_as_a_person();
        let request = parse(&body)?;
        if request.perform_upsert.is_some() {
            world.report(Service::Airtable, ViolationKind::UnknownRequest, &line.0);
            return Err(invalid_request("this stand-in does not upsert"));
        }
        let changes = admitted.changes(&request)?;
        let by_id = request.return_fields_by_field_id;
        let ids: Vec<String> = changes.iter().map(|(id, _)| id.clone()).collect();
        for (id, cells) in changes {
            admitted.write(&id, cells);
        }
        let shown: Vec<Value> = ids.iter().map(|id| admitted.show(id, by_id)).collect();
        Ok(axum::Json(json!({ "records": shown })).into_response())
    })
}

/// `POST /v0/{base}/{table}`: one record by `fields`, or up to ten by `records`.
pub(super) async fn create(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path((base, table)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let place = (base.as_str(), Some(table.as_str()));
    admitted(&world, &caller, &line, Purpose::Create, place, |admitted| {
        let request = parse(&body)?;
        let (typecast, by_id) = (request.typecast, request.return_fields_by_field_id);
        let single = request.fields.is_some();
        let wanted = match (request.fields, request.records) {
            (Some(fields), None) => vec![fields],
            (None, Some(records)) if (1..=MOST_RECORDS).contains(&records.len()) => {
                records.into_iter().map(|record| record.fields).collect()
            }
            _ => return Err(invalid_records()),
        };
        let cells: Result<Vec<Cells>, ApiError> =
            wanted.iter().map(|fields| admitted.base().cells(fields, typecast)).collect();
        let mut shown: Vec<Value> = Vec::new();
        for cells in cells? {
            let id = admitted.insert();
            admitted.write(&id, cells);
            shown.push(admitted.show(&id, by_id));
        }
        let answer = if single { shown.remove(0) } else { json!({ "records": shown }) };
        Ok(axum::Json(answer).into_response())
    })
}

impl Admitted<'_> {
    /// What each record becomes, once all of them have passed every check.
    fn changes(&self, request: &ChangeRequest) -> Result<Vec<(String, Cells)>, ApiError> {
        let records = request.records.as_deref().unwrap_or_default();
        let distinct: BTreeSet<&Option<String>> = records.iter().map(|change| &change.id).collect();
        if records.is_empty() || records.len() > MOST_RECORDS || distinct.len() < records.len() {
            return Err(invalid_records());
        }
        records.iter().map(|change| self.change(change, request.typecast)).collect()
    }

    fn change(&self, change: &Change, typecast: bool) -> Result<(String, Cells), ApiError> {
        let id = change.id.as_deref().ok_or_else(invalid_records)?;
        if self.base().record(id).is_none() {
            let message = format!("Record ID {id} does not exist in this table");
            return Err(ApiError::unprocessable("ROW_DOES_NOT_EXIST", message));
        }
        Ok((id.to_owned(), self.base().cells(&change.fields, typecast)?))
    }

    /// Somebody's edit lands between the find that this update rests on and the update itself.
    fn edit_as_a_person(&mut self) {
        if let Some(edit) = self.store.edits_before_patch.pop_front() {
            // A record that is gone by now cannot be edited by a person either.
            let _gone = self.store.edit(edit, self.now);
        }
    }

    fn show(&self, id: &str, by_id: bool) -> Value {
        self.base().record(id).map_or(Value::Null, |record| self.base().shown(record, None, by_id))
    }
}

fn parse(body: &[u8]) -> Result<ChangeRequest, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::bad_json())
}

fn invalid_request(message: &str) -> ApiError {
    ApiError::unprocessable("INVALID_REQUEST_UNKNOWN", format!("Invalid request: {message}"))
}

fn invalid_records() -> ApiError {
    let message = "You must provide an array of up to 10 record objects, each with an \"id\" ID field and a \
                   \"fields\" object for cell values.";
    ApiError::unprocessable("INVALID_RECORDS", message)
}
