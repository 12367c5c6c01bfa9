use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::{HttpClient, Problem, whole_body};
use crate::ports::{ErrorKind, PortError};

impl HttpClient {
    /// Sends a request that is answered with 200, or failed: then `word` finds the API's own word for it, as in
    /// [`Problem::read`].
    pub(in crate::adapters) async fn ask(
        &self,
        operation: &'static str,
        request: RequestBuilder,
        word: fn(&[u8]) -> Option<String>,
    ) -> Result<Response, PortError> {
        let response = self.send(operation, request).await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            _ => Err(Problem::read(response, word).await.port_error(operation)),
        }
    }
}

/// The JSON of an answer, of which no more than so many bytes are read. `otherwise` says that it is not the JSON that was
/// asked for: serde_json's own message may quote the body, so it is not kept.
pub(in crate::adapters) async fn json_of<T: DeserializeOwned>(
    operation: &'static str,
    response: Response,
    most_bytes: usize,
    otherwise: &'static str,
) -> Result<T, PortError> {
    let body = whole_body(operation, response, most_bytes).await?;
    read_json(operation, &body, otherwise)
}

/// The JSON of a body, as [`json_of`] reads it.
pub(in crate::adapters) fn read_json<T: DeserializeOwned>(
    operation: &'static str,
    body: &[u8],
    otherwise: &'static str,
) -> Result<T, PortError> {
    serde_json::from_slice(body).map_err(|_| PortError::new(ErrorKind::Unavailable, operation, otherwise))
}
