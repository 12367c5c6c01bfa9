//! The page for who follows a link with a browser while the provider's copy stands in.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::answer;

/// It is the same for every recording: its audio is its own address, with a query that changes nothing there but keeps the
/// page and the audio apart in a browser's memory.
///
/// When the recording comes home while somebody listens, the next slice is a redirect to the bucket. Browsers play on
/// behind a redirect to another origin only where the element asks for it (`crossorigin`) and the bucket's CORS allows it.
const PAGE: &str = include_str!("player.html");

/// No script, nothing from anywhere but the page's own style and audio, and nobody's frame.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let hash = STANDARD.encode(Sha256::digest(style.map_or("", |(style, _)| style)));
    format!(
        "default-src 'none'; media-src 'self' https:; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

pub(super) fn page() -> Response {
    let mut response = answer::html(PAGE);
    let headers = response.headers_mut();
    // A hash in base64 and fixed words always make a header.
    headers.extend(HeaderValue::from_str(&POLICY).ok().map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    *response.status_mut() = StatusCode::OK;
    response
}
