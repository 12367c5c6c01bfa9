use std::sync::Arc;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, OnceCell};

use super::bucket::moment;
use super::clients::Clients;
use super::errors::port_error;
use crate::ports::{Clock, ErrorKind, Installation, PortError, SecretAge, SecretSource};
use crate::secrets::Secrets;
use crate::telemetry::causes;

const OPERATION: &str = "secretsmanager GetSecretValue";
const DESCRIBE: &str = "secretsmanager DescribeSecret";
/// How long a copy is used without asking again.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// How old a copy may grow while no newer one can be had.
const BEARABLE: SignedDuration = SignedDuration::from_hours(1);
/// After a failed refresh the old copy serves for this long before the next try.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The one secret, read from Secrets Manager and kept for a few minutes.
#[derive(Debug)]
pub struct SecretsManager<C> {
    client: aws_sdk_secretsmanager::Client,
    secret_id: String,
    clock: C,
    /// Held while the secret is fetched, so that it is fetched once.
    copy: Mutex<Option<Held>>,
    /// It does not change, so that a process asks for it once.
    made_at: OnceCell<Timestamp>,
}

#[derive(Debug)]
struct Held {
    secrets: Arc<Secrets>,
    fetched_at: Timestamp,
    refresh_at: Timestamp,
}

impl<C: Clock> SecretsManager<C> {
    /// The secret of a name or ARN. Nothing is fetched yet.
    pub fn new(clients: &Clients, secret_id: &str, clock: C) -> Self {
        let client = clients.secrets_manager();
        Self { client, secret_id: secret_id.to_owned(), clock, copy: Mutex::new(None), made_at: OnceCell::new() }
    }

    async fn fetch(&self) -> Result<Arc<Secrets>, PortError> {
        let request = self.client.get_secret_value().secret_id(&self.secret_id);
        let answer = request.send().await.map_err(|error| port_error(OPERATION, error))?;
        let refused = |detail| PortError::new(ErrorKind::Refused, OPERATION, detail);
        let json = answer.secret_string.ok_or_else(|| refused("the secret is not text"))?;
        let secrets = Secrets::parse(&json).map_err(|error| refused("the secret cannot be used").because(error))?;
        Ok(Arc::new(secrets))
    }

    async fn describe(&self) -> Result<DescribeSecretOutput, PortError> {
        let request = self.client.describe_secret().secret_id(&self.secret_id);
        request.send().await.map_err(|error| port_error(DESCRIBE, error))
    }

    async fn created(&self) -> Result<Timestamp, PortError> {
        let made_at = self.describe().await?.created_date.and_then(moment);
        made_at.ok_or_else(|| PortError::new(ErrorKind::Unavailable, DESCRIBE, "the answer names no creation date"))
    }
}

impl<C: Clock> Installation for SecretsManager<C> {
    async fn made_at(&self) -> Result<Timestamp, PortError> {
        self.made_at.get_or_try_init(|| self.created()).await.copied()
    }
}

impl<C: Clock> SecretAge for SecretsManager<C> {
    async fn changed_at(&self) -> Result<Timestamp, PortError> {
        let described = self.describe().await?;
        let changed_at = described.last_changed_date.or(described.created_date).and_then(moment);
        changed_at
            .ok_or_else(|| PortError::new(ErrorKind::Unavailable, DESCRIBE, "the answer names no date of a change"))
    }
}

impl<C: Clock> SecretSource for SecretsManager<C> {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        let mut copy = self.copy.lock().await;
        let now = self.clock.now();
        if let Some(held) = copy.as_ref().filter(|held| now < held.refresh_at) {
            return Ok(Arc::clone(&held.secrets));
        }
        match self.fetch().await {
            Ok(secrets) => {
                *copy = Some(Held { secrets: Arc::clone(&secrets), fetched_at: now, refresh_at: now + FRESH });
                Ok(secrets)
            }
            Err(error) => match copy.as_mut().filter(|held| now < held.fetched_at + BEARABLE) {
                Some(held) => {
                    tracing::error!(
                        log_type = "secret_stale",
                        error_code = error.kind.code(),
                        error = %causes(&error),
                        fetched_at = %held.fetched_at,
                        "the secret cannot be refreshed; the old copy serves for an hour",
                    );
                    held.refresh_at = now + PAUSE;
                    Ok(Arc::clone(&held.secrets))
                }
                None => Err(error),
            },
        }
    }
}

#[cfg(test)]
#[path = "secrets_manager_tests.rs"]
mod tests;
