//! Whose signature lets a request in.

use sha2::{Digest, Sha256};

use crate::gateway::Request;
use crate::scene::{ACCOUNT, BASE, PREVIOUS_TOKEN, Scene, TOKEN, settings};
use crate::twilio::{CALL, RECORDING, Webhook, sign};

#[test]
fn the_url_counts_with_and_without_its_port() {
    for (ours, signed) in [
        ("https://calls.example.com", "https://calls.example.com"),
        ("https://calls.example.com", "https://calls.example.com:443"),
        ("https://calls.example.com:443", "https://calls.example.com"),
        ("https://calls.example.com:8443", "https://calls.example.com:8443"),
        ("https://calls.example.com:8443", "https://calls.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://example.com/calls", "https://example.com/calls"),
    ] {
        let scene = Scene::with(webhook::config::Settings { public_base_url: ours.to_owned(), ..settings() });
        let answer = scene.send(&Webhook::recording().signed_for(signed).request());
        assert_eq!(answer.status, 204, "{ours} for {signed}");
        assert_eq!(scene.queued().len(), 1);
    }
}

#[test]
fn the_token_before_a_rotation_counts_and_is_counted() {
    let scene = Scene::new();
    scene.send(&Webhook::recording().request());
    assert_eq!(scene.count_of("signed_with_previous_token"), 0);
    assert_eq!(scene.send(&Webhook::recording().signed_with(PREVIOUS_TOKEN).request()).status, 204);
    assert_eq!(scene.count_of("signed_with_previous_token"), 1);
    assert_eq!(scene.queued().len(), 2);
}

#[test]
fn a_parameter_may_come_several_times() {
    let scene = Scene::new();
    let webhook = Webhook::recording().and("Extra", "b").and("Extra", "a").and("Extra", "a");
    assert_eq!(scene.send(&webhook.request()).status, 204);
    assert_eq!(scene.queued().len(), 1);
}

#[test]
fn a_form_is_a_form_however_its_type_is_written() {
    for kind in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded ; charset=utf-8"] {
        let scene = Scene::new();
        assert_eq!(scene.send(&Webhook::recording().request().header("content-type", kind)).status, 204);
        assert_eq!(scene.queued().len(), 1, "{kind}");
    }
    let scene = Scene::new();
    assert_eq!(scene.send(&Webhook::recording().request().without_header("content-type")).status, 204);
    assert_eq!(scene.queued().len(), 1);
}

#[test]
fn a_signed_form_under_another_type_is_refused() {
    for kind in
        ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded2", "", "text"]
    {
        let scene = Scene::new();
        assert_eq!(scene.send(&Webhook::recording().request().header("content-type", kind)).status, 403, "{kind}");
        scene.assert_untouched();
    }
}

fn json_webhook(body: &str, hashed: &str) -> Request {
    let target = format!("/api/twilio/recording?job=JOB456&bodySHA256={}", hex::encode(Sha256::digest(hashed)));
    let signature = sign(TOKEN, &format!("{BASE}{target}"), &[]);
    let mut request = Request::new("POST", &target)
        .header("content-type", "application/json")
        .header("x-twilio-signature", &signature)
        .body(body);
    request.is_base64_encoded = false;
    request
}

#[test]
fn a_json_body_is_covered_by_its_hash_and_is_not_read_as_a_form() {
    let body = format!("AccountSid={ACCOUNT}&CallSid={CALL}&RecordingSid={RECORDING}&RecordingStatus=completed");
    let scene = Scene::new();
    assert_eq!(scene.send(&json_webhook(&body, &body)).status, 204);
    assert_eq!(scene.count_of("webhook_not_understood"), 1);
    scene.assert_untouched();

    assert_eq!(scene.send(&json_webhook(&body, "{}")).status, 403);
    assert_eq!(scene.log.records("webhook_refused")[0]["error_code"], "body_hash_wrong");
}

#[test]
fn damage_that_the_signature_covers_is_read_as_it_was_signed() {
    let scene = Scene::new();
    let mut webhook = Webhook::recording().and("Odd", "\u{fffd}%zz");
    let mut request = webhook.request();
    let sound = form_urlencoded::Serializer::new(String::new()).append_pair("Odd", "\u{fffd}%zz").finish();
    let text = String::from_utf8(request.body).unwrap();
    request.body = [text.strip_suffix(&sound).unwrap().as_bytes(), b"Odd=\xff%zz"].concat();
    assert_eq!(scene.send(&request).status, 204);
    assert_eq!(scene.queued().len(), 1);

    webhook.params.clear();
    assert_eq!(scene.send(&webhook.request()).status, 204);
    assert_eq!(scene.count_of("webhook_not_understood"), 1);
}
