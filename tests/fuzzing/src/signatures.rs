//! The check of a signature alone, against another implementation of what Twilio documents.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use webhook::fuzzing::{body_signed_by, form_signed_by, parameter};

use crate::input::{Input, parts};
use crate::targets::{Target, Verdict};

const TOKENS: [&str; 2] = ["12345", "the-token-before"];

pub(crate) const TARGET: Target = Target { name: "signatures", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let (key, at, flip) = (usize::from(input.byte() & 1), input.byte(), input.byte() | 1);
    let url = input.text();
    let presented = input.text();
    let form = input.rest();
    let tokens = TOKENS.map(str::as_bytes);

    let header = sign(TOKENS[key], &url, form);
    assert_eq!(form_signed_by(&url, form, &header, &tokens), Ok(key));
    // What Twilio drops or adds is the port and the login alone, so no other path or query is covered.
    assert_eq!(form_signed_by(&format!("{url}/x"), form, &header, &tokens), Err("signature_wrong"));
    assert_eq!(form_signed_by(&url, form, &header, &[b"", b"another token"]), Err("signature_wrong"));
    let mut bytes = STANDARD.decode(&header).unwrap();
    let place = usize::from(at) % bytes.len();
    bytes[place] ^= flip;
    assert_eq!(form_signed_by(&url, form, &STANDARD.encode(bytes), &tokens), Err("signature_wrong"));
    bodies(&url, form, &tokens);
    for (name, value) in form_urlencoded::parse(form).filter(|(_, value)| !value.is_empty()) {
        let first = form_urlencoded::parse(form).find(|(known, value)| *known == name && !value.is_empty()).unwrap().1;
        assert_eq!((parameter(form, &name), first.len() >= value.len().min(1)), (Some(first.into_owned()), true));
    }
    // Nobody without a token can present anything that holds.
    let is_signed = TOKENS.iter().any(|token| spellings(&url).iter().any(|url| sign(token, url, form) == presented));
    assert_eq!(form_signed_by(&url, form, &presented, &tokens).is_ok(), is_signed, "{presented} for {url}");
    Verdict::taken_if(is_signed)
}

/// A URL with and without the login and the port, which Twilio's signers keep or drop.
fn spellings(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) else {
        return vec![url.to_owned()];
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let login = &authority[..authority.len() - host.len()];
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let default_port = if scheme == "https" { 443 } else { 80 };
    let hosts = if bare == host {
        [host.to_owned(), format!("{host}:{default_port}")]
    } else {
        [host, bare].map(str::to_owned)
    };
    let spelled = |login| hosts.iter().map(move |host| format!("{scheme}://{login}{host}{path}"));
    spelled(login).chain(spelled("")).collect()
}

/// A body that is no form counts only with the hash that the signed URL carries.
fn bodies(url: &str, body: &[u8], tokens: &[&[u8]]) {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let hashed = format!("{url}?bodySHA256={}", hex::encode(Sha256::digest(body)));
    let [bare_header, header] = [url, &hashed].map(|url| sign(TOKENS[0], url, b""));
    assert_eq!(body_signed_by(&hashed, body, &header, tokens), Ok(0));
    assert_eq!(body_signed_by(&hashed, &[body, b"."].concat(), &header, tokens), Err("body_hash_wrong"));
    assert_eq!(body_signed_by(url, body, &bare_header, tokens), Err("body_hash_missing"));
}

/// `X-Twilio-Signature`, as <https://www.twilio.com/docs/usage/security#validating-requests> describes it.
pub(crate) fn sign(token: &str, url: &str, form: &[u8]) -> String {
    let params: BTreeSet<_> = form_urlencoded::parse(form).collect();
    let text = params.into_iter().fold(url.to_owned(), |text, (name, value)| text + &name + &value);
    STANDARD.encode(Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap().chain_update(text).finalize().into_bytes())
}

fn seeds() -> Vec<Vec<u8>> {
    const FORM: &[u8] =
        b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    // Twilio's own test vectors, as its Python library has them.
    let seed = |url: &str, header: &str, form: &[u8]| parts(&[0, 3, 7], &[url.as_bytes(), header.as_bytes(), form]);
    vec![
        seed("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", FORM),
        seed("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w=", FORM),
        seed("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", FORM),
        seed("https://user@mycompany.com/myapp.php?foo=1&bar=2", "2YRLlVAflCqxaNicjMpJcSTgzSs=", FORM),
        seed(
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
            b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
        ),
    ]
}
