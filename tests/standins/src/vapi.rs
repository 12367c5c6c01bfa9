//! Vapi's API as far as protocols.md section 3 knows it, and Vapi as a sender of reports.

mod answers;
mod assistants;
mod calls;
mod media;
mod placing;
mod reports;

use std::collections::{BTreeMap, HashMap};

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::get;
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};

use crate::journal::Caller;
use crate::settings::VapiOrganisation;
use crate::world::{World, WorldError};

pub(crate) use answers::not_found;
pub use assistants::PlaceAssistant;
pub(crate) use media::routes as media_routes;
pub use placing::{PlaceVapiCall, VapiCall};
pub use reports::{Algorithm, HmacPlan, VapiAuthentication, VapiReport};

use assistants::Assistant;
use media::Link;

/// What can be chosen about Vapi while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VapiBehaviour {
    /// Virtual seconds for which a link to audio works.
    pub link_seconds: u64,
    /// Audio comes with `Content-Length`; otherwise chunked.
    pub content_length: bool,
    /// Ranges of audio are served.
    pub ranges: bool,
    /// A call cannot be deleted: 503.
    pub deletion_fails: bool,
    /// Lists show the oldest calls first; otherwise the newest. Which it is, is not known.
    pub oldest_first: bool,
}

impl Default for VapiBehaviour {
    fn default() -> Self {
        Self { link_seconds: 60, content_length: true, ranges: true, deletion_fails: false, oldest_first: false }
    }
}

#[derive(Debug)]
pub(crate) struct Vapi {
    organisations: Vec<VapiOrganisation>,
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    behaviour: VapiBehaviour,
    calls: BTreeMap<String, VapiCall>,
    links: HashMap<String, Link>,
    assistants: BTreeMap<String, Assistant>,
}

impl Vapi {
    pub(crate) fn new(organisations: &[VapiOrganisation]) -> Self {
        let default = vec![VapiOrganisation::default()];
        let organisations = if organisations.is_empty() { default } else { organisations.to_vec() };
        Self { organisations, store: Mutex::default() }
    }

    /// Whom a Bearer Authorization header names.
    pub(crate) fn caller(&self, authorization: &HeaderValue) -> Caller {
        let key = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let known = self.organisations.iter().find(|organisation| key == Some(&organisation.private_key));
        known.map_or(Caller::Stranger, |organisation| Caller::VapiOrganisation { id: organisation.id.clone() })
    }

    /// The organisation with that id, or the first one when none is named.
    fn organisation(&self, id: Option<&str>) -> Result<&VapiOrganisation, WorldError> {
        let found = self.organisations.iter().find(|organisation| id.is_none_or(|id| id == organisation.id));
        found.ok_or_else(|| WorldError::not_found("organisation", id.unwrap_or_default()))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock()
    }
}

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/call", get(calls::list))
        .route("/call/{call}", get(calls::fetch).delete(calls::remove))
        .route("/call/{call}/{artifact}", get(media::fetch))
        .route("/assistant", get(assistants::list))
        .route("/assistant/{assistant}", get(assistants::fetch).patch(assistants::update))
}
