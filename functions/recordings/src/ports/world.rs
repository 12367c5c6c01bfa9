use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::PortError;
use crate::object_key::AudioKey;
use crate::secrets::Secrets;

/// Tells the time and waits.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// Gives numbers that nobody can foresee.
pub trait Random: Sync {
    /// A number between 0 and `u64::MAX`, each as likely as the others.
    fn number(&self) -> u64;
}

/// The method that a signed URL is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Fetch.
    Get,
    /// Ask for the headers.
    Head,
}

/// A URL that fetches one object for a while without further credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL, a secret for as long as it works.
    pub url: String,
    /// When it really ends: the earlier of what was asked for and the end of the credentials that signed it.
    pub expires_at: Timestamp,
}

/// Signs S3 URLs with the dedicated role. IAM: `sts:AssumeRole` on that role, which may only read audio.
pub trait LinkSigner: Sync {
    /// A URL for one object, good for one method and at most `lifetime`. `file_name` is what a browser saves it as.
    fn sign(
        &self,
        key: &AudioKey,
        file_name: &str,
        method: Method,
        lifetime: Duration,
    ) -> impl Future<Output = Result<SignedUrl, PortError>> + Send {
        self.sign_kept(key, file_name, method, lifetime, None)
    }

    /// The same, with how long whoever fetches the bytes may keep them for itself.
    fn sign_kept(
        &self,
        key: &AudioKey,
        file_name: &str,
        method: Method,
        lifetime: Duration,
        kept_for: Option<Duration>,
    ) -> impl Future<Output = Result<SignedUrl, PortError>> + Send;
}

/// Gives the secret's content. IAM: `secretsmanager:GetSecretValue` on the one secret.
pub trait SecretSource: Sync {
    /// The content, at most a few minutes old.
    fn current(&self) -> impl Future<Output = Result<Arc<Secrets>, PortError>> + Send;
}

/// Tells how old the secret's content is. IAM: `secretsmanager:DescribeSecret` on the one secret.
pub trait SecretAge: Sync {
    /// When it was last changed in any way: what it holds is at least as old as this.
    fn changed_at(&self) -> impl Future<Output = Result<Timestamp, PortError>> + Send;
}

/// Tells since when there is this installation. IAM: `secretsmanager:DescribeSecret` on the one secret, which is made
/// with the stack and never by anything else.
pub trait Installation: Sync {
    /// When it was made; the same each time.
    fn made_at(&self) -> impl Future<Output = Result<Timestamp, PortError>> + Send;
}
