use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answers::workspace;
use crate::courier::Delivery;
use crate::ids::elevenlabs_id;
use crate::journal::Caller;
use crate::world::{World, WorldError};

/// So many failures in a row disable a webhook, if it did not succeed for a week (protocols.md section 4).
const FAILURES: u32 = 10;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A webhook to be configured in a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceAgentWebhook {
    /// The workspace; the first one when absent.
    pub workspace: Option<String>,
    /// Its name; `Tapeline` when absent.
    pub name: Option<String>,
    /// Where it goes.
    pub url: String,
    /// Somebody switched it off.
    pub is_disabled: bool,
    /// Failed deliveries are tried again.
    pub retry_enabled: bool,
}

/// A webhook of a workspace.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    workspace: String,
    name: String,
    url: String,
    is_disabled: bool,
    is_auto_disabled: bool,
    pub(super) retry_enabled: bool,
    created_at: Timestamp,
    failures: u32,
    succeeded_at: Option<Timestamp>,
    last_failure: Option<(Timestamp, Option<u16>)>,
}

impl Webhook {
    pub(super) fn is_off(&self) -> bool {
        self.is_disabled || self.is_auto_disabled
    }

    /// Counts what came of a delivery: anything but 200 is a failure.
    pub(super) fn note(&mut self, delivery: &Delivery, now: Timestamp) {
        if delivery.status == Some(200) {
            (self.failures, self.succeeded_at) = (0, Some(now));
            return;
        }
        self.failures += 1;
        self.last_failure = Some((now, delivery.status));
        let for_long = self.succeeded_at.is_none_or(|at| now.duration_since(at) > WEEK);
        self.is_auto_disabled |= self.failures >= FAILURES && for_long;
    }
}

impl World {
    /// Configures a webhook in a workspace; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such workspace.
    pub fn place_agent_webhook(&self, wanted: PlaceAgentWebhook) -> Result<String, WorldError> {
        let workspace = self.elevenlabs().workspace(wanted.workspace.as_deref())?.id.clone();
        let id = elevenlabs_id("");
        let webhook = Webhook {
            workspace,
            name: wanted.name.unwrap_or_else(|| "Tapeline".to_owned()),
            url: wanted.url,
            is_disabled: wanted.is_disabled,
            is_auto_disabled: false,
            retry_enabled: wanted.retry_enabled,
            created_at: self.now(),
            failures: 0,
            succeeded_at: None,
            last_failure: None,
        };
        self.elevenlabs().store().webhooks.insert(id.clone(), webhook);
        Ok(id)
    }
}

/// `GET /v1/workspace/webhooks`. Whether failed deliveries are tried again is not in it.
pub(super) async fn list(State(world): State<World>, Extension(caller): Extension<Caller>) -> Response {
    let workspace = match workspace(&caller) {
        Ok(workspace) => workspace,
        Err(no_key) => return no_key.answer(),
    };
    let store = world.elevenlabs().store();
    let ours = store.webhooks.iter().filter(|(_, webhook)| webhook.workspace == workspace);
    let webhooks: Vec<_> = ours
        .map(|(id, webhook)| {
            json!({
                "name": webhook.name,
                "webhook_id": id,
                "webhook_url": webhook.url,
                "is_disabled": webhook.is_disabled,
                "is_auto_disabled": webhook.is_auto_disabled,
                "created_at_unix": webhook.created_at.as_second(),
                "auth_type": "hmac",
                "most_recent_failure_error_code": webhook.last_failure.and_then(|(_, status)| status),
                "most_recent_failure_timestamp": webhook.last_failure.map(|(at, _)| at.as_second()),
            })
        })
        .collect();
    axum::Json(json!({ "webhooks": webhooks })).into_response()
}
