use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;

use super::failure;
use crate::ports::{ErrorKind, PortError};

/// What is read of an answer that says no. An error worth reading is short.
const ERROR_BODY_BYTES: usize = 16 * 1024;
const ERROR_BODY_TIME: Duration = Duration::from_secs(5);

/// The beginning of an error's body: what of it arrives in time. It only explains, so its own failures do not count.
pub(in crate::adapters) async fn error_body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ERROR_BODY_BYTES - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == ERROR_BODY_BYTES {
                break;
            }
        }
    };
    // Too late is as good as broken off: what has arrived is used.
    let _ = tokio::time::timeout(ERROR_BODY_TIME, reading).await;
    body
}

/// The whole of a body that is at most `limit` bytes long.
pub(in crate::adapters) async fn whole_body(
    operation: &'static str,
    mut response: Response,
    limit: usize,
) -> Result<Bytes, PortError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(operation, error))? {
        if body.len() + chunk.len() > limit {
            return Err(PortError::new(ErrorKind::Invalid, operation, "the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}
