use std::sync::Arc;

use recordings::adapters::http::{HttpClient, HttpSettings};
use recordings::adapters::providers::{ProviderSettings, Providers};
use recordings::ports::{AudioSlice, AudioSlices, ErrorKind, FetchError, PortError};
use recordings::recording::RecordingRef;
use tokio::sync::OnceCell;

use super::Secrets;

/// The providers, made when a link first needs one. Their HTTP client reads the machine's root certificates, which would be
/// a good part of a cold start, and most processes never do anything but answer webhooks and redirect.
pub(super) struct ProvidersOnDemand {
    http: HttpSettings,
    settings: ProviderSettings,
    secrets: Arc<Secrets>,
    made: OnceCell<Providers<Secrets>>,
}

impl ProvidersOnDemand {
    pub(super) fn new(http: HttpSettings, settings: ProviderSettings, secrets: Arc<Secrets>) -> Self {
        Self { http, settings, secrets, made: OnceCell::new() }
    }

    async fn make(&self) -> Result<Providers<Secrets>, PortError> {
        let unusable = |error| PortError::new(ErrorKind::Unavailable, "make the HTTP client", "").because(error);
        let http = HttpClient::new(self.http).map_err(unusable)?;
        Providers::new(http, Arc::clone(&self.secrets), self.settings.clone()).await
    }
}

impl AudioSlices for ProvidersOnDemand {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        let providers = self.made.get_or_try_init(|| self.make()).await.map_err(FetchError::Unavailable)?;
        providers.slice(recording, first, most).await
    }
}
