//! What the doctor last said of what lies outside of Tapeline.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use recordings::ports::CursorRead;
use recordings::recording::{Organisation, Provider};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, Operate};
use super::{Answer, entries, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// Where the sweeper keeps the answer.
const KEPT: &str = "doctor";

/// What the sweeper keeps: each check of every organisation.
#[derive(Deserialize)]
struct Kept {
    at: Timestamp,
    checks: Vec<KeptCheck>,
}

#[derive(Deserialize)]
struct KeptCheck {
    organisation: Organisation,
    #[serde(flatten)]
    check: Check,
}

/// The doctor's last answer, as far as it is about the caller's organisation.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct LastCheckup {
    /// When the doctor began; none before it ever ran.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Each check, in order.
    checks: Vec<Check>,
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
    responses((status = 200, description = "the last answer", body = LastCheckup)),
    security(("token" = ["operate"])),
)]
pub(super) async fn last_checkup<P: ApiPorts>(caller: Caller<Operate>, app: Arc<App<P>>, (): ()) -> Answer<Response> {
    let read = app.ports.cursors().last(KEPT);
    let kept = in_time(&app.ports, entries::PATIENCE, "read the doctor's last answer", read).await?;
    // What another version kept is no use; the doctor says it again.
    let kept: Option<Kept> = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    let answer = kept.map_or_else(LastCheckup::default, |Kept { at, checks }| {
        let ours = checks.into_iter().filter(|check| check.organisation == caller.organisation);
        LastCheckup { at: Some(at), checks: ours.map(|check| check.check).collect() }
    });
    Ok(private(&answer))
}
