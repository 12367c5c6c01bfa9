//! What is not Twilio's changes nothing, is counted, and leaves no body in any log.

use crate::gateway::Request;
use crate::scene::{ACME_ACCOUNT, BASE, Scene, TOKEN};
use crate::twilio::{Webhook, sign};

const ROUTES: [fn() -> Webhook; 3] = [Webhook::recording, Webhook::status, Webhook::voice];

fn refused(request: &Request, status: u16, code: &str) {
    let scene = Scene::new();
    let answer = scene.send(request);
    assert_eq!((answer.status, answer.text()), (status, ""), "{code}");
    scene.assert_untouched();
    let [record] = <[_; 1]>::try_from(scene.log.records("webhook_refused")).unwrap();
    assert_eq!((record["error_code"].as_str(), record["level"].as_str()), (Some(code), Some("WARN")));
    assert_eq!(record["route"], request.path);
    let metric = if status == 403 { "invalid_signature" } else { "webhook_refused" };
    assert_eq!(scene.count_of(metric), 1);
}

#[test]
fn every_route_refuses_what_is_not_signed_by_us() {
    for route in ROUTES {
        let request = route().request();
        refused(&request.clone().without_header("x-twilio-signature"), 403, "signature_missing");
        refused(&request.clone().header("x-twilio-signature", ""), 403, "signature_malformed");
        refused(&request.clone().header("x-twilio-signature", "sesame, open"), 403, "signature_malformed");
        refused(&route().signed_with("not-the-token-of-anybody").request(), 403, "signature_wrong");
        refused(&route().signed_with("").request(), 403, "signature_wrong");
    }
}

#[test]
fn every_route_refuses_what_was_changed_on_the_way() {
    for route in ROUTES {
        let sent = route().request();
        let foreign = route().set("CallSid", "CAffffffffffffffffffffffffffffffff").request();
        refused(&Request { body: foreign.body, ..sent.clone() }, 403, "signature_wrong");
        refused(&Request { query: "job=JOB457".to_owned(), ..sent.clone() }, 403, "signature_wrong");
        refused(&Request { query: String::new(), ..sent.clone() }, 403, "signature_wrong");
        refused(&Request { body: Vec::new(), ..sent.clone() }, 403, "signature_wrong");
        refused(&route().signed_for("https://other.example.com").request(), 403, "signature_wrong");
        refused(&route().signed_for("http://calls.example.com").request(), 403, "signature_wrong");
    }
}

#[test]
fn a_signature_of_one_route_is_none_of_another() {
    let to_status = Webhook::status().request();
    refused(&Request { path: "/api/twilio/recording".to_owned(), ..to_status }, 403, "signature_wrong");
}

#[test]
fn another_organisations_account_in_the_body_makes_no_signature() {
    let foreign = Webhook::recording().set("AccountSid", ACME_ACCOUNT).signed_with("acme-but-not-its-token");
    refused(&foreign.request(), 403, "signature_wrong");
}

#[test]
fn a_body_of_64_kilobytes_is_read_and_one_byte_more_is_not() {
    const LIMIT: usize = 64 * 1024;
    let of_size = |size: usize| {
        let padding = size - Webhook::recording().and("Padding", "").request().body.len();
        Webhook::recording().and("Padding", &"x".repeat(padding)).request()
    };
    let scene = Scene::new();
    assert_eq!(of_size(LIMIT).body.len(), LIMIT);
    assert_eq!(scene.send(&of_size(LIMIT)).status, 204);
    assert_eq!(scene.queued().len(), 1);
    refused(&of_size(LIMIT + 1), 413, "body_too_large");
    refused(&of_size(1024 * 1024), 413, "body_too_large");
}

#[test]
fn a_json_body_without_a_hash_is_covered_by_nothing() {
    let target = "/api/twilio/recording?job=JOB456";
    let request = Request::new("POST", target)
        .header("content-type", "application/json")
        .header("x-twilio-signature", &sign(TOKEN, &format!("{BASE}{target}"), &[]))
        .body("{\"CallSid\":\"CA1\"}");
    refused(&request, 403, "body_hash_missing");
}
