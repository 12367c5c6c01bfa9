use std::sync::Arc;

use recordings::adapters::http::{HttpClient, HttpSettings};
use recordings::adapters::twilio::{Twilio, TwilioSettings};
use recordings::ports::{AudioSlice, AudioSlices, ErrorKind, FetchError, PortError};
use recordings::recording::RecordingRef;
use tokio::sync::OnceCell;

use super::Secrets;

/// Twilio, made when a link first needs it. Its HTTP client reads the machine's root certificates, which would be a good part
/// of a cold start, and most processes never do anything but answer webhooks and redirect.
pub(super) struct TwilioOnDemand {
    http: HttpSettings,
    settings: TwilioSettings,
    secrets: Arc<Secrets>,
    made: OnceCell<Twilio<Secrets>>,
}

impl TwilioOnDemand {
    pub(super) fn new(http: HttpSettings, settings: TwilioSettings, secrets: Arc<Secrets>) -> Self {
        Self { http, settings, secrets, made: OnceCell::new() }
    }

    async fn make(&self) -> Result<Twilio<Secrets>, PortError> {
        let unusable = |error| PortError::new(ErrorKind::Unavailable, "make the HTTP client", "").because(error);
        let http = HttpClient::new(self.http).map_err(unusable)?;
        Twilio::new(http, Arc::clone(&self.secrets), self.settings.clone()).await
    }
}

impl AudioSlices for TwilioOnDemand {
    async fn slice(&self, recording: &RecordingRef, first: u64, most: u64) -> Result<AudioSlice, FetchError> {
        let twilio = self.made.get_or_try_init(|| self.make()).await.map_err(FetchError::Unavailable)?;
        twilio.slice(recording, first, most).await
    }
}
