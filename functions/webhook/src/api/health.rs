//! Whether the function lives, and to operators more.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use jiff::Timestamp;
use recordings::ports::{Clock, PortError, SecretSource};
use recordings::recording::{Channels, Organisation};
use recordings::telemetry::causes;
use serde::Serialize;

use super::caller::{Caller, Operate};
use super::{cors, doctor, entries, loss_meter, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// What everybody is told: the function started with a whole configuration.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// What only operators are told.
    #[serde(flatten)]
    details: Option<Details>,
}

#[derive(Serialize)]
struct Details {
    version: &'static str,
    architecture: &'static str,
    organisation: Organisation,
    configuration: Configuration,
    /// What could not be read just now, by a stable word.
    unreachable: Vec<&'static str>,
    doctor: Option<Doctor>,
    reconciliation: Option<Reconciliation>,
}

/// How the installation is set, as far as it concerns who reads; nothing of it is secret.
#[derive(Serialize)]
struct Configuration {
    public_base_url: String,
    /// What the URLs in histories are.
    recording_url_kind: &'static str,
    link_url_seconds: u64,
    refreshed_url_seconds: u64,
    channels: &'static str,
    answers_calls: bool,
    cors_allowed_origins: Vec<String>,
    oidc_issuer: Option<String>,
    /// The providers that the organisation has credentials for; none where the secret cannot be read.
    providers: Option<Vec<&'static str>>,
}

/// What the doctor last reached.
#[derive(Serialize)]
struct Doctor {
    at: Timestamp,
    age_seconds: i64,
    checks: Vec<doctor::Reached>,
}

/// The last whole reconciliation.
#[derive(Serialize)]
struct Reconciliation {
    begun_at: Timestamp,
    age_seconds: i64,
    open: u32,
    oldest_open_seconds: Option<i64>,
}

/// Says that the function lives. Who shows a token is told more, if it gives the permission; nobody is told less, because
/// what is asked is whether this lives.
pub(super) async fn health<P: ApiPorts>(State(app): State<Arc<App<P>>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let caller: Option<Caller<Operate>> = match parts.headers.contains_key(AUTHORIZATION) {
        true => Caller::from_request_parts(&mut parts, &app).await.ok(),
        false => None,
    };
    let details = match caller {
        Some(caller) => Some(details(&app, caller.organisation).await),
        None => None,
    };
    private(&Health { status: "ok", details })
}

async fn details<P: ApiPorts>(app: &App<P>, organisation: Organisation) -> Details {
    let mut unreachable = Vec::new();
    let providers = or_unreachable(providers(app, &organisation).await, "secret", &mut unreachable);
    let checkup = or_unreachable(doctor::last(app, &organisation).await, "bucket", &mut unreachable);
    let meter = match unreachable.contains(&"bucket") {
        true => None,
        false => or_unreachable(loss_meter::last(app, &organisation).await, "bucket", &mut unreachable),
    };
    let now = app.ports.clock().now();
    let age = |then: Timestamp| now.duration_since(then).as_secs();
    let doctor = checkup.and_then(|checkup| {
        let at = checkup.at?;
        Some(Doctor { at, age_seconds: age(at), checks: checkup.reached() })
    });
    let reconciliation = meter.and_then(|meter| {
        let (begun_at, (open, oldest)) = (meter.begun_at?, meter.open());
        Some(Reconciliation { begun_at, age_seconds: age(begun_at), open, oldest_open_seconds: oldest.map(age) })
    });
    Details {
        version: env!("CARGO_PKG_VERSION"),
        architecture: std::env::consts::ARCH,
        configuration: configuration(app, providers),
        organisation,
        unreachable,
        doctor,
        reconciliation,
    }
}

fn configuration<P>(app: &App<P>, providers: Option<Vec<&'static str>>) -> Configuration {
    let settings = &app.settings;
    Configuration {
        public_base_url: settings.public_base_url.clone(),
        recording_url_kind: settings.api.line_url.as_str(),
        link_url_seconds: settings.signed_url_lifetime.as_secs(),
        refreshed_url_seconds: settings.api.refreshed_url_lifetime.as_secs(),
        channels: match settings.channels {
            Channels::Mono => "mono",
            Channels::Dual => "dual",
        },
        answers_calls: settings.voice.is_some(),
        cors_allowed_origins: match &settings.api.cors_allowed_origins {
            cors::AllowedOrigins::Any => vec!["*".to_owned()],
            cors::AllowedOrigins::These(origins) => origins.clone(),
        },
        oidc_issuer: settings.api.oidc.as_ref().map(|oidc| oidc.issuer.clone()),
        providers,
    }
}

async fn providers<P: ApiPorts>(app: &App<P>, organisation: &Organisation) -> Result<Vec<&'static str>, PortError> {
    let read = app.ports.secrets().current();
    let secrets = in_time(&app.ports, entries::PATIENCE, "read the secret", read).await?;
    let ours = secrets.organisations.get(organisation);
    Ok(ours.map(|ours| ours.providers().map(|provider| provider.as_str()).collect()).unwrap_or_default())
}

/// What cannot be read is itself what an operator wants to know.
fn or_unreachable<T>(read: Result<T, PortError>, what: &'static str, unreachable: &mut Vec<&'static str>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(error) => {
            tracing::warn!(
                log_type = "health_unreachable",
                what,
                error_code = error.kind.code(),
                error = %causes(&error),
                "what an operator asked for cannot be read just now",
            );
            unreachable.push(what);
            None
        }
    }
}
