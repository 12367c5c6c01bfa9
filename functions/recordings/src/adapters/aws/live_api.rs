use std::sync::OnceLock;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::primitives::Blob;

use super::clients::Clients;
use super::errors::{gone, port_error};
use crate::live::{ConnectionId, News};
use crate::ports::{ErrorKind, LiveChannel, PortError, Sent};

const OPERATION: &str = "execute-api PostToConnection";

/// The connections of API Gateway's WebSocket API. IAM: `execute-api:ManageConnections` on `POST/@connections/*` of its stage.
///
/// Most invocations send nothing, so that the client is made by the first that does.
#[derive(Debug)]
pub struct LiveApi {
    clients: Clients,
    endpoint: Option<String>,
    client: OnceLock<Client>,
}

impl LiveApi {
    /// The API whose stage is at `endpoint`; where there is none, nothing can be sent.
    pub fn new(clients: &Clients, endpoint: Option<String>) -> Self {
        Self { clients: clients.clone(), endpoint, client: OnceLock::new() }
    }
}

impl LiveChannel for LiveApi {
    async fn send(&self, to: &ConnectionId, news: &News) -> Result<Sent, PortError> {
        let nowhere = || PortError::new(ErrorKind::Refused, OPERATION, "there is no live API");
        let endpoint = self.endpoint.as_deref().ok_or_else(nowhere)?;
        let unwritable = |error| PortError::new(ErrorKind::Invalid, OPERATION, "the news").because(error);
        let data = Blob::new(serde_json::to_vec(news).map_err(unwritable)?);
        let client = self.client.get_or_init(|| self.clients.live(endpoint));
        match client.post_to_connection().connection_id(to.as_str()).data(data).send().await {
            Ok(_) => Ok(Sent::Delivered),
            Err(error) if gone(&error) => Ok(Sent::Gone),
            Err(error) => Err(port_error(OPERATION, error)),
        }
    }
}

#[cfg(test)]
#[path = "live_api_tests.rs"]
mod tests;
