use jiff::Timestamp;
use recordings::ports::{Installation, PortError};

use crate::Ports;
use crate::config::Settings;

/// What of the providers' recordings is ours: those that were made since a certain time. Anything else there is
/// somebody else's, and is neither imported nor deleted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    since: Timestamp,
}

impl Scope {
    /// The scope as it is configured, or else what was made since the installation was.
    pub(super) async fn of(ports: &impl Ports, settings: &Settings) -> Result<Self, PortError> {
        let since = match settings.since {
            Some(since) => since,
            None => ports.secrets().made_at().await?,
        };
        Ok(Self { since })
    }

    /// Its beginning, which is in it.
    pub(super) fn since(self) -> Timestamp {
        self.since
    }

    /// Whether what was made then is ours.
    pub(super) fn includes(self, made_at: Timestamp) -> bool {
        made_at >= self.since
    }
}
