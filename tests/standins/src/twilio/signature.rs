use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// `X-Twilio-Signature` over a URL and the parameters of a form (protocols.md 1.3): names in byte order, the values of
/// a repeated name sorted and once each, HMAC-SHA1 by the auth token, Base64.
///
/// The URL is taken as it is; what Twilio does to a configured URL first is [`url_as_signed`].
pub fn signature(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        sorted.entry(name).or_default().insert(value);
    }
    let mut mac = keyed(auth_token);
    mac.update(url.as_bytes());
    for (name, values) in sorted {
        for value in values {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed(auth_token: &str) -> Hmac<Sha1> {
    Hmac::new_from_slice(auth_token.as_bytes()).expect("any length is a key")
}

/// The part of a configured webhook URL that Twilio's voice products sign: without the fragment, without
/// `user:password@`, and over HTTPS without the port (protocols.md 1.3). Nothing is decoded or encoded.
pub fn url_as_signed(configured: &str) -> String {
    let url = without_fragment(configured);
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path_and_query) = rest.split_at(end);
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let signed_host = match (scheme, host_and_port.rsplit_once(':')) {
        ("https", Some((host, port))) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => host_and_port,
    };
    format!("{scheme}://{signed_host}{path_and_query}")
}

pub(super) fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(before, _)| before)
}

#[cfg(test)]
mod tests;
