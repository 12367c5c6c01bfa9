//! The figures that operators want of their organisation.

mod recent;

use std::sync::Arc;

use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, Operate};
use super::input::Parameters;
use super::loss_meter::{self, LossMeter};
use super::{Answer, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

use recent::Recent;

/// Today and yesterday, so that there is something to see shortly after midnight.
const DAYS: i32 = 2;
/// The most days that may be asked for.
const MOST_DAYS: i32 = 7;

const PARAMETERS: [&str; 1] = ["days"];

/// The figures.
#[derive(Serialize, ToSchema)]
pub(super) struct Figures {
    loss_meter: LossMeter,
    recent: Recent,
}

/// The organisation's figures: what the last reconciliation found, and what became of the recordings of the last days.
#[utoipa::path(
    get,
    path = "/api/metrics",
    tag = "operation",
    params(("days" = Option<i32>, Query, minimum = 1, maximum = 7, description = "how many days are looked at, UTC, today included; 2 where it is left out")),
    responses((status = 200, description = "the figures", body = Figures)),
    security(("token" = ["operate"])),
)]
pub(super) async fn metrics<P: ApiPorts>(caller: Caller<Operate>, app: Arc<App<P>>, uri: Uri) -> Answer<Response> {
    let parameters = Parameters::read(uri.query().unwrap_or_default(), &PARAMETERS)?;
    let number = |text: &str| text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let days = parameters.parse("days", "a number from 1 to 7", number)?.unwrap_or(DAYS);
    let loss_meter = loss_meter::last(&app, &caller.organisation).await?;
    let left = caller.deadline.left(app.ports.clock());
    let recent = in_time(&app.ports, left, "look at the last days", recent::look(&app, &caller.organisation, days));
    Ok(private(&Figures { loss_meter, recent: recent.await? }))
}
