//! The page at `/`: for everybody, with nobody's data in it, and allowed to do no more than it has to.

use std::collections::BTreeMap;

use webhook::config::{DashboardSettings, Settings, SignIn};

use crate::gateway::{Answer, Request};
use crate::scene::{Scene, settings};

const FILES: [(&str, &str); 4] = [
    ("/", "text/html; charset=utf-8"),
    ("/dashboard/app.js", "text/javascript; charset=utf-8"),
    ("/dashboard/app.css", "text/css; charset=utf-8"),
    ("/dashboard/icon.svg", "image/svg+xml"),
];

fn get(scene: &Scene, path: &str) -> Answer {
    scene.send(&Request::new("GET", path))
}

/// What the policy of an answer lets be fetched, by directive.
fn policy(answer: &Answer) -> BTreeMap<String, Vec<String>> {
    let directives = answer.header("content-security-policy").split(';').map(str::trim);
    let words = directives.map(|directive| directive.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words.map(|words| (words[0].clone(), words[1..].to_vec())).collect()
}

#[test]
fn everybody_gets_the_page_and_nobody_is_asked_for_anything() {
    let scene = Scene::new();
    for (path, content_type) in FILES {
        let answer = get(&scene, path);
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type), "{path}");
        assert!(!answer.text().is_empty() && !answer.is_base64_encoded, "{path}");
        let head = scene.send(&Request::new("HEAD", path));
        assert_eq!((head.status, head.header("content-type"), head.text()), (200, content_type, ""), "{path}");
    }
    assert_eq!(scene.world.calls(), [], "no secret, no ledger, no bucket");
    assert_eq!(get(&scene, "/dashboard/other.js").status, 404);
    assert_eq!(get(&scene, "/dashboard/..%2f..%2fsecret").status, 404);
}

#[test]
fn the_page_asks_for_nothing_that_is_not_served() {
    let scene = Scene::new();
    let page = get(&scene, "/");
    let asked = page.text().split(['"']).filter(|text| text.starts_with("dashboard/"));
    let asked: Vec<_> = asked.map(|path| format!("/{path}")).collect();
    assert_eq!(asked.len(), 3);
    for path in asked {
        assert_eq!(get(&scene, &path).status, 200, "{path}");
    }
}

#[test]
fn the_page_may_only_do_what_it_has_to() {
    let scene = Scene::new();
    for (path, _) in FILES {
        let answer = get(&scene, path);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
            ("access-control-allow-origin", ""),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        let policy = policy(&answer);
        let of = |directive: &str| policy[directive].join(" ");
        assert_eq!(
            (of("default-src"), of("script-src"), of("style-src")),
            ("'none'".into(), "'self'".into(), "'self'".into())
        );
        assert_eq!(of("connect-src"), "'self' https://bucket.example.com wss://live.example.com");
        assert_eq!(of("media-src"), "https://bucket.example.com");
        for directive in ["base-uri", "form-action", "frame-ancestors", "trusted-types"] {
            assert_eq!(of(directive), "'none'", "{directive}");
        }
        let text = answer.header("content-security-policy");
        assert!(!text.contains("unsafe") && !text.contains('*'), "{text}");
    }
}

#[test]
fn the_issuer_is_asked_only_where_there_is_one() {
    let sign_in = SignIn {
        issuer: "https://login.example.com/acme".to_owned(),
        client_id: "page".to_owned(),
        audience: "tapeline".to_owned(),
        origins: vec!["https://login.example.com".to_owned(), "https://auth.example.com".to_owned()],
    };
    let dashboard = DashboardSettings { sign_in: Some(sign_in), ..settings().dashboard };
    let with = Scene::with(Settings { dashboard, ..settings() });
    let page = get(&with, "/");
    assert_eq!(
        policy(&page)["connect-src"].join(" "),
        "'self' https://bucket.example.com https://login.example.com https://auth.example.com wss://live.example.com"
    );
    assert!(page.text().contains(r#""client_id":"page""#));
    assert!(get(&Scene::new(), "/").text().contains(r#""sign_in":null"#));
}

#[test]
fn a_browser_that_has_it_is_told_so() {
    let scene = Scene::new();
    for (path, _) in FILES {
        let first = get(&scene, path);
        assert_eq!(first.header("cache-control"), "no-cache", "{path}");
        let again = scene.send(&Request::new("GET", path).header("if-none-match", first.header("etag")));
        assert_eq!((again.status, again.text()), (304, ""), "{path}");
    }
}
