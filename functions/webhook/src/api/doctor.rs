//! What the doctor last said of what lies outside of Tapeline.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use recordings::ports::{CursorRead, PortError};
use recordings::recording::{Organisation, Provider};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Operate};
use super::conditional::{Keeping, tagged};
use super::{Answer, entries};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// Where the sweeper keeps the answer.
const KEPT: &str = "doctor";

/// What the sweeper keeps: each check of every organisation, and of the installation.
#[derive(Deserialize)]
struct Kept {
    at: Timestamp,
    checks: Vec<KeptCheck>,
}

#[derive(Deserialize)]
struct KeptCheck {
    /// None where it is about the installation, which is everybody's.
    #[serde(default)]
    organisation: Option<Organisation>,
    #[serde(flatten)]
    check: Check,
}

/// The doctor's last answer, as far as it is about the caller's organisation.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct LastCheckup {
    /// When the doctor began; none before it ever ran.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) at: Option<Timestamp>,
    /// Each check, in order.
    checks: Vec<Check>,
}

/// Whether a check could look, and how much it found.
#[derive(Serialize)]
pub(super) struct Reached {
    name: String,
    provider: Option<Provider>,
    failed: Option<String>,
    findings: usize,
}

/// What one check came to.
#[derive(Serialize, Deserialize, ToSchema)]
struct Check {
    /// Its name.
    name: String,
    /// Which provider it is about, where it is about one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    provider: Option<Provider>,
    /// How much was looked at.
    looked_at: u32,
    /// Why nothing could be looked at.
    #[serde(default)]
    failed: Option<String>,
    /// What is not as it should be.
    findings: Vec<Finding>,
}

/// Something that is not as it should be.
#[derive(Serialize, Deserialize, ToSchema)]
struct Finding {
    /// A stable word for it.
    what: String,
    /// What it is about, by its id.
    subject: String,
    /// What to do.
    advice: String,
    /// Whether it was mended at once.
    mended: bool,
}

/// Tells what the doctor last said. Nobody waits for another examination.
#[utoipa::path(
    get,
    path = "/api/doctor",
    tag = "operation",
    responses(
        (status = 200, description = "the last answer", body = LastCheckup),
        (status = 304, description = "it is what If-None-Match names"),
    ),
    security(("token" = ["operate"])),
)]
pub(super) async fn last_checkup<P: ApiPorts>(caller: Caller<Operate>, app: Arc<App<P>>, (): ()) -> Answer<Response> {
    Ok(tagged(Keeping::Cached, &last(&app, &caller.organisation).await?))
}

/// What the doctor last said of one organisation.
pub(super) async fn last<P: ApiPorts>(app: &App<P>, organisation: &Organisation) -> Result<LastCheckup, PortError> {
    let read = app.ports.cursors().last(KEPT);
    let kept = in_time(&app.ports, entries::PATIENCE, "read the doctor's last answer", read).await?;
    // What another version kept is no use; the doctor says it again.
    let kept: Option<Kept> = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    Ok(kept.map_or_else(LastCheckup::default, |Kept { at, checks }| {
        let ours =
            checks.into_iter().filter(|check| check.organisation.as_ref().is_none_or(|whose| whose == organisation));
        LastCheckup { at: Some(at), checks: ours.map(|check| check.check).collect() }
    }))
}

impl LastCheckup {
    /// What it could look at.
    pub(super) fn reached(self) -> Vec<Reached> {
        let reached = |check: Check| Reached {
            name: check.name,
            provider: check.provider,
            failed: check.failed,
            findings: check.findings.iter().filter(|finding| !finding.mended).count(),
        };
        self.checks.into_iter().map(reached).collect()
    }
}
