use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_sts::types::Credentials as StsCredentials;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::clients::Clients;
use super::errors::port_error;
use crate::object_key::AudioKey;
use crate::ports::{Clock, ErrorKind, LinkSigner, Method, PortError, SignedUrl};
use crate::telemetry::causes;

const SESSION_NAME: &str = "tapeline-links";
/// The longest session of a role that is assumed by another role's credentials, as a function's are.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
const SESSION_SECONDS: i32 = 3600;
/// A URL ends this long before its credentials, so that a clock that is a little off breaks none.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// After a failed renewal the old session serves for this long before the next try.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

const ASSUME: &str = "sts AssumeRole links";
const SIGN: &str = "s3 sign audio";

/// What is signed, and as whom.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The bucket with the audio.
    pub bucket: String,
    /// The role that may read audio and nothing else, `LINK_SIGNER_ROLE_ARN`.
    pub role_arn: String,
    /// Where listeners reach the bucket, where that differs from where we do, `S3_PUBLIC_ENDPOINT`.
    pub public_endpoint: Option<String>,
}

/// Signs URLs with the credentials of a role of its own, so that it is known when they really end.
#[derive(Debug)]
pub struct S3LinkSigner<C> {
    signing: Signing,
    clients: Clients,
    sts: aws_sdk_sts::Client,
    clock: C,
    /// Held while a session is asked for, so that it is asked for once.
    session: Mutex<Option<Session>>,
}

#[derive(Debug, Clone)]
struct Session {
    s3: aws_sdk_s3::Client,
    renew_at: Timestamp,
    ends_at: Timestamp,
}

impl<C: Clock> S3LinkSigner<C> {
    /// A signer that has no session yet.
    pub fn new(clients: &Clients, signing: Signing, clock: C) -> Self {
        Self { signing, clients: clients.clone(), sts: clients.sts(), clock, session: Mutex::new(None) }
    }

    /// A session that is good for now: renewed at half its life, and used to its end while it cannot be.
    async fn session(&self, now: Timestamp) -> Result<Session, PortError> {
        let mut held = self.session.lock().await;
        if let Some(session) = held.as_ref().filter(|session| now < session.renew_at) {
            return Ok(session.clone());
        }
        match self.assume(now).await {
            Ok(session) => Ok(held.insert(session).clone()),
            Err(error) => match held.as_mut().filter(|session| now + MARGIN + MARGIN < session.ends_at) {
                Some(session) => {
                    tracing::error!(
                        log_type = "link_signer_stale",
                        error_code = error.kind.code(),
                        error = %causes(&error),
                        ends_at = %session.ends_at,
                        "the link signer's session cannot be renewed; the old one serves to its end",
                    );
                    session.renew_at = now + PAUSE;
                    Ok(session.clone())
                }
                None => Err(error),
            },
        }
    }

    async fn assume(&self, now: Timestamp) -> Result<Session, PortError> {
        let request = self.sts.assume_role().role_arn(&self.signing.role_arn).role_session_name(SESSION_NAME);
        let answer = request.duration_seconds(SESSION_SECONDS).send().await.map_err(|e| port_error(ASSUME, e))?;
        let malformed = |what| PortError::new(ErrorKind::Unavailable, ASSUME, what);
        let granted = answer.credentials.ok_or_else(|| malformed("the answer has no credentials"))?;
        let ends_at = Timestamp::from_second(granted.expiration.secs())
            .map_err(|error| malformed("the answer has no usable expiry").because(error))?;
        let renew_at = now + ends_at.duration_since(now) / 2;
        let s3 = self.clients.s3_signing(credentials(granted), self.signing.public_endpoint.as_deref());
        Ok(Session { s3, renew_at, ends_at })
    }
}

impl<C: Clock> LinkSigner for S3LinkSigner<C> {
    async fn sign_kept(
        &self,
        key: &AudioKey,
        file_name: &str,
        method: Method,
        lifetime: Duration,
        kept_for: Option<Duration>,
    ) -> Result<SignedUrl, PortError> {
        let session = self.session(self.clock.now()).await?;
        let (config, expires_at) = validity(self.clock.now(), lifetime, session.ends_at)?;
        let (bucket, key) = (&self.signing.bucket, key.as_str());
        let disposition = disposition(file_name);
        let kept = kept_for.map(|kept_for| format!("private, max-age={}", kept_for.as_secs()));
        let signed = match method {
            Method::Get => {
                let request = session.s3.get_object().bucket(bucket).key(key).set_response_cache_control(kept);
                url(request.response_content_disposition(disposition).presigned(config).await)
            }
            Method::Head => {
                let request = session.s3.head_object().bucket(bucket).key(key).set_response_cache_control(kept);
                url(request.response_content_disposition(disposition).presigned(config).await)
            }
        };
        Ok(SignedUrl { url: signed?, expires_at })
    }
}

/// From when to when a URL is good. S3 counts whole seconds, so its start is cut to one.
fn validity(
    now: Timestamp,
    lifetime: Duration,
    session_ends_at: Timestamp,
) -> Result<(PresigningConfig, Timestamp), PortError> {
    let cannot = |detail| PortError::new(ErrorKind::Unavailable, SIGN, detail);
    let start = Timestamp::from_second(now.as_second()).map_err(|e| cannot("the time is out of range").because(e))?;
    let left = (session_ends_at - MARGIN).duration_since(start).as_secs();
    let seconds = u64::try_from(left).unwrap_or_default().min(lifetime.as_secs());
    if seconds == 0 {
        return Err(cannot("nothing is left of the session, or no lifetime was asked for"));
    }
    let valid = Duration::from_secs(seconds);
    let config = PresigningConfig::builder().start_time(SystemTime::from(start)).expires_in(valid).build();
    Ok((config.map_err(|error| cannot("the lifetime is out of range").because(error))?, start + valid))
}

fn url<E>(signed: Result<PresignedRequest, SdkError<E>>) -> Result<String, PortError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    signed.map(|request| request.uri().to_owned()).map_err(|error| port_error(SIGN, error))
}

fn credentials(granted: StsCredentials) -> Credentials {
    let ends_at = SystemTime::try_from(granted.expiration).ok();
    let token = Some(granted.session_token);
    Credentials::new(granted.access_key_id, granted.secret_access_key, token, ends_at, SESSION_NAME)
}

/// Plays in the browser, and is saved under its own name. Only what needs no quoting gets into the header.
fn disposition(file_name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    format!("inline; filename=\"{}\"", file_name.chars().map(plain).collect::<String>())
}

#[cfg(test)]
#[path = "link_signer_tests.rs"]
mod tests;
