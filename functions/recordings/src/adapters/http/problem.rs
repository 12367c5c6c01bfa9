use std::time::Duration;

use reqwest::{Response, StatusCode};

use super::{error_body, retry_after};
use crate::ports::{ErrorKind, PortError};

/// An answer that is none: its status, and the API's own word for it where its body holds one. Nothing else of the body
/// is kept.
#[derive(Debug)]
pub(in crate::adapters) struct Problem {
    status: StatusCode,
    word: Option<String>,
    retry_after: Option<Duration>,
}

impl Problem {
    /// Reads the answer; `word` finds the API's own word in its body, which shows that the API said it.
    pub(in crate::adapters) async fn read(response: Response, word: fn(&[u8]) -> Option<String>) -> Self {
        let (status, retry_after) = (response.status(), retry_after(&response));
        Self { status, word: word(&error_body(response).await), retry_after }
    }

    /// What the status means.
    pub(in crate::adapters) fn kind(&self) -> ErrorKind {
        match self.status.as_u16() {
            429 => ErrorKind::Throttled { retry_after: self.retry_after },
            401 | 403 => ErrorKind::Refused,
            404 => ErrorKind::NotFound,
            408 | 425 | 500.. => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        }
    }

    /// Whether the API said it, and nobody in between.
    pub(in crate::adapters) fn is_the_apis_own(&self) -> bool {
        self.word.is_some()
    }

    /// The failure of an operation. That something is not there is believed of the API alone.
    pub(in crate::adapters) fn port_error(&self, operation: &'static str) -> PortError {
        match self.kind() {
            ErrorKind::NotFound if !self.is_the_apis_own() => {
                PortError::new(ErrorKind::Unavailable, operation, "HTTP 404, but not from the API")
            }
            kind => PortError::new(kind, operation, self.detail()),
        }
    }

    /// The status and the word.
    pub(in crate::adapters) fn detail(&self) -> String {
        let status = self.status.as_u16();
        match self.word.as_deref().filter(|word| !word.is_empty()) {
            Some(word) => format!("HTTP {status}, {word}"),
            None => format!("HTTP {status}"),
        }
    }
}

/// A word that an API chose from a list of its own: anything else may name a person.
pub(in crate::adapters) fn plain_word(text: &str) -> Option<String> {
    let is_plain = (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.'));
    is_plain.then(|| text.to_owned())
}
