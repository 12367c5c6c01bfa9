use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::FIND;
use crate::adapters::http::{error_body, retry_after};
use crate::ports::{ErrorKind, PortError};

/// How long Airtable answers nobody after a 429. Source: <https://airtable.com/developers/web/api/rate-limits>
const PENALTY: Duration = Duration::from_secs(30);

/// A refusal: its status, and Airtable's word for it. Airtable's message is not kept, because it may quote what a field
/// holds.
#[derive(Debug)]
pub(super) struct Problem {
    operation: &'static str,
    status: StatusCode,
    word: Option<String>,
    retry_after: Option<Duration>,
}

/// What a refusal says about the table itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    TokenRefused,
    OutOfReach,
    LacksField,
}

impl Problem {
    pub(super) async fn read(operation: &'static str, response: Response) -> Self {
        let (status, retry_after) = (response.status(), retry_after(&response));
        Self { operation, status, word: word(&error_body(response).await), retry_after }
    }

    /// Whether a listing took so long that Airtable forgot where it was.
    pub(super) fn is_expired_listing(&self) -> bool {
        self.word.as_deref() == Some("LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
    }

    /// What it says about the table that a listing without a formula named; nothing where it is about something else.
    pub(super) fn standing(&self) -> Option<Standing> {
        match (self.status.as_u16(), self.word.as_deref().unwrap_or_default()) {
            (401, _) => Some(Standing::TokenRefused),
            (422, "UNKNOWN_FIELD_NAME") => Some(Standing::LacksField),
            (403 | 404, _) | (422, "TABLE_NOT_FOUND" | "BASE_NOT_FOUND" | "MODEL_ID_NOT_FOUND") => {
                Some(Standing::OutOfReach)
            }
            _ => None,
        }
    }

    pub(super) fn port_error(&self, operation: &'static str) -> PortError {
        let status = self.status.as_u16();
        let detail =
            self.word.as_ref().map_or_else(|| format!("HTTP {status}"), |word| format!("HTTP {status} {word}"));
        PortError::new(self.kind(), operation, detail)
    }

    /// Sources: <https://airtable.com/developers/web/api/errors>; the words as seen by Airtable's own and others' clients.
    fn kind(&self) -> ErrorKind {
        match (self.status.as_u16(), self.word.as_deref().unwrap_or_default()) {
            (429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED") => ErrorKind::QuotaExhausted,
            (429, _) => {
                ErrorKind::Throttled { retry_after: Some(self.retry_after.map_or(PENALTY, |asked| asked.max(PENALTY))) }
            }
            (401 | 403, _) => ErrorKind::Refused,
            (_, "ROW_DOES_NOT_EXIST" | "RECORD_NOT_FOUND" | "MODEL_ID_NOT_FOUND") => ErrorKind::NotFound,
            (404 | 422, "TABLE_NOT_FOUND" | "BASE_NOT_FOUND" | "UNKNOWN_FIELD_NAME" | "INVALID_FILTER_BY_FORMULA") => {
                ErrorKind::Refused
            }
            // A find names nothing but the base and the table, so that it is those that are missing.
            (404, _) if self.operation == FIND => ErrorKind::Refused,
            (404, _) => ErrorKind::NotFound,
            (408 | 500.., _) => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        }
    }
}

/// The shapes in which errors were seen: `{"error":"…"}`, `{"error":{"type":"…"}}`, `{"errors":[{"error":"…"}]}`; others
/// are empty or no JSON.
fn word(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Answer {
        Word { error: String },
        Object { error: Typed },
        List { errors: Vec<Listed> },
    }
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        word: String,
    }
    #[derive(Deserialize)]
    struct Listed {
        error: String,
    }
    let word = match serde_json::from_slice(body).ok()? {
        Answer::Word { error } => error,
        Answer::Object { error } => error.word,
        Answer::List { errors } => errors.into_iter().next()?.error,
    };
    // Only a word is repeated elsewhere, never a text; and none with digits, which may be somebody's telephone number.
    let is_word = (1..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    is_word.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_found_in_each_shape() {
        for (body, expected) in [
            (r#"{"error":"NOT_FOUND"}"#, Some("NOT_FOUND")),
            (
                r#"{"error":{"type":"UNKNOWN_FIELD_NAME","message":"Unknown field name: \"x\""}}"#,
                Some("UNKNOWN_FIELD_NAME"),
            ),
            (
                r#"{"errors":[{"error":"RATE_LIMIT_REACHED","message":"Rate limit exceeded."}]}"#,
                Some("RATE_LIMIT_REACHED"),
            ),
            (r#"{"errors":[]}"#, None),
            (r#"{"error":"call +1 555 123 4567"}"#, None),
            (r#"{"error":"15551234567"}"#, None),
            (r#"{"error":{"type":"15551234567_NOT_FOUND"}}"#, None),
            (r#"{"error":""}"#, None),
            ("<html>Bad gateway</html>", None),
            ("", None),
            ("null", None),
        ] {
            assert_eq!(word(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
