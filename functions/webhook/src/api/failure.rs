use axum::response::{IntoResponse, Response};
use recordings::ports::{Clock, PortError};
use recordings::recording::Organisation;
use recordings::telemetry::{Metric, Metrics, causes};

use super::problem::{Kind, Problem, UNAVAILABLE};
use crate::{ApiPorts, App};

/// Why a handler has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller has to do something about it.
    Problem(Problem),
    /// Somebody outside failed us; the caller may ask again.
    Port(PortError),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<&'static Kind> for Failure {
    fn from(kind: &'static Kind) -> Self {
        Self::Problem(Problem::new(kind))
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl Failure {
    /// What is answered. What we failed of ourselves is logged and counted here, once, and not told.
    pub(super) fn answer<P: ApiPorts>(self, app: &App<P>, route: &str, organisation: Option<&Organisation>) -> Problem {
        let error = match self {
            Self::Problem(problem) => return problem,
            Self::Port(error) => error,
        };
        tracing::error!(
            log_type = "api_failed",
            organisation = organisation.map(tracing::field::display),
            route,
            error_code = error.kind.code(),
            error = %causes(&error),
            "a request to the API could not be answered",
        );
        app.ports.metrics().record_own(app.ports.clock().now(), &[Metric::one("api_failed")]);
        Problem::new(&UNAVAILABLE)
    }

    pub(super) fn respond<P: ApiPorts>(self, app: &App<P>, route: &str, organisation: &Organisation) -> Response {
        self.answer(app, route, Some(organisation)).into_response()
    }
}
