use recordings::ports::{ErrorKind, PortError};

/// Why Airtable is not even asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAsked {
    /// The base is to be left alone until this invocation has no time left for what would follow the request.
    #[error("not asked, because the invocation would be over before what follows")]
    TooLate,
    /// Airtable said a short while ago that the month's calls are used up.
    #[error("not asked, because the month's calls were used up a short while ago")]
    QuotaExhausted,
}

/// What does not ask is refused in Airtable's stead, so that lines wait for the same reason and in the same place.
impl From<NotAsked> for PortError {
    fn from(not_asked: NotAsked) -> Self {
        let kind = match not_asked {
            NotAsked::TooLate => ErrorKind::Throttled { retry_after: None },
            NotAsked::QuotaExhausted => ErrorKind::QuotaExhausted,
        };
        Self::new(kind, "ask airtable", not_asked.to_string())
    }
}
