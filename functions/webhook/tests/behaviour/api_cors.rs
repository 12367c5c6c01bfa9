use webhook::config::{AllowedOrigins, ApiSettings, Settings};

use crate::gateway::Request;
use crate::scene::{Scene, settings};

const PATH: &str = "/api/calls/CA00000000000000000000000000000001/recording";
const PAGE: &str = "https://app.example.com";

fn scene() -> Scene {
    let api = ApiSettings { cors_allowed_origins: AllowedOrigins::parse(PAGE).unwrap(), ..ApiSettings::default() };
    Scene::with(Settings { api, ..settings() })
}

#[test]
fn a_browser_is_told_beforehand_what_its_page_may_send() {
    let scene = scene();
    let question = Request::new("OPTIONS", PATH).header("origin", PAGE).header("access-control-request-method", "GET");
    let answer = scene.send(&question);
    assert_eq!((answer.status, answer.text()), (204, ""));
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    assert!(answer.header("access-control-allow-headers").contains("authorization"));
    assert_eq!(answer.header("access-control-allow-credentials"), "", "no cookie is ever looked at");
    assert_eq!(scene.world.calls(), []);
}

#[test]
fn refusals_can_be_read_by_the_page_too() {
    let answer = scene().send(&Request::new("GET", PATH).header("origin", PAGE));
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, PAGE));
    assert_eq!(answer.header("vary"), "origin");
}

#[test]
fn another_page_may_read_nothing() {
    for method in ["GET", "OPTIONS"] {
        let answer = scene().send(&Request::new(method, PATH).header("origin", "https://evil.example"));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[test]
fn where_every_page_may_none_is_named() {
    let answer = Scene::new().send(&Request::new("GET", PATH).header("origin", PAGE));
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("*", ""));
}
