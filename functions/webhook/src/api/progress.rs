//! How far a job is that fetches what is missing.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::Response;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{ErrorKind, PortError, RetrievalRead, RetrievalWrite, Version};
use recordings::recording::{RecordingRef, RetrievalId};
use recordings::retrieval::{Retrieval, RetrievalOutcome};

use super::Answer;
use super::caller::{Caller, ViewCallHistory};
use super::conditional::{Keeping, tagged};
use super::entries::{self, PATIENCE};
use super::fetch_missing::Progress;
use super::problem::{NOT_FOUND, Problem};
use crate::patience::{in_time, late};
use crate::{ApiPorts, App};

/// How many recordings are looked at in one request. Lanes come to their ends in order, so that those that wait longest are
/// those that something became of.
const LOOKED_AT: usize = 200;

/// Others may look at the same time.
const MAX_RACES: u32 = 5;

/// The job that the path names, `{id}`.
#[derive(Debug)]
pub(crate) struct JobInPath(RetrievalId);

impl<S: Send + Sync> FromRequestParts<S> for JobInPath {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters = RawPathParams::from_request_parts(request, state).await;
        let parameters = parameters.map_err(|_| Problem::new(&NOT_FOUND))?;
        let id = parameters.iter().find_map(|(name, value)| (name == "id").then(|| value.parse().ok())).flatten();
        id.map(Self).ok_or_else(|| Problem::new(&NOT_FOUND))
    }
}

/// How far a job is. No figure ever becomes smaller.
#[utoipa::path(
    get,
    path = "/api/jobs/{id}",
    tag = "audio",
    params(("id" = String, Path, description = "the job's id")),
    responses(
        (status = 200, description = "how far it is", body = Progress),
        (status = 304, description = "it is what If-None-Match names"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn job<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    JobInPath(id): JobInPath,
) -> Answer<Response> {
    let read = app.ports.retrievals().get(&caller.organisation, &id);
    let found = in_time(&app.ports, PATIENCE, "read a job", read).await?.ok_or(&NOT_FOUND)?;
    let (retrieval, _) = look(&app, found).await?;
    Ok(tagged(Keeping::Cached, &of(&retrieval)))
}

/// A job as it is told.
pub(super) fn of(retrieval: &Retrieval) -> Progress {
    let (message, status) = match retrieval.is_over() {
        true => ("Everything that was missing has been looked after.", "done"),
        false => ("What is missing is being fetched.", "running"),
    };
    let (id, begun_at) = (Some(retrieval.id.to_string()), Some(retrieval.begun_at));
    Progress { message, id, status, begun_at, results: retrieval.counts().into() }
}

/// Looks at the ledger for what is still waiting, and notes it in the job before it is told, so that nobody who asks later
/// is told less.
pub(super) async fn look<P: ApiPorts>(
    app: &App<P>,
    read: (Retrieval, Version),
) -> Result<(Retrieval, Version), PortError> {
    let (mut retrieval, mut version) = read;
    let known = what_became(app, &retrieval).await?;
    if known.is_empty() {
        return Ok((retrieval, version));
    }
    for _ in 0..MAX_RACES {
        retrieval.learn(known.iter().copied());
        let replace = app.ports.retrievals().replace(&retrieval, &version);
        match in_time(&app.ports, PATIENCE, "note a job", replace).await {
            Ok(version) => return Ok((retrieval, version)),
            Err(error) if error.kind == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
        let again = app.ports.retrievals().get(&retrieval.organisation, &retrieval.id);
        let Some(newer) = in_time(&app.ports, PATIENCE, "read a job", again).await? else { break };
        (retrieval, version) = newer;
    }
    Err(late("note a job"))
}

async fn what_became<P: ApiPorts>(
    app: &App<P>,
    retrieval: &Retrieval,
) -> Result<Vec<(usize, RetrievalOutcome)>, PortError> {
    let waiting: Vec<_> = retrieval.waiting().take(LOOKED_AT).collect();
    let recordings: Vec<RecordingRef> = waiting.iter().map(|(_, waiting)| waiting.recording.clone()).collect();
    let entries = entries::read(app, recordings).await?;
    let entry_of = |recording: &RecordingRef| entries.iter().find(|entry: &&LedgerEntry| entry.recording == *recording);
    let became = waiting
        .iter()
        .filter_map(|(number, waiting)| Some((*number, waiting.outcome_by(entry_of(&waiting.recording))?)));
    Ok(became.collect())
}
