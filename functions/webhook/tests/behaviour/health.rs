//! Whether the function lives: told to everybody. How it is set and what it reaches: told to operators.

use recordings::fakes::{Plan, Where};
use recordings::ports::Cursors;
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::DOWN;
use crate::scene::{BASE, Scene};
use crate::token::{Token, bearing};

const LIVES: &str = r#"{"status":"ok"}"#;

fn ask(scene: &Scene, token: &Token) -> Answer {
    scene.send(&bearing("GET", "/health", &token.text()))
}

fn details(scene: &Scene) -> Value {
    let answer = ask(scene, &Token::with(scene, &["operate"]));
    assert_eq!((answer.status, answer.header("cache-control")), (200, "private, no-store"));
    serde_json::from_str(answer.text()).unwrap()
}

#[test]
fn the_function_says_that_it_lives_and_asks_nobody() {
    let scene = Scene::new();
    let answer = scene.send(&Request::new("GET", "/health"));
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.text(), LIVES);
    assert_eq!(scene.world.calls(), []);
}

#[test]
fn whoever_may_not_operate_is_told_as_much_as_everybody() {
    let scene = Scene::new();
    let operator = Token::with(&scene, &["operate"]);
    for token in [
        Token::with(&scene, &["view_call_history", "manage_recordings"]),
        operator.clone().signed_with("another key that signs tokens, also long"),
        operator.clone().claim("exp", json!(scene.world.time().as_second() - 3_600)),
        operator.clone().claim("aud", json!("somebody else")),
        operator.of("nobody"),
    ] {
        let answer = ask(&scene, &token);
        assert_eq!((answer.status, answer.text()), (200, LIVES), "{:?}", token.claims);
    }
    let nonsense = scene.send(&Request::new("GET", "/health").header("authorization", "Basic YTpi"));
    assert_eq!((nonsense.status, nonsense.text()), (200, LIVES));
}

#[test]
fn an_operator_sees_how_it_is_set_and_no_secret() {
    let scene = Scene::new();
    let found = details(&scene);
    assert_eq!(found["status"], "ok");
    assert_eq!(found["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(found["organisation"], "default");
    let configuration = &found["configuration"];
    assert_eq!(configuration["public_base_url"], BASE);
    assert_eq!(
        (&configuration["recording_url_kind"], &configuration["link_url_seconds"]),
        (&json!("link"), &json!(900))
    );
    assert_eq!(configuration["providers"], json!(["twilio", "vapi", "elevenlabs"]));
    assert_eq!((&found["doctor"], &found["reconciliation"]), (&Value::Null, &Value::Null));
    assert_eq!(found["unreachable"], json!([]));
    let text = found.to_string();
    for secret in [crate::scene::TOKEN, crate::scene::JWT_KEY].into_iter().chain(crate::scene::VAPI_SECRETS) {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn an_operator_sees_what_was_last_reached_and_how_long_ago() {
    let scene = Scene::new();
    let kept = |name, text: &Value| {
        scene.world.run(Cursors::write(&scene.world, name, Some(&text.to_string()))).unwrap();
    };
    let ago = |seconds: i64| scene.world.time() - jiff::SignedDuration::from_secs(seconds);
    let check = |organisation: &str, failed: Option<&str>| {
        let finding = json!({"what": "w", "subject": "theirs", "advice": "a", "mended": false});
        json!({"name": "agents", "organisation": organisation, "provider": "vapi", "looked_at": 1, "failed": failed,
            "findings": [finding]})
    };
    let checks = [check("default", Some("refused")), check("acme", None)];
    kept("doctor", &json!({"at": ago(7_200), "checks": checks}));
    let meter = |open: u32| json!({"vapi": {"open": open, "oldest_open": ago(90)}});
    let organisations = json!({"default": meter(3), "acme": meter(5)});
    kept("loss-meter", &json!({"begun_at": ago(600), "ended_at": ago(590), "organisations": organisations}));
    let found = details(&scene);
    assert_eq!(found["doctor"]["age_seconds"], 7_200);
    let reached = json!([{"name": "agents", "provider": "vapi", "failed": "refused", "findings": 1}]);
    assert_eq!(found["doctor"]["checks"], reached);
    let reconciliation = &found["reconciliation"];
    assert_eq!((&reconciliation["age_seconds"], &reconciliation["open"]), (&json!(600), &json!(3)));
    assert_eq!(reconciliation["oldest_open_seconds"], 90);
}

#[test]
fn what_cannot_be_read_is_told_and_the_function_lives_all_the_same() {
    let scene = Scene::with_plan(Plan::none().always(Where::ports(&["CursorRead"]), DOWN));
    let found = details(&scene);
    assert_eq!((&found["status"], &found["unreachable"]), (&json!("ok"), &json!(["bucket"])));
    let blind = Scene::with_plan(Plan::none().always(Where::ports(&["SecretSource"]), DOWN));
    let answer = ask(&blind, &Token::with(&blind, &["operate"]));
    assert_eq!((answer.status, answer.text()), (200, LIVES), "nobody can tell an operator then");
}

#[test]
fn what_is_no_route_is_not_found() {
    let scene = Scene::new();
    for (method, target, expected) in [
        ("GET", "/dashboard", 404),
        ("POST", "/", 405),
        ("POST", "/api/twilio/recording/", 404),
        ("POST", "//api/twilio/recording", 404),
        ("GET", "/r/", 404),
        ("GET", "/r/a/b", 404),
        ("GET", "/api/twilio/recording", 405),
        ("POST", "/r/token", 405),
        ("POST", "/health", 405),
    ] {
        assert_eq!(scene.send(&Request::new(method, target)).status, expected, "{method} {target}");
    }
    assert_eq!(scene.world.calls(), []);
}
