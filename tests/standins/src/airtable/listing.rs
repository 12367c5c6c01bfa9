use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::admission::{Admitted, Purpose, admitted};
use super::answers::ApiError;
use super::formula::Formula;
use crate::front::RequestLine;
use crate::ids::airtable_id;
use crate::journal::{Caller, Service, ViolationKind};
use crate::world::World;

const LARGEST_PAGE: usize = 100;
/// The length that a URL must not reach (protocols.md 2.1), its host included.
const LONGEST_URL: usize = 16_000;
const HOST: &str = "https://api.airtable.com";

/// A list, as the query or the body asks for it (protocols.md 2.1). Parameters that are not here are refused: nobody
/// checked what they would do.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListRequest {
    filter_by_formula: Option<String>,
    fields: Option<Vec<String>>,
    max_records: Option<usize>,
    page_size: Option<usize>,
    offset: Option<String>,
    #[serde(default)]
    return_fields_by_field_id: bool,
}

/// `GET /v0/{base}/{table}`.
pub(super) async fn by_query(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path((base, table)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let length = HOST.len() + uri.path_and_query().map_or(0, |whole| whole.as_str().len());
    let request = if length < LONGEST_URL { of_query(uri.query().unwrap_or_default()) } else { Err(too_long()) };
    answer(&world, &caller, &line, (&base, &table), request)
}

/// `POST /v0/{base}/{table}/listRecords`.
pub(super) async fn by_body(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Extension(line): Extension<RequestLine>,
    Path((base, table)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let request = serde_json::from_slice(&body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => unknown_parameter(&error.to_string()),
        _ => ApiError::bad_json(),
    });
    answer(&world, &caller, &line, (&base, &table), request)
}

fn answer(
    world: &World,
    caller: &Caller,
    line: &RequestLine,
    (base, table): (&str, &str),
    request: Result<ListRequest, ApiError>,
) -> Response {
    admitted(world, caller, line, Purpose::Find, (base, Some(table)), |admitted| {
        if request.as_ref().is_err_and(|error| error.status == StatusCode::UNPROCESSABLE_ENTITY) {
            world.report(Service::Airtable, ViolationKind::UnknownRequest, &line.0);
        }
        Ok(axum::Json(admitted.list(&request?)?).into_response())
    })
}

fn of_query(query: &str) -> Result<ListRequest, ApiError> {
    let mut request = ListRequest::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let number = || value.parse().map(Some).map_err(|_| unknown_parameter(&name));
        match name.as_ref() {
            "filterByFormula" => request.filter_by_formula = Some(value.into_owned()),
            "fields[]" | "fields" => request.fields.get_or_insert_default().push(value.into_owned()),
            "maxRecords" => request.max_records = number()?,
            "pageSize" => request.page_size = number()?,
            "offset" => request.offset = Some(value.into_owned()),
            "returnFieldsByFieldId" => request.return_fields_by_field_id = value == "true",
            _ => return Err(unknown_parameter(&name)),
        }
    }
    Ok(request)
}

impl Admitted<'_> {
    fn list(&mut self, request: &ListRequest) -> Result<Value, ApiError> {
        let page_size = request.page_size.unwrap_or(LARGEST_PAGE);
        if !(1..=LARGEST_PAGE).contains(&page_size) {
            return Err(unknown_parameter("pageSize must be between 1 and 100"));
        }
        let fields = request.fields.as_deref();
        if let Some(unknown) = fields.unwrap_or_default().iter().find(|name| self.base().field(name).is_none()) {
            let message = format!("Unknown field name: \"{unknown}\"");
            return Err(ApiError::unprocessable("UNKNOWN_FIELD_NAME", message));
        }
        let chosen = self.chosen(request)?;
        let (now, later) = chosen.split_at(page_size.min(chosen.len()));
        let base = self.base();
        let shown: Vec<Value> = now
            .iter()
            .filter_map(|id| base.record(id))
            .map(|record| base.shown(record, fields, request.return_fields_by_field_id))
            .collect();
        let mut answer = json!({ "records": shown });
        if let Some(next) = later.first() {
            let offset = format!("{}/{next}", airtable_id("itr"));
            self.store.iterators.insert(offset.clone(), later.to_vec());
            answer["offset"] = offset.into();
        }
        Ok(answer)
    }

    /// The ids still to be shown: those that the offset stands for, or all that the formula chooses.
    fn chosen(&self, request: &ListRequest) -> Result<Vec<String>, ApiError> {
        if let Some(offset) = &request.offset {
            return self.store.iterators.get(offset).cloned().ok_or_else(|| {
                ApiError::unprocessable("LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "The iterator is not available")
            });
        }
        let base = self.base();
        let text = request.filter_by_formula.as_deref().filter(|text| !text.trim().is_empty());
        let formula = text.map(|text| Formula::parse(text, base)).transpose().map_err(|why| {
            let message = format!("The formula for filtering records is invalid: {why}");
            ApiError::unprocessable("INVALID_FILTER_BY_FORMULA", message)
        })?;
        let ids = base
            .records()
            .filter(|record| formula.as_ref().is_none_or(|formula| formula.chooses(record)))
            .map(|record| record.id.clone());
        Ok(ids.take(request.max_records.unwrap_or(usize::MAX)).collect())
    }
}

fn unknown_parameter(what: &str) -> ApiError {
    ApiError::unprocessable("INVALID_REQUEST_UNKNOWN", format!("Invalid request: {what}"))
}

fn too_long() -> ApiError {
    ApiError::new(StatusCode::URI_TOO_LONG, "URI_TOO_LONG", "The URL must be shorter than 16,000 characters")
}
