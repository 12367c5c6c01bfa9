use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde::Deserialize;

use crate::adapters::http::{error_body, retry_after};
use crate::ports::{ErrorKind, PortError};

/// Twilio's code for too many requests at once, none of which it handles.
/// Source: <https://www.twilio.com/docs/api/errors/20429>
const TOO_MANY_REQUESTS: u32 = 20429;

/// An answer that is none: its status, and Twilio's code where its body holds one. Nothing else of the body is kept.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: Option<u32>,
    retry_after: Option<Duration>,
}

impl Problem {
    pub(super) async fn read(response: Response) -> Self {
        let (status, retry_after) = (response.status(), retry_after(&response));
        Self { status, code: code(&error_body(response).await), retry_after }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match (self.status.as_u16(), self.code) {
            (429, _) | (_, Some(TOO_MANY_REQUESTS)) => ErrorKind::Throttled { retry_after: self.retry_after },
            (401 | 403, _) => ErrorKind::Refused,
            (404, _) => ErrorKind::NotFound,
            (408 | 500.., _) => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        }
    }

    /// Whether Twilio said it: the answer of somebody in between has no code of Twilio's.
    pub(super) fn is_twilios_own(&self) -> bool {
        self.code.is_some()
    }

    pub(super) fn port_error(&self, operation: &'static str) -> PortError {
        PortError::new(self.kind(), operation, self.detail())
    }

    pub(super) fn detail(&self) -> String {
        let status = self.status.as_u16();
        self.code.map_or_else(|| format!("HTTP {status}"), |code| format!("HTTP {status}, code {code}"))
    }
}

/// Twilio's code, from JSON or from XML: the API answers in XML unless the path ends in `.json`.
/// Source: <https://www.twilio.com/docs/usage/twilios-response>
fn code(body: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Answer {
        code: u32,
    }
    if let Ok(Answer { code }) = serde_json::from_slice(body) {
        return Some(code);
    }
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("<Code>")?;
    rest.split_once("</Code>")?.0.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_json_and_in_xml() {
        let xml =
            "<?xml version='1.0'?><TwilioResponse><RestException><Code>20404</Code></RestException></TwilioResponse>";
        let json = r#"{"code":20429,"message":"Too Many Requests","status":429}"#;
        assert_eq!(code(xml.as_bytes()), Some(20404));
        assert_eq!(code(json.as_bytes()), Some(20429));
    }

    #[test]
    fn what_is_no_code_is_left_out() {
        for body in
            ["", "<html>", "{}", r#"{"code":null}"#, r#"{"code":"+15551234567"}"#, "<Code>Mr Smith</Code>", "<Code>1"]
        {
            assert_eq!(code(body.as_bytes()), None, "{body}");
        }
        assert_eq!(code(b"\xff<Code>1</Code>"), None);
    }
}
