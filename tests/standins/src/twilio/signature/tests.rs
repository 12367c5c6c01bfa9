//! The vectors of protocols.md 1.3, by their numbers there.

use super::*;

const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const BODY_HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

fn call() -> Vec<(String, String)> {
    form(&[
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ])
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn check(number: u32, url: &str, params: &[(String, String)], expected: &str) {
    assert_eq!(signature("12345", url, params), expected, "vector {number}");
}

#[test]
fn vectors_with_the_same_form() {
    for (number, url, expected) in [
        (1, URL.to_owned(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (2, URL.replace(".com", ".com:443"), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (3, URL.replace("https", "http").replace(".com", ".com:80"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (4, URL.replace("https", "http").replace(".com", ".com:1234"), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (5, URL.replace(".com", ".com:1234"), "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
        (6, URL.replace("mycompany", "MyCompany"), "g9IN/x4Cft2g517EjYvEvM/W7LU="),
        (14, URL.replace("//", "//user:pass@"), "CukzLTc1tT5dXEDIHm/tKBanW10="),
        (15, URL.replace("//", "//user@"), "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        (16, format!("{URL}&Body=It%27s+amazing"), "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
        (16, format!("{URL}&Body=It's+amazing"), "dsq4Ehbj6cs+KdTkpF5sSSplOWw="),
    ] {
        check(number, &url, &call(), expected);
    }
}

#[test]
fn vectors_with_other_forms() {
    let repeated = [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")];
    let with_sids = [[("Sid", "CA123"), ("SidAccount", "AC123")].as_slice(), &repeated].concat();
    check(7, URL, &form(&with_sids), "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    let addresses = [("MessagingBinding.Address", "+1325xxxxxxx"), ("MessagingBinding.Address", "+1415xxxxxxx")];
    check(8, URL, &form(&addresses), "83O6e2vORAoJHUNzJjDWN1jz+BA=");
    let prefixes = form(&[("ReasonConferenceEnded", "test"), ("Reason", "Participant")]);
    check(9, URL, &[call(), prefixes].concat(), "vOEb5UThFn24KEfnOFLQY2AE5FY=");
    check(10, URL, &form(&[("property", "value"), ("boolean", "true")]), "NBdBDr/T/lgjI+tlgpXjKZQZs/k=");
    let docs = form(&[
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]);
    check(17, "https://example.com/myapp.php?foo=1&bar=2", &docs, "L/OH5YylLD5NRKLltdqwSvS0BnU=");
}

#[test]
fn vectors_with_a_json_body_sign_the_url_alone() {
    let url = format!("{URL}&bodySHA256={BODY_HASH}");
    check(11, &url, &[], "a9nBmqA0ju/hNViExpshrM61xv4=");
    let url = format!("https://mycompany.com/myapp.php?bodySHA256={BODY_HASH}");
    check(12, &url, &[], "y77kIzt2vzLz71DgmJGsen2scGs=");
    let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    check(13, &format!("{URL}&bodySHA256={empty}").replace(".com", ".com:443"), &[], "Ldidvp12m26NI7eqEvxnEpkd9Hc=");
    check(13, &format!("{URL}&bodySHA256={empty}"), &[], "rw/jVviOgicj2+kHZULvebnA4ag=");
}

#[test]
fn order_of_parameters_does_not_matter() {
    let mut reversed = call();
    reversed.reverse();
    check(1, URL, &reversed, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
}

#[test]
fn configured_url_is_signed_as_documented_for_voice() {
    for (configured, signed) in [
        ("https://h.example/a?b=c#rc=5&rp=all", "https://h.example/a?b=c"),
        ("https://h.example:8443/a", "https://h.example/a"),
        ("http://h.example:8080/a", "http://h.example:8080/a"),
        ("https://user:pass@h.example:443/a?x=%27", "https://h.example/a?x=%27"),
        ("http://user:pass@127.0.0.1:9/a", "http://127.0.0.1:9/a"),
        ("https://h.example?x=a@b:1", "https://h.example?x=a@b:1"),
        ("https://H.Example/A", "https://H.Example/A"),
    ] {
        assert_eq!(url_as_signed(configured), signed);
    }
}
