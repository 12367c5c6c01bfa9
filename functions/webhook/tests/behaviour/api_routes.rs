//! The router, the template and the OpenAPI document have the same routes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::gateway::Request;
use crate::scene::Scene;

const TEMPLATE: &str = include_str!("../../../../template.yaml");
const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// Routes that are no part of the API, and so of no document: webhooks, links, health, the document itself and the dashboard.
const OTHERS: [&str; 16] = [
    "POST /api/twilio/recording",
    "POST /api/twilio/recording-status",
    "POST /api/twilio/status",
    "POST /api/twilio/voice",
    "POST /api/vapi/webhook",
    "POST /api/elevenlabs/webhook",
    "GET /r/{token}",
    "HEAD /r/{token}",
    "GET /health",
    "HEAD /health",
    "GET /openapi.json",
    "HEAD /openapi.json",
    "GET /",
    "HEAD /",
    "GET /dashboard/{file}",
    "HEAD /dashboard/{file}",
];

/// What browsers ask beforehand, of any path of the API.
const PREFLIGHT: &str = "OPTIONS /api/{proxy+}";

fn of_the_template() -> BTreeSet<String> {
    let keys = TEMPLATE.lines().filter_map(|line| line.trim_start().strip_prefix("RouteKey: "));
    keys.filter(|key| *key != PREFLIGHT).map(str::to_owned).collect()
}

fn of_the_document() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
        methods.flat_map(move |method| {
            let head = (method == "GET").then(|| format!("HEAD {path}"));
            [Some(format!("{method} {path}")), head].into_iter().flatten()
        })
    });
    routes.collect()
}

#[test]
fn the_template_has_every_route_of_the_document_and_no_other() {
    let mut expected = of_the_document();
    expected.extend(OTHERS.map(str::to_owned));
    assert_eq!(of_the_template(), expected);
    assert!(TEMPLATE.contains(&format!("RouteKey: {PREFLIGHT}\n")));
}

#[test]
fn the_router_has_every_route_of_the_template() {
    for route in of_the_template() {
        let (method, path) = route.split_once(' ').unwrap();
        let path = path
            .replace("{callId}", "CA00000000000000000000000000000001")
            .replace("{fileName}", "x")
            .replace("{file}", "app.js")
            .replace("{id}", "x");
        let answer = Scene::new().send(&Request::new(leaked(method), &path));
        let no_route = Scene::new().send(&Request::new("GET", "/nowhere"));
        assert!(answer.status != 405 && answer.text() != no_route.text(), "{route}: {}", answer.status);
    }
}

#[test]
fn another_method_is_refused_with_a_word_of_those_that_are_not() {
    let answer = Scene::new().send(&Request::new("PUT", "/api/calls/CA1/recording"));
    assert_eq!((answer.status, answer.header("allow")), (405, "GET,HEAD"));
    assert!(answer.text().contains("\"method_not_allowed\""), "{}", answer.text());
}

#[test]
fn the_document_is_for_everybody() {
    let scene = Scene::new();
    let answer = scene.send(&Request::new("GET", "/openapi.json"));
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.text(), DOCUMENT);
    assert_eq!(scene.world.calls(), []);
}

fn leaked(text: &str) -> &'static str {
    text.to_owned().leak()
}
