use std::time::Duration;

use axum::response::Response;
use jiff::Timestamp;

use super::Store;
use super::answers::ApiError;
use super::base::{BaseState, Cells};
use super::jobs::Author;
use super::rate_limit::{Admission, Window};
use crate::front::RequestLine;
use crate::journal::{Caller, Service, ViolationKind};
use crate::world::World;

/// A request that passed the token, the limits and the permissions.
pub(super) struct Admitted<'a> {
    pub(super) store: &'a mut Store,
    /// The base's position in the store.
    pub(super) base: usize,
    pub(super) now: Timestamp,
}

impl Admitted<'_> {
    pub(super) fn base(&self) -> &BaseState {
        &self.store.bases[self.base]
    }

    pub(super) fn write(&mut self, id: &str, cells: Cells) {
        self.store.bases[self.base].write(id, cells, self.now, Author::Api);
    }

    pub(super) fn insert(&mut self) -> String {
        self.store.bases[self.base].insert(self.now)
    }
}

/// What a request wants of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Find,
    Read,
    Patch,
    Create,
    Schema,
}

/// Checks a request and lets it act; errors get the form that is chosen.
pub(super) fn admitted(
    world: &World,
    caller: &Caller,
    line: &RequestLine,
    purpose: Purpose,
    (base, table): (&str, Option<&str>),
    act: impl FnOnce(&mut Admitted<'_>) -> Result<Response, ApiError>,
) -> Response {
    let now = world.now();
    let mut store = world.airtable().store();
    let answer = store.admit(caller, purpose, base, table, now);
    let (answer, penalised) = match answer {
        Ok(base) => (act(&mut Admitted { store: &mut store, base, now }), false),
        Err(Refusal { error, within_penalty }) => (Err(error), within_penalty),
    };
    if penalised {
        world.report(Service::Airtable, ViolationKind::RequestWithinPenalty, &line.0);
    }
    answer.unwrap_or_else(|error| error.answer(store.behaviour.error_shape))
}

struct Refusal {
    error: ApiError,
    within_penalty: bool,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { error, within_penalty: false }
    }
}

impl Store {
    fn admit(
        &mut self,
        caller: &Caller,
        purpose: Purpose,
        base: &str,
        table: Option<&str>,
        now: Timestamp,
    ) -> Result<usize, Refusal> {
        let Caller::Bearer { base_ids } = caller else {
            return Err(ApiError::authentication_required().into());
        };
        self.counters.requests += 1;
        self.check_limits(base, base_ids, now)?;
        if self.behaviour.quota_exhausted && purpose != Purpose::Schema {
            self.counters.rate_limited += 1;
            return Err(ApiError::quota_exhausted().into());
        }
        let allowed = base_ids.iter().any(|id| id == base);
        let found = self
            .bases
            .iter()
            .position(|known| known.settings.base_id == base && table.is_none_or(|table| known.is_table(table)));
        let index = found.filter(|_| allowed).ok_or_else(ApiError::no_such_model)?;
        if self.behaviour.read_only && matches!(purpose, Purpose::Patch | Purpose::Create) {
            return Err(ApiError::no_such_model().into());
        }
        self.count(purpose);
        Ok(index)
    }

    fn check_limits(&mut self, base: &str, base_ids: &[String], now: Timestamp) -> Result<(), Refusal> {
        let penalty = Duration::from_secs(self.behaviour.penalty_seconds);
        let of_token = self.token_windows.entry(base_ids.to_vec()).or_default();
        let of_base = self.base_windows.entry(base.to_owned()).or_default();
        let checks: [(&mut Window, Option<usize>); 2] =
            [(of_token, self.behaviour.token_limit), (of_base, self.behaviour.base_limit)];
        for (window, limit) in checks {
            let admission = limit.map_or(Admission::Granted, |limit| window.admit(now, limit, penalty));
            if admission != Admission::Granted {
                self.counters.rate_limited += 1;
                let within_penalty = admission == Admission::Penalised;
                return Err(Refusal { error: ApiError::rate_limited(), within_penalty });
            }
        }
        Ok(())
    }

    const fn count(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Find => self.counters.finds += 1,
            Purpose::Read => self.counters.reads += 1,
            Purpose::Patch => self.counters.patches += 1,
            Purpose::Create => self.counters.creations += 1,
            Purpose::Schema => {}
        }
    }
}
