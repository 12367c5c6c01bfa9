//! Airtable's REST API, as far as protocols.md section 2 knows it, and a person who works in the base.

mod admission;
mod answers;
mod base;
mod formula;
mod jobs;
mod listing;
mod rate_limit;
mod reading;
mod schema;
mod writing;

use std::collections::{HashMap, VecDeque};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::routing::{get, post};
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};

use crate::journal::Caller;
use crate::settings::Base;
use crate::world::World;

pub use answers::ErrorShape;
pub(crate) use answers::not_found;
pub use jobs::{Author, CreateJob, EditJob, Job, RenameField, Revision};

use base::BaseState;
use rate_limit::Window;

/// The largest body; Airtable's own limit is not published (protocols.md 2.2).
const LARGEST_BODY: usize = 5 * 1024 * 1024;

/// What can be chosen about Airtable while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AirtableBehaviour {
    /// Requests in a second that a base bears; unlimited when absent.
    pub base_limit: Option<usize>,
    /// Requests in a second that a token may make; unlimited when absent.
    pub token_limit: Option<usize>,
    /// Virtual seconds after a 429 in which everything is 429.
    pub penalty_seconds: u64,
    /// The month's requests are used up; the meta API goes on working.
    pub quota_exhausted: bool,
    /// The token may read only.
    pub read_only: bool,
    /// The form in which errors come.
    pub error_shape: ErrorShape,
}

impl Default for AirtableBehaviour {
    fn default() -> Self {
        Self {
            base_limit: Some(5),
            token_limit: Some(50),
            penalty_seconds: 30,
            quota_exhausted: false,
            read_only: false,
            error_shape: ErrorShape::Natural,
        }
    }
}

/// How often Airtable was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AirtableCounters {
    /// Requests with a valid token.
    pub requests: u64,
    /// Lists, by either method.
    pub finds: u64,
    /// Records fetched one at a time.
    pub reads: u64,
    /// Updates, of one or of many records.
    pub patches: u64,
    /// Creations.
    pub creations: u64,
    /// Answers of 429, whatever for.
    pub rate_limited: u64,
}

#[derive(Debug)]
pub(crate) struct Airtable(Mutex<Store>);

#[derive(Debug)]
struct Store {
    bases: Vec<BaseState>,
    behaviour: AirtableBehaviour,
    counters: AirtableCounters,
    base_windows: HashMap<String, Window>,
    token_windows: HashMap<Vec<String>, Window>,
    /// The ids that each offset still has to show.
    iterators: HashMap<String, Vec<String>>,
    edits_before_patch: VecDeque<EditJob>,
}

impl Airtable {
    pub(crate) fn new(bases: &[Base]) -> Self {
        let bases = if bases.is_empty() { vec![Base::default()] } else { bases.to_vec() };
        Self(Mutex::new(Store {
            bases: bases.into_iter().map(BaseState::new).collect(),
            behaviour: AirtableBehaviour::default(),
            counters: AirtableCounters::default(),
            base_windows: HashMap::new(),
            token_windows: HashMap::new(),
            iterators: HashMap::new(),
            edits_before_patch: VecDeque::new(),
        }))
    }

    /// Whom a Bearer Authorization header names.
    pub(crate) fn caller(&self, authorization: &HeaderValue) -> Caller {
        let token = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let store = self.store();
        let base_ids: Vec<String> = store
            .bases
            .iter()
            .filter(|base| token == Some(&base.settings.token))
            .map(|base| base.settings.base_id.clone())
            .collect();
        if base_ids.is_empty() { Caller::Stranger } else { Caller::Bearer { base_ids } }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock()
    }
}

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/v0/meta/bases/{base}/tables", get(schema::tables))
        .route("/v0/{base}/{table}", get(listing::by_query).patch(writing::update_many).post(writing::create))
        .route("/v0/{base}/{table}/listRecords", post(listing::by_body))
        .route("/v0/{base}/{table}/{record}", get(reading::fetch).patch(writing::update_one))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}
