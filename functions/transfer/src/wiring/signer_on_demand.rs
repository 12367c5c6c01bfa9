use std::time::Duration;

use recordings::adapters::aws::{Clients, S3LinkSigner, Signing};
use recordings::adapters::system::SystemClock;
use recordings::env::{self, ConfigError, Environment};
use recordings::history_line::UrlKind;
use recordings::object_key::AudioKey;
use recordings::ports::{ErrorKind, LinkSigner, Method, PortError, SignedUrl};

/// Signs URLs where histories are to have signed ones. Elsewhere the function has no role to sign with, and may have none.
pub(super) struct SignerOnDemand(Option<S3LinkSigner<SystemClock>>);

impl SignerOnDemand {
    /// A signer as the environment asks for it.
    pub(super) fn new(clients: &Clients, environment: &Environment, bucket: &str) -> Result<Self, ConfigError> {
        if environment.url_kind()? != UrlKind::Signed {
            return Ok(Self(None));
        }
        let signing = Signing {
            bucket: bucket.to_owned(),
            role_arn: environment.required(env::LINK_SIGNER_ROLE_ARN, env::arn)?,
            public_endpoint: environment.optional(env::S3_PUBLIC_ENDPOINT, env::base_url)?,
        };
        Ok(Self(Some(S3LinkSigner::new(clients, signing, SystemClock))))
    }
}

impl LinkSigner for SignerOnDemand {
    async fn sign_kept(
        &self,
        key: &AudioKey,
        file_name: &str,
        method: Method,
        lifetime: Duration,
        kept_for: Option<Duration>,
    ) -> Result<SignedUrl, PortError> {
        match &self.0 {
            Some(signer) => signer.sign_kept(key, file_name, method, lifetime, kept_for).await,
            None => Err(PortError::new(ErrorKind::Unavailable, "s3 sign audio", "no URLs are signed here")),
        }
    }
}
