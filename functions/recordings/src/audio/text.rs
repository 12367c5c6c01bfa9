//! Recognises text that came instead of audio: Twilio describes a missing recording in XML (its error 20404), proxies
//! answer in HTML, other providers in JSON.

use std::fmt;

/// What a text that came instead of audio looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// XML, such as Twilio's error bodies; any markup that is not HTML.
    Xml,
    /// A web page.
    Html,
    /// A JSON object or array.
    Json,
    /// Any other text.
    Plain,
}

impl TextKind {
    /// Recognises text by the first bytes of a file: as many as there are, a few dozen suffice.
    ///
    /// UTF-8 and UTF-16 with a byte order mark are understood. A control character other than white space means that
    /// this is no text.
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        let mut narrowed = [0; NARROWED_LEN];
        let head = match head {
            [0xEF, 0xBB, 0xBF, text @ ..] => text,
            [0xFF, 0xFE, text @ ..] => narrow(text, 0, &mut narrowed)?,
            [0xFE, 0xFF, text @ ..] => narrow(text, 1, &mut narrowed)?,
            text => text,
        };
        if head.iter().any(|&byte| is_control(byte)) {
            return None;
        }
        let text = head.trim_ascii_start();
        match text.first() {
            Some(b'{' | b'[') => Some(Self::Json),
            Some(b'<') if is_html(text) => Some(Self::Html),
            Some(b'<') => Some(Self::Xml),
            _ => is_utf8_so_far(head).then_some(Self::Plain),
        }
    }
}

const HTML_STARTS: &[&str] = &["<!doctype html", "<html", "<head", "<body"];

impl fmt::Display for TextKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Xml => "XML",
            Self::Html => "HTML",
            Self::Json => "JSON",
            Self::Plain => "plain",
        })
    }
}

fn is_html(text: &[u8]) -> bool {
    let begins = |start: &&str| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    HTML_STARTS.iter().any(begins)
}

fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
}

/// A character may be cut at the end of the head.
fn is_utf8_so_far(head: &[u8]) -> bool {
    std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// How many characters of UTF-16 are looked at.
const NARROWED_LEN: usize = 24;

/// Reads UTF-16 as ASCII, or not at all: an MPEG frame can begin like a byte order mark.
fn narrow<'a>(text: &[u8], low: usize, narrowed: &'a mut [u8; NARROWED_LEN]) -> Option<&'a [u8]> {
    let mut len = 0;
    for (unit, character) in text.chunks_exact(2).zip(narrowed.iter_mut()) {
        let ascii = unit[1 - low] == 0 && unit[low].is_ascii();
        if !ascii {
            return None;
        }
        *character = unit[low];
        len += 1;
    }
    (len > 0).then_some(&narrowed[..len])
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
