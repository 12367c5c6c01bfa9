//! Connections over which news comes as it happens. API Gateway keeps them; this function is asked once for each, whether it
//! may be there.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use recordings::live::{ConnectionId, Refused, Ticket};
use recordings::ports::{Clock, ErrorKind, ListenersRead, ListenersWrite, PortError, SecretSource};
use recordings::telemetry::{Metric, Metrics, causes};

use crate::patience::{in_time, late};
use crate::{ApiPorts, App};

const PATIENCE: Duration = Duration::from_secs(4);

/// Pages that all connect again after an interruption meet in one document.
const MAX_RACES: u32 = 8;

/// Answers the events of the WebSocket API, which have no path; everything else goes on to its route.
pub(crate) async fn answer<P: ApiPorts>(State(app): State<Arc<App<P>>>, request: Request, next: Next) -> Response {
    let Some(RequestContext::WebSocket(socket)) = request.extensions().get::<RequestContext>() else {
        return next.run(request).await;
    };
    match socket.event_type.as_deref() {
        Some("CONNECT") => {}
        // The template leads neither here. What a page says is not listened to.
        Some("MESSAGE" | "DISCONNECT") => return StatusCode::OK.into_response(),
        // It may be anything, a webhook too, and nothing was written down of it.
        _ => return unknown(&app),
    }
    let id = socket.connection_id.as_deref().and_then(|id| id.parse::<ConnectionId>().ok());
    let parameters = request.query_string_parameters();
    match (id, parameters.first("ticket")) {
        (Some(id), Some(ticket)) => admit(&app, id, ticket).await,
        _ => refuse(&app, "no ticket", StatusCode::FORBIDDEN),
    }
}

async fn admit<P: ApiPorts>(app: &App<P>, id: ConnectionId, sealed: &str) -> Response {
    match let_in(app, id, sealed).await {
        Ok(Admission::Admitted) => StatusCode::OK.into_response(),
        Ok(Admission::NoTicket) => refuse(app, "no ticket of ours that is still good", StatusCode::FORBIDDEN),
        Ok(Admission::Refused(why @ Refused::Used)) => refuse(app, &why.to_string(), StatusCode::FORBIDDEN),
        Ok(Admission::Refused(why @ Refused::Full)) => refuse(app, &why.to_string(), StatusCode::TOO_MANY_REQUESTS),
        Err(error) => {
            tracing::error!(
                log_type = "live_not_admitted",
                error_code = error.kind.code(),
                error = %causes(&error),
                "whether a connection may listen cannot be told; the page asks every few seconds instead",
            );
            count(app, "live_not_admitted");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// What becomes of a connection.
enum Admission {
    Admitted,
    NoTicket,
    Refused(Refused),
}

async fn let_in<P: ApiPorts>(app: &App<P>, id: ConnectionId, sealed: &str) -> Result<Admission, PortError> {
    let ports = &app.ports;
    let secrets = in_time(ports, PATIENCE, "read the secret", ports.secrets().current()).await?;
    let Ok(ticket) = Ticket::open(&secrets.link_keys, sealed, ports.clock().now()) else {
        return Ok(Admission::NoTicket);
    };
    let organisation = &ticket.organisation;
    for _ in 0..MAX_RACES {
        let read = in_time(ports, PATIENCE, "read who listens", ports.listeners().get(organisation)).await?;
        let (mut listeners, version) = read.map(|(listeners, version)| (listeners, Some(version))).unwrap_or_default();
        if let Err(refused) = listeners.admit(&ticket, id.clone(), ports.clock().now()) {
            return Ok(Admission::Refused(refused));
        }
        let swap = ports.listeners().swap(organisation, &listeners, version.as_ref());
        match in_time(ports, PATIENCE, "note who listens", swap).await {
            Ok(()) => return Ok(Admission::Admitted),
            Err(error) if error.kind == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Err(late("note who listens"))
}

fn unknown<P: ApiPorts>(app: &App<P>) -> Response {
    tracing::error!(log_type = "live_event_unknown", "an event is neither a request nor one of a connection's");
    count(app, "live_event_unknown");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn refuse<P: ApiPorts>(app: &App<P>, why: &str, status: StatusCode) -> Response {
    tracing::warn!(log_type = "live_refused", why, "a connection may not listen");
    count(app, "live_refused");
    status.into_response()
}

fn count<P: ApiPorts>(app: &App<P>, what: &'static str) {
    app.ports.metrics().record_own(app.ports.clock().now(), &[Metric::one(what)]);
}
