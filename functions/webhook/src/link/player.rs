//! The page for who follows a link with a browser while the provider's copy stands in.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
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

/// The style's own hash, by which it is allowed.
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| {
    let style = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    STANDARD.encode(Sha256::digest(style.map_or("", |(style, _)| style)))
});

/// The page, for who reached it under `public_base_url`.
pub(super) fn page(public_base_url: &str) -> Response {
    let mut response = answer::html(PAGE);
    let headers = response.headers_mut();
    // A hash in base64 and fixed words always make a header.
    headers.extend(HeaderValue::try_from(policy(public_base_url)).ok().map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// No script, nothing from anywhere but the page's own style and audio, and nobody's frame.
fn policy(public_base_url: &str) -> String {
    // Only an installation on this machine has an address without TLS, and its bucket is as near.
    let near = if public_base_url.starts_with("http://") { " http:" } else { "" };
    let style = &*STYLE_HASH;
    format!(
        "default-src 'none'; media-src 'self' https:{near}; style-src 'sha256-{style}'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
