//! The permanent link: a token leads to a signed URL that works for minutes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method as HttpMethod, StatusCode, header};
use axum::response::Response;
use futures_util::future::join;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use recordings::ledger_entry::{LedgerEntry, State as Recording};
use recordings::object_key::AudioKey;
use recordings::ports::{
    AuditLog, AuditRecord, Clock, LedgerRead, LinkSigner, Method, PortError, Random, SecretSource,
};
use recordings::telemetry::causes;

use crate::{App, Ports, answer};

/// Follows a link to the audio, for `GET` and `HEAD`.
pub(crate) async fn follow<P: Ports>(State(app): State<Arc<App<P>>>, request: Parts) -> Response {
    match open(&app, token(&request)).await {
        Ok(Some(entry)) => serve(&app, &entry, &request).await,
        Ok(None) => answer::sentence(StatusCode::NOT_FOUND, "There is no such recording.\n"),
        Err(error) => {
            tracing::error!(
                log_type = "link_failed",
                error_code = error.kind.code(),
                error = %causes(&error),
                "a link could not be followed",
            );
            out_of_reach()
        }
    }
}

/// The token as it stands in the path. No character of a token is ever escaped, so one that needs decoding is none.
fn token(request: &Parts) -> &str {
    request.uri.path().strip_prefix("/r/").unwrap_or_default()
}

/// The entry that a token names, whatever its state; `None` for what we did not seal or do not know.
async fn open<P: Ports>(app: &App<P>, token: &str) -> Result<Option<LedgerEntry>, PortError> {
    let Ok(target) = app.ports.secrets().current().await?.link_keys.open(token) else { return Ok(None) };
    let Some(read) = app.ports.ledger().get(&target.recording).await? else { return Ok(None) };
    // A revoked link answers like one that never was.
    Ok(Some(read.entry).filter(|entry| entry.link_generation == target.generation))
}

async fn serve<P: Ports>(app: &App<P>, entry: &LedgerEntry, request: &Parts) -> Response {
    match (entry.state(), &entry.recording_storage_path) {
        (Recording::Stored | Recording::Suspect | Recording::Settled, Some(key)) => {
            let (response, ()) = join(sign(app, entry, key, &request.method), audit(app, entry, request)).await;
            response
        }
        (Recording::Erased, _) => answer::sentence(StatusCode::GONE, "The recording was erased.\n"),
        (Recording::Expired, _) => {
            answer::sentence(StatusCode::GONE, "The recording was deleted when its retention ended.\n")
        }
        (Recording::Absent, _) => answer::sentence(StatusCode::NOT_FOUND, "The call has no recording.\n"),
        _ => answer::later(30, "The recording is on its way.\n"),
    }
}

async fn sign<P: Ports>(app: &App<P>, entry: &LedgerEntry, key: &AudioKey, method: &HttpMethod) -> Response {
    let method = if *method == HttpMethod::HEAD { Method::Head } else { Method::Get };
    let lifetime = app.settings.signed_url_lifetime;
    match app.ports.signer().sign(key, key.file_name(), method, lifetime).await {
        Ok(signed) => answer::redirect(&signed.url).unwrap_or_else(out_of_reach),
        Err(error) => {
            tracing::error!(
                log_type = "link_failed",
                organisation = %entry.recording.organisation,
                recording_id = %entry.recording.recording_id,
                error_code = error.kind.code(),
                error = %causes(&error),
                "a link could not be signed",
            );
            out_of_reach()
        }
    }
}

fn out_of_reach() -> Response {
    answer::later(5, "The recording cannot be reached just now.\n")
}

/// Every use leaves a trace; a log record stands in when the trace cannot be written.
async fn audit<P: Ports>(app: &App<P>, entry: &LedgerEntry, request: &Parts) {
    let record = AuditRecord {
        organisation: entry.recording.organisation.clone(),
        recording: entry.recording.clone(),
        at: app.ports.clock().now(),
        user: "link".to_owned(),
        ip: address(&request.extensions),
        user_agent: user_agent(&request.headers),
        tier: "bucket",
        outcome: "redirected",
        number: app.ports.random().number(),
    };
    if let Err(error) = app.ports.audit().append(&record).await {
        tracing::error!(
            log_type = "audit_not_written",
            organisation = %record.organisation,
            call_id = %record.recording.call_id,
            recording_id = %record.recording.recording_id,
            user = record.user,
            ip = record.ip,
            user_agent = record.user_agent,
            tier = record.tier,
            outcome = record.outcome,
            error_code = error.kind.code(),
            error = %causes(&error),
            "this record stands in for the audit record",
        );
        app.count(record.recording.provider, "audit_not_written");
    }
}

/// The address that API Gateway saw. A header that says another may be made up.
fn address(extensions: &Extensions) -> Option<String> {
    match extensions.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.clone(),
        _ => None,
    }
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(200).collect())
}
