use recordings::adapters::http::{HttpClient, HttpSettings};
use recordings::adapters::oidc::Oidc;
use recordings::ports::{ErrorKind, IssuerKeys, PortError};
use tokio::sync::OnceCell;

/// Issuers of tokens, with a client that is made when a token of theirs first comes: most installations have none.
pub(super) struct OidcOnDemand {
    http: HttpSettings,
    made: OnceCell<Oidc>,
}

impl OidcOnDemand {
    pub(super) fn new(http: HttpSettings) -> Self {
        Self { http, made: OnceCell::new() }
    }

    async fn make(&self) -> Result<Oidc, PortError> {
        let unusable = |error| PortError::new(ErrorKind::Unavailable, "make the HTTP client", "").because(error);
        Ok(Oidc::new(HttpClient::new(self.http).map_err(unusable)?))
    }
}

impl IssuerKeys for OidcOnDemand {
    async fn fetch(&self, issuer: &str) -> Result<String, PortError> {
        self.made.get_or_try_init(|| self.make()).await?.fetch(issuer).await
    }
}
