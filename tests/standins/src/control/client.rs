use hyper::Uri;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::courier::{Courier, Failure};

/// Drives stand-ins that run in another process, with the methods of [`World`](crate::World).
#[derive(Clone, Debug)]
pub struct ControlClient {
    base: String,
    courier: Courier,
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The stand-ins said no.
    #[error("{operation}: {message} ({status})")]
    Refused {
        /// The operation.
        operation: &'static str,
        /// 404 for what is not there, 400 and 422 for what makes no sense.
        status: u16,
        /// Why.
        message: String,
    },
    /// Nobody answered at the address, or the connection broke.
    #[error("{operation}: no answer from {base}: {failure:?}")]
    Unreachable {
        /// The operation.
        operation: &'static str,
        /// The address.
        base: String,
        /// What happened.
        failure: Failure,
    },
    /// The answer is not what this version understands.
    #[error("{operation}: the answer is not understood")]
    NotUnderstood {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl ControlClient {
    /// A client of the stand-ins that listen at this base URL, whichever of them it is.
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), courier: Courier::default() }
    }

    pub(super) async fn call<R: DeserializeOwned>(
        &self,
        operation: &'static str,
        argument: &impl Serialize,
    ) -> Result<R, ControlError> {
        let unreachable = |failure| ControlError::Unreachable { operation, base: self.base.clone(), failure };
        let not_understood = |source| ControlError::NotUnderstood { operation, source };
        let url = format!("{}/_control/{operation}", self.base);
        let uri: Uri = url.parse().map_err(|_| unreachable(Failure::Connect))?;
        let argument = serde_json::to_vec(argument).map_err(not_understood)?;
        let (status, body) = self.courier.send_json(uri, argument).await.map_err(unreachable)?;
        if status == 200 {
            return serde_json::from_slice(&body).map_err(not_understood);
        }
        let refusal: Value = serde_json::from_slice(&body).unwrap_or_default();
        let message = refusal["error"].as_str().unwrap_or("refused without a reason").to_owned();
        Err(ControlError::Refused { operation, status, message })
    }
}
