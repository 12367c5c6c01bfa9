//! What somebody decides about a call's recordings: a hold, its release, an erasure, a job, another retention, links that
//! stop working. What is decided is durable when it is answered; transfer carries it out, however often it is told.

pub(super) mod change;

use std::sync::Arc;

use axum::Json as Answered;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use recordings::call_control::{CallControl, OnHold, WasErased};
use recordings::ledger_entry::{Change, LedgerEntry, Retention};
use recordings::object_key::ObjectKey;
use recordings::ports::{CallEntries, Clock};
use recordings::recording::{CallRef, JobNumber, RecordingRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::caller::{Caller, ManageRecordings};
use super::input::{CallInPath, Json};
use super::problem::{ERASED, NOT_FOUND, NOTHING_LEFT, ON_HOLD};
use super::{Answer, entries, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// What was decided about a call.
#[derive(Serialize, ToSchema)]
pub(crate) struct Decided {
    /// The call at its provider.
    call_id: String,
    /// A legal hold is on: nothing of the call is deleted.
    hold: bool,
}

/// An erasure that was asked for. It goes on until nothing of the call is left.
#[derive(Serialize, ToSchema)]
pub(crate) struct BeingErased {
    /// The call at its provider.
    call_id: String,
    /// When its erasure was asked for, the first time.
    #[schema(value_type = String, format = DateTime)]
    erased_at: Timestamp,
    /// Where in the bucket the receipt will lie once nothing is left.
    receipt: String,
}

/// The job that a call belongs to.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Assignment {
    /// Its number.
    #[schema(value_type = String, example = "JOB456")]
    job_number: JobNumber,
}

/// A job that was assigned.
#[derive(Serialize, ToSchema)]
pub(crate) struct Assigned {
    /// The call at its provider.
    call_id: String,
    /// The job whose history gets the recordings' lines.
    job_number: String,
    /// Jobs that the call was taken for before. Their histories keep the lines that they have.
    former_jobs: Vec<String>,
}

/// For how long a call's recordings are kept.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Keeping {
    /// `standard`, or `important`, which is longer.
    #[schema(value_type = String, example = "important")]
    retention: Retention,
}

/// For how long a call's recordings are kept from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Kept {
    /// The call at its provider.
    call_id: String,
    /// `standard` or `important`.
    #[schema(value_type = String)]
    retention: Retention,
}

/// Links that stopped working.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revoked {
    /// The call at its provider.
    call_id: String,
    /// How many recordings' links were revoked. What was handed out of the bucket before lives out its minutes.
    recordings: usize,
}

/// Places a legal hold: nothing of the call is deleted, neither by a rule nor on request, until it is released.
#[utoipa::path(
    post,
    path = "/api/recordings/{callId}/hold",
    tag = "controlling",
    responses(
        (status = 200, description = "the hold is on", body = Decided),
        (status = 409, description = "the call was erased"),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn hold<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call = caller.call(call);
    let known = known(&app, &call).await?;
    let held = |control: &CallControl| control.held().map_err(|WasErased| &ERASED);
    let control = change::decide(&app, &call, held).await?;
    // Who would delete asks the entry: it says so before this is answered.
    change::follow(&app, &known, &control).await?;
    change::tell(&app, &call).await?;
    Ok(decided(&control))
}

/// Releases a legal hold. What retention ended meanwhile is deleted by the bucket's rules.
#[utoipa::path(
    post,
    path = "/api/recordings/{callId}/release",
    tag = "controlling",
    responses((status = 200, description = "no hold is on", body = Decided)),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn release<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call = caller.call(call);
    known(&app, &call).await?;
    let control = change::decide(&app, &call, |control| Ok(control.released())).await?;
    change::tell(&app, &call).await?;
    Ok(decided(&control))
}

/// Erases a call: its audio in every version, what was derived from it, the provider's copies, and the links to it. It
/// cannot be taken back. Asked for again, it is answered in the same way.
#[utoipa::path(
    delete,
    path = "/api/recordings/{callId}",
    tag = "controlling",
    responses(
        (status = 202, description = "it is being erased, until nothing is left", body = BeingErased),
        (status = 409, description = "a legal hold is on"),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn erase<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call = caller.call(call);
    let known = known(&app, &call).await?;
    let (now, by) = (app.ports.clock().now(), opaque(&caller));
    let erased = |control: &CallControl| control.erased(now, &by).map_err(|OnHold| &ON_HOLD);
    let control = change::decide(&app, &call, erased).await?;
    // Who would play it asks the entry: nothing is issued any more once this is answered.
    change::follow(&app, &known, &control).await?;
    change::tell(&app, &call).await?;
    let erased_at = control.erasure().map_or(now, |erasure| erasure.at);
    let receipt = ObjectKey::Receipt(&call, erased_at, 0).to_string();
    let being_erased = BeingErased { call_id: call.call_id.to_string(), erased_at, receipt };
    Ok((StatusCode::ACCEPTED, [("cache-control", "private, no-store")], Answered(being_erased)).into_response())
}

/// Assigns a call to a job, or corrects that: the job's history gets the recordings' lines. Another job's keeps those that
/// it has, because a history is only ever appended to.
#[utoipa::path(
    post,
    path = "/api/recordings/{callId}/assign",
    tag = "controlling",
    request_body = Assignment,
    responses(
        (status = 200, description = "the job gets the lines", body = Assigned),
        (status = 409, description = "nothing is left of the call"),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn assign<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    (call, Json(assignment)): (CallInPath, Json<Assignment>),
) -> Answer<Response> {
    let call = caller.call(call);
    let job = assignment.job_number;
    let changed = everywhere(&app, &call, &Change::JobAssigned(job.clone())).await?;
    let mut former_jobs: Vec<String> = changed
        .iter()
        .flat_map(|entry| &entry.former_jobs)
        .filter(|former| **former != job)
        .map(ToString::to_string)
        .collect();
    former_jobs.sort();
    former_jobs.dedup();
    Ok(private(&Assigned { call_id: call.call_id.to_string(), job_number: job.to_string(), former_jobs }))
}

/// Says for how long a call's recordings are kept.
#[utoipa::path(
    post,
    path = "/api/recordings/{callId}/retention",
    tag = "controlling",
    request_body = Keeping,
    responses(
        (status = 200, description = "they are kept so long", body = Kept),
        (status = 409, description = "nothing is left of the call"),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn keep<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    (call, Json(keeping)): (CallInPath, Json<Keeping>),
) -> Answer<Response> {
    let call = caller.call(call);
    everywhere(&app, &call, &Change::RetentionChosen(keeping.retention)).await?;
    Ok(private(&Kept { call_id: call.call_id.to_string(), retention: keeping.retention }))
}

/// Revokes every link to a call's recordings that was made so far. The lines in histories stay, and lead nowhere.
#[utoipa::path(
    post,
    path = "/api/recordings/{callId}/revoke-link",
    tag = "controlling",
    responses(
        (status = 200, description = "the links are revoked", body = Revoked),
        (status = 409, description = "nothing is left of the call"),
    ),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn revoke_link<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    call: CallInPath,
) -> Answer<Response> {
    let call = caller.call(call);
    let recordings = everywhere(&app, &call, &Change::LinksRevoked).await?.len();
    Ok(private(&Revoked { call_id: call.call_id.to_string(), recordings }))
}

/// Changes every entry of a call that can be changed so, and has the rest carried out.
async fn everywhere<P: ApiPorts>(app: &App<P>, call: &CallRef, what: &Change) -> Answer<Vec<LedgerEntry>> {
    let known = known(app, call).await?;
    change::tell_beforehand(app, call).await?;
    let mut changed = Vec::new();
    for recording in &known {
        changed.extend(change::entry(app, recording, what).await?);
    }
    if changed.is_empty() {
        return Err((&NOTHING_LEFT).into());
    }
    change::tell(app, call).await?;
    Ok(changed)
}

/// The recordings of a call that are in the ledger. Another organisation's call has none, like one that nobody knows.
async fn known<P: ApiPorts>(app: &App<P>, call: &CallRef) -> Answer<Vec<RecordingRef>> {
    let list = app.ports.call_entries().list(call);
    let known = in_time(&app.ports, entries::PATIENCE, "list a call's ledger entries", list).await?;
    if known.is_empty() { Err((&NOT_FOUND).into()) } else { Ok(known) }
}

/// A user's id may be a name or an address; in what stays of an erased call it is only compared.
fn opaque(caller: &Caller<ManageRecordings>) -> String {
    let digest = Sha256::digest(format!("{}/{}", caller.organisation, caller.visitor.user));
    hex::encode(&digest[..8])
}

fn decided(control: &CallControl) -> Response {
    private(&Decided { call_id: control.call.call_id.to_string(), hold: control.is_held() })
}
