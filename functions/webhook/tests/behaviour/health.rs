use crate::gateway::Request;
use crate::scene::Scene;

#[test]
fn the_function_says_that_it_lives_and_asks_nobody() {
    let scene = Scene::new();
    let answer = scene.send(&Request::new("GET", "/health"));
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.text(), r#"{"status":"ok"}"#);
    assert_eq!(scene.world.calls(), []);
}

#[test]
fn what_is_no_route_is_not_found() {
    let scene = Scene::new();
    for (method, target, expected) in [
        ("GET", "/", 404),
        ("POST", "/api/twilio/recording/", 404),
        ("POST", "//api/twilio/recording", 404),
        ("GET", "/r/", 404),
        ("GET", "/r/a/b", 404),
        ("GET", "/api/twilio/recording", 405),
        ("POST", "/r/token", 405),
    ] {
        assert_eq!(scene.send(&Request::new(method, target)).status, expected, "{method} {target}");
    }
    assert_eq!(scene.world.calls(), []);
}
