//! Who calls the API, and with what permission.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jiff::Timestamp;
use recordings::ports::{Clock, SecretSource};
use recordings::recording::{CallRef, Organisation};
use recordings::telemetry::Metric;
use recordings::telemetry::Metrics;

use super::failure::Failure;
use super::input::CallInPath;
use super::problem::{PERMISSION_MISSING, Problem, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_MISSING};
use super::token::{self, Bearer, TokenError, Unknown};
use crate::access::Visitor;
use crate::link::deadline::Deadline;
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// How long the secret may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// What a token may let its bearer do.
pub(crate) trait Permission: Send + 'static {
    /// Its name among a token's claims.
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $claim:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) struct $name;

            impl Permission for $name {
                const NAME: &'static str = $claim;
            }
        )*
    };
}

permissions! {
    /// To read what is known of calls, and to hear them.
    ViewCallHistory = "view_call_history";
    /// To change what is known of them, to have audio fetched, to decide what becomes of it, and to see who heard it.
    ManageRecordings = "manage_recordings";
    /// To see figures and checks.
    Operate = "operate";
}

/// Somebody whose token is good and gives the permission `Q`. There is no other way to one, so that a handler which takes it
/// cannot be reached without the permission.
#[derive(Debug)]
pub(crate) struct Caller<Q> {
    /// The one organisation whose recordings there are for this caller.
    pub(crate) organisation: Organisation,
    /// Who it is, for the trace of an access.
    pub(crate) visitor: Visitor,
    /// When the token ends.
    pub(crate) token_ends: Timestamp,
    /// Until when the caller has to have an answer.
    pub(crate) deadline: Deadline,
    permission: PhantomData<Q>,
}

impl<Q> Caller<Q> {
    /// A call of the caller's own organisation. No other's can be named.
    pub(crate) fn call(&self, CallInPath { provider, call_id }: CallInPath) -> CallRef {
        CallRef { organisation: self.organisation.clone(), provider, call_id }
    }
}

impl<P: ApiPorts, Q: Permission> FromRequestParts<Arc<App<P>>> for Caller<Q> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, app: &Arc<App<P>>) -> Result<Self, Problem> {
        let deadline = Deadline::of_now(app.ports.clock());
        let bearer = bearer(app, request).await?;
        if !bearer.permissions.iter().any(|permission| permission == Q::NAME) {
            refuse(app, request, PERMISSION_MISSING.code());
            return Err(Problem::new(&PERMISSION_MISSING).detail(format!("The route asks for {}.", Q::NAME)));
        }
        let visitor = Visitor::named(&bearer.user, request);
        Ok(Self {
            organisation: bearer.organisation,
            visitor,
            token_ends: bearer.ends,
            deadline,
            permission: PhantomData,
        })
    }
}

async fn bearer<P: ApiPorts>(app: &App<P>, request: &Parts) -> Result<Bearer, Problem> {
    let Some(token) = bearer_token(request) else {
        refuse(app, request, TOKEN_MISSING.code());
        return Err(Problem::new(&TOKEN_MISSING));
    };
    let read = app.ports.secrets().current();
    let secrets = in_time(&app.ports, PATIENCE, "read the secret", read)
        .await
        .map_err(|error| Failure::Port(error).answer(app, request.uri.path(), None))?;
    token::verify(app, token, &secrets).await.map_err(|unknown| match unknown {
        Unknown::Token(error) => {
            refuse(app, request, error.code());
            Problem::new(if error == TokenError::Expired { &TOKEN_EXPIRED } else { &TOKEN_INVALID })
        }
        Unknown::Port(error) => Failure::Port(error).answer(app, request.uri.path(), None),
    })
}

/// Source: RFC 6750, 2.1. The scheme's case does not matter.
fn bearer_token(request: &Parts) -> Option<&str> {
    let (scheme, token) = request.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

fn refuse<P: ApiPorts>(app: &App<P>, request: &Parts, code: &'static str) {
    tracing::warn!(log_type = "api_refused", route = request.uri.path(), error_code = code, "a caller was refused");
    app.ports.metrics().record_own(app.ports.clock().now(), &[Metric::one("api_refused")]);
}
