//! What a browser lets the page do: less than it could, in case something foreign ever got into it.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::Settings;

/// The headers of everything that the page is made of.
pub(super) fn headers(settings: &Settings) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // For browsers that do not know `frame-ancestors`.
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if settings.public_base_url.starts_with("https://") {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // Origins were read as such, so that they always make a header.
    headers.extend(HeaderValue::try_from(policy(settings)).ok().map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    headers
}

/// Its own script and style, the API, its news, and the bucket for audio.
fn policy(settings: &Settings) -> String {
    let bucket = &settings.dashboard.audio_origin;
    let issuer = settings.dashboard.sign_in.iter().flat_map(|sign_in| &sign_in.origins).map(String::as_str);
    let news = settings.live_url.as_deref().map(origin);
    let asked: String = issuer.chain(news).flat_map(|origin| [" ", origin]).collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {bucket}{asked}; \
         media-src {bucket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// Everything of a URL before its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let path = url[host..].find('/').map_or(url.len(), |path| host + path);
    &url[..path]
}
