use axum::http::{HeaderName, HeaderValue};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::*;

const BODY: &str = r#"{"message":{"type":"end-of-call-report"}}"#;
const URL: &str = "https://calls.example.com/api/vapi/webhook?job=JOB456";
const NOW: i64 = 1_710_513_022;

fn secret(json: &str) -> VapiWebhookSecret {
    serde_json::from_str(json).unwrap()
}

fn hmac_secret(members: &str) -> VapiWebhookSecret {
    secret(&format!(r#"{{"scheme":"hmac","secret_key":"hunter2"{members}}}"#))
}

fn checked(secret: &VapiWebhookSecret, headers: &[(&str, &str)], body: &str) -> Result<(), SignatureError> {
    let headers = headers.iter().map(|(name, value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let headers = headers.collect::<HeaderMap>();
    let now = Timestamp::from_second(NOW).unwrap();
    verify(&Signed { url: URL, headers: &headers, body: body.as_bytes(), now }, secret)
}

fn mac<M: Mac + KeyInit>(key: &[u8], text: &str) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

fn sha256(text: &str) -> String {
    hex::encode(mac::<Hmac<Sha256>>(b"hunter2", text))
}

#[test]
fn a_token_counts_in_its_own_header_and_form_alone() {
    use SignatureError::{Malformed, Mismatch, Missing};
    let bearer = secret(r#"{"scheme":"bearer","token":"hunter2"}"#);
    let bare = secret(r#"{"scheme":"bearer","token":"hunter2","header":"X-Our-Token","bearer_prefix":false}"#);
    let inline = secret(r#"{"scheme":"x_vapi_secret","secret":"hunter2"}"#);
    for (secret, name, value, expected) in [
        (&bearer, "authorization", "Bearer hunter2", Ok(())),
        (&bearer, "Authorization", "Bearer hunter2", Ok(())),
        (&bearer, "authorization", "Bearer hunter3", Err(Mismatch)),
        (&bearer, "authorization", "Bearer hunter2 ", Err(Mismatch)),
        (&bearer, "authorization", "Bearer ", Err(Mismatch)),
        (&bearer, "authorization", "hunter2", Err(Malformed)),
        (&bearer, "authorization", "Basic hunter2", Err(Malformed)),
        (&bearer, "x-vapi-secret", "hunter2", Err(Missing)),
        (&bare, "x-our-token", "hunter2", Ok(())),
        (&bare, "x-our-token", "Bearer hunter2", Err(Mismatch)),
        (&bare, "authorization", "Bearer hunter2", Err(Missing)),
        (&inline, "x-vapi-secret", "hunter2", Ok(())),
        (&inline, "x-vapi-secret", "", Err(Mismatch)),
        (&inline, "x-vapi-secret", "hunter2hunter2", Err(Mismatch)),
        (&inline, "authorization", "Bearer hunter2", Err(Missing)),
    ] {
        assert_eq!(checked(secret, &[(name, value)], BODY), expected, "{name}: {value}");
    }
}

#[test]
fn each_option_of_a_signature_is_what_vapi_documents() {
    let time = NOW.to_string();
    let plain = format!("{time}.{BODY}");
    let (one, two) = (mac::<Hmac<Sha1>>(b"hunter2", &plain), mac::<Hmac<Sha512>>(b"hunter2", &plain));
    let svix = mac::<Hmac<Sha256>>(b"hi", &format!("msg_1.{time}.{BODY}"));
    let svix = format!("v1,{} v1,{}", STANDARD.encode(&one), STANDARD.encode(svix));
    let all = format!("POST {URL} {BODY}");
    for (members, header, signature) in [
        ("", "x-signature", sha256(&plain)),
        (r#","algorithm":"sha1""#, "x-signature", hex::encode(&one)),
        (r#","algorithm":"sha512""#, "x-signature", hex::encode(&two)),
        (r#","algorithm":"sha512","signature_encoding":"base64""#, "x-signature", STANDARD.encode(&two)),
        (r#","signature_header":"X-Vapi-Signature","include_timestamp":false"#, "x-vapi-signature", sha256(BODY)),
        (r#","payload_format":"{body}""#, "x-signature", sha256(BODY)),
        (r#","signature_prefix":"sha256=""#, "x-signature", format!("sha256={}", sha256(&plain))),
        (r#","payload_format":"{method} {url} {body}""#, "x-signature", sha256(&all)),
        (r#","payload_format":"{unknown}{body}{""#, "x-signature", sha256(&format!("{{unknown}}{BODY}{{"))),
        (
            r#","secret_key":"aGk=","secret_is_base64":true,"payload_format":"{svix-id}.{timestamp}.{body}","message_id_header":"svix-id","signature_prefix":"v1,","signature_encoding":"base64""#,
            "x-signature",
            svix,
        ),
    ] {
        let json = match members.strip_prefix(r#","secret_key""#) {
            Some(rest) => format!(r#"{{"scheme":"hmac","secret_key"{rest}}}"#),
            None => format!(r#"{{"scheme":"hmac","secret_key":"hunter2"{members}}}"#),
        };
        let sent = [(header, signature.as_str()), ("x-timestamp", time.as_str()), ("svix-id", "msg_1")];
        assert_eq!(checked(&secret(&json), &sent, BODY), Ok(()), "{members}");
        let changed = checked(&secret(&json), &sent, &BODY.replace("end", "END"));
        assert_eq!(changed, Err(SignatureError::Mismatch), "{members}");
    }
}

#[test]
fn a_signed_time_counts_for_five_minutes_in_seconds_or_milliseconds() {
    use SignatureError::{Early, Malformed, Stale};
    for (time, expected) in [
        (NOW.to_string(), Ok(())),
        (format!("{NOW}000"), Ok(())),
        ((NOW - 300).to_string(), Ok(())),
        ((NOW - 301).to_string(), Err(Stale)),
        (format!("{}000", NOW - 301), Err(Stale)),
        ((NOW + 60).to_string(), Ok(())),
        ((NOW + 61).to_string(), Err(Early)),
        (format!("{}000", NOW + 61), Err(Early)),
        ("soon".to_owned(), Err(Malformed)),
        (String::new(), Err(Malformed)),
    ] {
        let signature = sha256(&format!("{time}.{BODY}"));
        let sent = [("x-signature", signature.as_str()), ("x-timestamp", time.as_str())];
        assert_eq!(checked(&hmac_secret(""), &sent, BODY), expected, "{time}");
    }
}

#[test]
fn what_is_not_signed_is_refused() {
    use SignatureError::{Malformed, Mismatch, Missing};
    let time = NOW.to_string();
    let signature = sha256(&format!("{time}.{BODY}"));
    let (header, stamp) = (("x-signature", signature.as_str()), ("x-timestamp", time.as_str()));
    let later = (NOW + 1).to_string();
    for (sent, expected) in [
        (vec![], Missing),
        (vec![stamp], Missing),
        (vec![header], Missing),
        (vec![("x-signature", ""), stamp], Malformed),
        (vec![("x-signature", "zz"), stamp], Malformed),
        (vec![("x-signature", "00"), stamp], Mismatch),
        (vec![("x-signature", &signature[2..]), stamp], Mismatch),
        (vec![header, ("x-timestamp", later.as_str())], Mismatch),
    ] {
        assert_eq!(checked(&hmac_secret(""), &sent, BODY), Err(expected), "{sent:?}");
    }
    let prefixed = hmac_secret(r#","signature_prefix":"sha256=""#);
    assert_eq!(checked(&prefixed, &[header, stamp], BODY), Err(Malformed));
}
