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

/// The most entries that are read for one answer.
const MOST_READ: usize = 400;

const PARAMETERS: [&str; 2] = ["days", "most"];

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
    params(("days" = Option<i32>, Query, minimum = 1, maximum = 7, description = "how many days are looked at, UTC, today included; 2 where it is left out"), ("most" = Option<usize>, Query, minimum = 1, maximum = 400, description = "how many recordings are looked at, at the most; 400 where it is left out")),
    responses((status = 200, description = "the figures", body = Figures)),
    security(("token" = ["operate"])),
)]
pub(super) async fn metrics<P: ApiPorts>(caller: Caller<Operate>, app: Arc<App<P>>, uri: Uri) -> Answer<Response> {
    let parameters = Parameters::read(uri.query().unwrap_or_default(), &PARAMETERS)?;
    let number = |text: &str| text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let days = parameters.parse("days", "a number from 1 to 7", number)?.unwrap_or(DAYS);
    let number = |text: &str| text.parse().ok().filter(|most| (1..=MOST_READ).contains(most));
    let most = parameters.parse("most", "a number from 1 to 400", number)?.unwrap_or(MOST_READ);
    let loss_meter = loss_meter::last(&app, &caller.organisation).await?;
    let left = caller.deadline.left(app.ports.clock());
    let recent =
        in_time(&app.ports, left, "look at the last days", recent::look(&app, &caller.organisation, days, most));
    Ok(private(&Figures { loss_meter, recent: recent.await? }))
}
