//! A ticket for a connection over which news comes as it happens.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use recordings::live::Ticket;
use recordings::ports::{Clock, Random, SecretSource};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Caller, ViewCallHistory};
use super::entries::PATIENCE;
use super::problem::NOT_FOUND;
use super::{Answer, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// What opens a connection.
#[derive(Serialize, ToSchema)]
pub(super) struct LiveTicket {
    /// The WebSocket's address; the ticket goes into its query, as `?ticket=…`.
    #[schema(example = "wss://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live")]
    url: String,
    /// Admits one connection, once.
    ticket: String,
    /// Until when it has to be used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Until when the connection hears anything: two hours, or until the token ends.
    #[schema(value_type = String, format = DateTime)]
    hears_until: Timestamp,
}

/// A ticket for one connection over which news comes as it happens: `recording_ready`, `recording_failed` and `job_progress`,
/// each as JSON whose `type` says which. Nothing is lost without it: the list and the job tell the same.
#[utoipa::path(
    post,
    path = "/api/live/tickets",
    tag = "reading",
    responses(
        (status = 200, description = "the ticket, and where it is used", body = LiveTicket),
        (status = 404, description = "this installation sends no news"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn live_ticket<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    (): (),
) -> Answer<Response> {
    let url = app.settings.live_url.clone().ok_or(&NOT_FOUND)?;
    let secrets = in_time(&app.ports, PATIENCE, "read the secret", app.ports.secrets().current()).await?;
    let (number, now) = (app.ports.random().number(), app.ports.clock().now());
    let ticket = Ticket::new(caller.organisation, number, caller.token_ends, now);
    Ok(private(&LiveTicket {
        url,
        ticket: ticket.seal(&secrets.link_keys),
        expires_at: ticket.good_until,
        hears_until: ticket.hears_until,
    }))
}
