//! The published vectors, the limits of what is accepted, and properties against a second, plain signer.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const TOKEN: &[u8] = b"12345";
const PATH: &str = "/myapp.php?foo=1&bar=2";
const CALL: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234\
                    &From=%2B14158675309&To=%2B18005551212";
const DOCS_CALL: &str = "To=%2B18005551212&CallSid=CA1234567890ABCDE&Caller=%2B14158675310\
                         &Digits=1234&From=%2B14158675310";
const DIGITS: &str = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
const BINDINGS: &str = "MessagingBinding.Address=%2B1325xxxxxxx&MessagingBinding.Address=%2B1415xxxxxxx";
const JSON: &[u8] = br#"{"property": "value", "boolean": true}"#;
const JSON_HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const EMPTY_OBJECT_HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const DOCS_JSON: &[u8] = br#"{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}"#;
const DOCS_HASH: &str = "5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9";

/// Vectors 1 to 10 and 14 to 17 of Twilio's libraries and documents; the path is always the same.
#[test]
fn accepts_the_published_form_signatures() {
    let conference = &format!("{CALL}&ReasonConferenceEnded=test&Reason=Participant");
    let vectors = [
        (1, "https://mycompany.com", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (2, "https://mycompany.com:443", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (3, "http://mycompany.com:80", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (4, "http://mycompany.com:1234", CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (5, "https://mycompany.com:1234", CALL, "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
        (6, "https://MyCompany.com", CALL, "g9IN/x4Cft2g517EjYvEvM/W7LU="),
        (7, "https://mycompany.com", DIGITS, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (8, "https://mycompany.com", BINDINGS, "83O6e2vORAoJHUNzJjDWN1jz+BA="),
        (9, "https://mycompany.com", conference, "vOEb5UThFn24KEfnOFLQY2AE5FY="),
        (10, "https://mycompany.com", "property=value&boolean=true", "NBdBDr/T/lgjI+tlgpXjKZQZs/k="),
        // Twilio documents that it drops the user and password, its libraries sign them, and its signers differ on the
        // port: all of these are accepted on purpose.
        (14, "https://user:pass@mycompany.com", CALL, "CukzLTc1tT5dXEDIHm/tKBanW10="),
        (14, "https://user:pass@mycompany.com", CALL, "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
        (14, "https://user:pass@mycompany.com", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (15, "https://user@mycompany.com", CALL, "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        (15, "https://user@mycompany.com", CALL, "aZfj4hyX1MLZhSS6QIL18Vn2/RA="),
        (15, "https://user@mycompany.com", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (17, "https://example.com", DOCS_CALL, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
    ];
    for (number, base, form, signature) in vectors {
        let accepted = verify_form(&format!("{base}{PATH}"), form, signature);
        assert_eq!(accepted, Ok(KeyUsed(0)), "vector {number}: {base}");
    }
}

/// Vector 16: either escaping of an apostrophe, if the URL was received with that very escaping.
#[test]
fn takes_the_query_as_it_was_received() {
    let escaped = &format!("https://mycompany.com{PATH}&Body=It%27s+amazing");
    let plain = &format!("https://mycompany.com{PATH}&Body=It's+amazing");
    let (for_escaped, for_plain) = ("TfZzewPq8wqrGlMfyAud8+/IvJ0=", "dsq4Ehbj6cs+KdTkpF5sSSplOWw=");
    assert_eq!(verify_form(escaped, CALL, for_escaped), Ok(KeyUsed(0)));
    assert_eq!(verify_form(plain, CALL, for_plain), Ok(KeyUsed(0)));
    assert_eq!(verify_form(escaped, CALL, for_plain), Err(SignatureError::Mismatch));
    assert_eq!(verify_form(plain, CALL, for_escaped), Err(SignatureError::Mismatch));
}

/// Vectors 11 to 13 and 18: the body is covered by its hash in the URL.
#[test]
fn accepts_the_published_body_hashes() {
    let appended = format!("https://mycompany.com{PATH}&bodySHA256={JSON_HASH}");
    let alone = format!("https://mycompany.com/myapp.php?bodySHA256={JSON_HASH}");
    let docs = format!("https://example.com/?bodySHA256={DOCS_HASH}");
    let docs_signature = &sign(TOKEN, &docs, &[]);
    let vectors = [
        (11, appended, JSON, "a9nBmqA0ju/hNViExpshrM61xv4="),
        (12, alone, JSON, "y77kIzt2vzLz71DgmJGsen2scGs="),
        (13, empty_object_url(":443"), b"{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="),
        (13, empty_object_url(""), b"{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="),
        (13, empty_object_url(""), b"{}", "rw/jVviOgicj2+kHZULvebnA4ag="),
        (18, docs, DOCS_JSON, docs_signature),
    ];
    for (number, url, body, signature) in vectors {
        assert_eq!(verify_other(&url, body, signature), Ok(KeyUsed(0)), "vector {number}");
    }
}

/// Vector 13 stands for an empty body in Twilio's Node library, whose framework may not keep the raw body. We have the
/// raw body, so an empty one is not taken for `{}`.
#[test]
fn refuses_an_empty_body_for_an_empty_object() {
    let refused = verify_other(&empty_object_url(":443"), b"", "Ldidvp12m26NI7eqEvxnEpkd9Hc=");
    assert_eq!(refused, Err(SignatureError::BodyHashMismatch));
}

#[test]
fn refuses_near_misses_of_the_published_signatures() {
    let conference = &format!("{CALL}&ReasonConferenceEnded=test&Reason=Participant");
    let near_misses = [
        ("sorted by name and value together", conference.as_str(), "95+Bu0JVPi0r/SsESZCVf0dWAjw="),
        ("another case of the host", CALL, "g9IN/x4Cft2g517EjYvEvM/W7LU="),
        ("another scheme and its port", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("a port that is not the scheme's", CALL, "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
        ("a user that is not in our URL", CALL, "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        ("no parameters", "", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ];
    for (difference, form, signature) in near_misses {
        let refused = verify_form(&format!("https://mycompany.com{PATH}"), form, signature);
        assert_eq!(refused, Err(SignatureError::Mismatch), "{difference}");
    }
}

#[test]
fn accepts_the_url_with_and_without_its_port() {
    let accepted = [
        ("https://a.example/x", "https://a.example:443/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("https://a.example:8443/x", "https://a.example/x"),
        ("http://a.example?x=1", "http://a.example:80?x=1"),
        ("http://a.example:80", "http://a.example"),
        ("https://u:p@a.example:443/x", "https://a.example/x"),
        ("https://[::1]/x", "https://[::1]:443/x"),
        ("https://[::1]:443/x", "https://[::1]/x"),
        ("https://a.example/x?mail=a@b.example:1", "https://a.example:443/x?mail=a@b.example:1"),
        ("/no/host", "/no/host"),
    ];
    for (ours, signed) in accepted {
        assert_eq!(verify_form(ours, "", &sign(TOKEN, signed, &[])), Ok(KeyUsed(0)), "{ours} for {signed}");
    }
}

/// Twilio signs `https://a.example/x?job=1` for the webhook `https://a.example/x?job=1#rc=5`.
#[test]
fn takes_nothing_unsigned_for_a_fragment() {
    let signature = sign(TOKEN, "https://a.example/x?job=1", &[]);
    assert_eq!(verify_form("https://a.example/x?job=1", "", &signature), Ok(KeyUsed(0)));
    assert_eq!(verify_form("https://a.example/x?job=1#&job=2", "", &signature), Err(SignatureError::Mismatch));
}

#[test]
fn tells_which_token_signed() {
    let request = SignedRequest { url: "https://a.example/x", body: SignedBody::Form(b"a=b") };
    let signature = sign(b"previous", "https://a.example/x", &[("a".into(), "b".into())]);
    assert_eq!(verify(&request, &signature, &[b"previous", b"older"]), Ok(KeyUsed(0)));
    assert_eq!(verify(&request, &signature, &[b"current", b"previous"]), Ok(KeyUsed(1)));
    assert_eq!(verify(&request, &signature, &[b"current"]), Err(SignatureError::Mismatch));
    assert_eq!(verify(&request, &signature, &[]), Err(SignatureError::Mismatch));
}

#[test]
fn never_accepts_an_empty_token() {
    let request = SignedRequest { url: "https://a.example/x", body: SignedBody::Form(b"") };
    let signature = sign(b"", "https://a.example/x", &[]);
    assert_eq!(verify(&request, &signature, &[b""]), Err(SignatureError::Mismatch));
}

#[test]
fn refuses_headers_that_are_no_signature() {
    let headers = [
        "",
        "not base64",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8",
        "RSOYDt4T1cUTdK1PDd93/VVr8B9=",
        "RSOYDt4T1cUTdK1PDd93_VVr8B8=",
        " RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=,RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        "RSOYDt4T1cUTdK1PDd93/VVr",
        "5ccde7145dfb8f56479710896586cb9d5911809d",
    ];
    for header in headers {
        let refused = verify_form("https://a.example/x", CALL, header);
        assert_eq!(refused, Err(SignatureError::Malformed), "{header:?}");
    }
}

#[test]
fn refuses_a_body_that_its_url_does_not_cover() {
    let hash = JSON_HASH;
    let mismatch = SignatureError::BodyHashMismatch;
    let cases = [
        (String::new(), SignatureError::BodyHashMissing),
        (format!("?bodysha256={hash}"), SignatureError::BodyHashMissing),
        (format!("?bodySHA256={EMPTY_OBJECT_HASH}"), mismatch),
        (format!("?bodySHA256={EMPTY_OBJECT_HASH}&bodySHA256={hash}"), mismatch),
        (format!("?bodySHA256={}", &hash[..62]), mismatch),
        ("?bodySHA256=".to_owned(), mismatch),
        ("?bodySHA256=%ff".to_owned(), mismatch),
    ];
    for (query, expected) in cases {
        let url = format!("https://a.example/x{query}");
        assert_eq!(verify_other(&url, JSON, &sign(TOKEN, &url, &[])), Err(expected), "{query}");
        assert_eq!(verify_other(&url, JSON, &sign(b"foreign", &url, &[])), Err(SignatureError::Mismatch), "{query}");
    }
}

/// Invalid UTF-8 and broken escapes are read as `form_urlencoded` reads them, by us and by the handler alike.
#[test]
fn reads_a_damaged_form_as_its_handler_will() {
    let form = b"a=\xff%ff&b=%zz&c=%";
    let read = [("a", "\u{fffd}\u{fffd}"), ("b", "%zz"), ("c", "%")];
    let read = read.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = SignedRequest { url: "https://a.example/", body: SignedBody::Form(form) };
    assert_eq!(verify(&request, &sign(TOKEN, request.url, &read), &[TOKEN]), Ok(KeyUsed(0)));
}

proptest! {
    #[test]
    fn accepts_what_twilio_signs(
        pairs in parameters(0),
        path in "[!\"$-~]{0,30}",
        host in "[a-zA-Z0-9.-]{1,20}",
        (we_have_port, signed_with_port) in any::<(bool, bool)>(),
        plus_for_space in any::<bool>(),
    ) {
        let url = |with_port| format!("https://{host}{}/{path}", if with_port { ":443" } else { "" });
        let signature = sign(TOKEN, &url(signed_with_port), &pairs);
        let form = encode(&pairs, plus_for_space);
        let ours = url(we_have_port);
        prop_assert_eq!(verify_form(&ours, &form, &signature), Ok(KeyUsed(0)));
        let request = SignedRequest { url: &ours, body: SignedBody::Form(form.as_bytes()) };
        prop_assert_eq!(verify(&request, &signature, &[b"other", TOKEN]), Ok(KeyUsed(1)));
    }

    #[test]
    fn refuses_another_byte_in_the_url(
        pairs in parameters(0),
        at in any::<prop::sample::Index>(),
        other in b' '..=b'~',
    ) {
        let url = "https://calls.example.com/api/twilio/recording?job=JOB456";
        let mut altered = url.as_bytes().to_vec();
        let at = at.index(url.len());
        prop_assume!(altered[at] != other);
        altered[at] = other;
        let altered = String::from_utf8(altered).unwrap();
        let signature = sign(TOKEN, url, &pairs);
        prop_assert_eq!(verify_form(&altered, &encode(&pairs, true), &signature), Err(SignatureError::Mismatch));
    }

    #[test]
    fn refuses_another_character_in_a_parameter(
        pairs in parameters(1),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        in_name in any::<bool>(),
        other in any::<char>(),
    ) {
        let mut altered = pairs.clone();
        let (name, value) = which.get_mut(&mut altered);
        let text = if in_name { name } else { value };
        let mut characters: Vec<char> = text.chars().collect();
        if characters.is_empty() {
            characters.push(other);
        } else {
            *at.get_mut(&mut characters) = other;
        }
        *text = characters.into_iter().collect();
        // The values of a repeated parameter count once, so an altered one may vanish in another.
        prop_assume!(signed_text("", &pairs) != signed_text("", &altered));
        let url = "https://calls.example.com/";
        let refused = verify_form(url, &encode(&altered, false), &sign(TOKEN, url, &pairs));
        prop_assert_eq!(refused, Err(SignatureError::Mismatch));
    }

    #[test]
    fn refuses_another_byte_in_the_signature(
        at in any::<prop::sample::Index>(),
        other in b' '..=b'~',
    ) {
        let url = "https://calls.example.com/";
        let mut signature = sign(TOKEN, url, &[]).into_bytes();
        let at = at.index(signature.len());
        prop_assume!(signature[at] != other);
        signature[at] = other;
        prop_assert!(verify_form(url, "", &String::from_utf8(signature).unwrap()).is_err());
    }

    #[test]
    fn refuses_another_byte_in_a_hashed_body(
        body in prop::collection::vec(any::<u8>(), 1..60),
        at in any::<prop::sample::Index>(),
        flip in 1..=255u8,
    ) {
        let url = format!("https://calls.example.com/?bodySHA256={}", hex::encode(Sha256::digest(&body)));
        let signature = sign(TOKEN, &url, &[]);
        prop_assert_eq!(verify_other(&url, &body, &signature), Ok(KeyUsed(0)));
        let mut altered = body;
        *at.get_mut(&mut altered) ^= flip;
        prop_assert_eq!(verify_other(&url, &altered, &signature), Err(SignatureError::BodyHashMismatch));
    }

    #[test]
    fn never_panics(
        url in prop_oneof![any::<String>(), "https?://[a-z@:\\[\\]/?#%é]{0,12}"],
        header in prop_oneof![any::<String>(), Just(STANDARD.encode([0; 20]))],
        body in prop::collection::vec(any::<u8>(), 0..80),
        key in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        for body in [SignedBody::Form(&body), SignedBody::Other(&body)] {
            let request = SignedRequest { url: &url, body };
            prop_assert!(verify(&request, &header, &[&key]).is_err());
        }
        // Here the signature holds, so the search for the hash is reached.
        prop_assert_eq!(verify_other(&url, &body, &sign(TOKEN, &url, &[])), Err(SignatureError::BodyHashMissing));
    }
}

fn verify_form(url: &str, form: &str, signature: &str) -> Result<KeyUsed, SignatureError> {
    verify(&SignedRequest { url, body: SignedBody::Form(form.as_bytes()) }, signature, &[TOKEN])
}

fn verify_other(url: &str, body: &[u8], signature: &str) -> Result<KeyUsed, SignatureError> {
    verify(&SignedRequest { url, body: SignedBody::Other(body) }, signature, &[TOKEN])
}

fn empty_object_url(port: &str) -> String {
    format!("https://mycompany.com{port}{PATH}&bodySHA256={EMPTY_OBJECT_HASH}")
}

/// Few names, so that they repeat; values of all kinds, empty ones included.
fn parameters(at_least: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof!["[A-C]{1,2}", "[A-Za-z]{1,9}", any::<String>()];
    let value = prop_oneof![Just(String::new()), "[12]", "[ +%&=~é📞a-z0-9]{0,9}", any::<String>()];
    prop::collection::vec((name, value), at_least..8)
}

/// Twilio's rule, written down once more without the code under test: a map by name of sets of values.
fn signed_text(url: &str, pairs: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
    for (name, value) in pairs {
        sorted.entry(name.as_bytes()).or_default().insert(value.as_bytes());
    }
    let mut text = url.as_bytes().to_vec();
    for (name, values) in sorted {
        for value in values {
            text.extend_from_slice(name);
            text.extend_from_slice(value);
        }
    }
    String::from_utf8(text).unwrap()
}

fn sign(token: &[u8], url: &str, pairs: &[(String, String)]) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(token).unwrap();
    STANDARD.encode(mac.chain_update(signed_text(url, pairs)).finalize().into_bytes())
}

/// Encodes a form with the two ways to write a space.
fn encode(pairs: &[(String, String)], plus_for_space: bool) -> String {
    let escape = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b' ' if plus_for_space => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let fields: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    fields.join("&")
}
