use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers::{error, not_found, organisation};
use crate::ids::uuid;
use crate::journal::Caller;
use crate::world::{World, WorldError};

/// An assistant to be made at Vapi. The default records, as Vapi does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceAssistant {
    /// The organisation; the first one when absent.
    pub organisation: Option<String>,
    /// Its name; `Assistant` when absent.
    pub name: Option<String>,
    /// Whether it records; nothing is said when absent, which means that it does.
    pub recording_enabled: Option<bool>,
}

/// An assistant at Vapi.
#[derive(Clone, Debug)]
pub(super) struct Assistant {
    organisation: String,
    json: Map<String, Value>,
}

impl World {
    /// Makes an assistant at Vapi; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such organisation.
    pub fn place_assistant(&self, wanted: PlaceAssistant) -> Result<String, WorldError> {
        let organisation = self.vapi().organisation(wanted.organisation.as_deref())?.id.clone();
        let id = uuid();
        let mut json = Map::new();
        json.insert("id".to_owned(), json!(id));
        json.insert("orgId".to_owned(), json!(organisation));
        json.insert("createdAt".to_owned(), json!(super::calls::millis(self.now())));
        json.insert("updatedAt".to_owned(), json!(super::calls::millis(self.now())));
        json.insert("name".to_owned(), json!(wanted.name.as_deref().unwrap_or("Assistant")));
        if let Some(enabled) = wanted.recording_enabled {
            let plan = json!({"recordingEnabled": enabled, "recordingFormat": "wav;l16"});
            json.insert("artifactPlan".to_owned(), plan);
        }
        self.vapi().store().assistants.insert(id.clone(), Assistant { organisation, json });
        Ok(id)
    }
}

/// `GET /assistant`.
pub(super) async fn list(State(world): State<World>, Extension(caller): Extension<Caller>) -> Response {
    match organisation(&caller) {
        Err(no_key) => no_key.answer(),
        Ok(organisation) => {
            let store = world.vapi().store();
            let ours = store.assistants.values().filter(|assistant| assistant.organisation == organisation);
            Json(ours.map(|assistant| Value::Object(assistant.json.clone())).collect::<Vec<_>>()).into_response()
        }
    }
}

/// `GET /assistant/{id}`.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    let store = world.vapi().store();
    match organisation(&caller).map(|ours| store.assistants.get(&id).filter(|it| it.organisation == ours)) {
        Ok(Some(assistant)) => Json(Value::Object(assistant.json.clone())).into_response(),
        Ok(None) => not_found(),
        Err(no_key) => no_key.answer(),
    }
}

/// `PATCH /assistant/{id}`: each member that is given takes the place of the old one, whole. Whether Vapi merges what is
/// within is not known, so nothing is merged here.
pub(super) async fn update(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Option<Json<Map<String, Value>>>,
) -> Response {
    let mut store = world.vapi().store();
    let found = match organisation(&caller) {
        Ok(ours) => store.assistants.get_mut(&id).filter(|assistant| assistant.organisation == ours),
        Err(no_key) => return no_key.answer(),
    };
    match (found, body) {
        (None, _) => not_found(),
        (Some(_), None) => error(StatusCode::BAD_REQUEST, "the body is no JSON object"),
        (Some(assistant), Some(Json(changes))) => {
            assistant.json.extend(changes);
            Json(Value::Object(assistant.json.clone())).into_response()
        }
    }
}
