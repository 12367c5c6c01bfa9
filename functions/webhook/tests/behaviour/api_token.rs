use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recordings::fakes::{Plan, Where, sample};
use serde_json::{Value, json};

use crate::gateway::Answer;
use crate::link::{DOWN, stored};
use crate::scene::{OLD_JWT_KEY, Scene};
use crate::token::{Token, bearing};

fn path() -> String {
    format!("/api/calls/{}/recording", sample::recording(1).call_id)
}

fn ask(scene: &Scene, token: &str) -> Answer {
    scene.send(&bearing("GET", &path(), token))
}

fn code(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    serde_json::from_str::<Value>(answer.text()).unwrap()["code"].as_str().unwrap().to_owned()
}

fn viewer(scene: &Scene) -> Token {
    Token::with(scene, &["view_call_history"])
}

#[test]
fn a_good_token_lets_in_whichever_key_signed_it() {
    let scene = Scene::new();
    scene.world.put_entry(&stored(&scene));
    let rotated = viewer(&scene).header("kid", json!("k1")).signed_with(OLD_JWT_KEY);
    let several = viewer(&scene).claim("aud", json!(["somebody", "tapeline"]));
    let soon = viewer(&scene).claim("nbf", json!(scene.world.time().as_second() + 59));
    for token in [viewer(&scene), rotated, several, soon] {
        assert_eq!(ask(&scene, &token.text()).status, 200, "{}", token.claims);
    }
    let lower = viewer(&scene).text();
    let request = bearing("GET", &path(), &lower).header("authorization", &format!("bearer  {lower}"));
    assert_eq!(scene.send(&request).status, 200);
}

#[test]
fn without_a_token_there_is_no_answer_and_no_look_at_anything() {
    let scene = Scene::new();
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", "Token abc"] {
        let answer = scene.send(&bearing("GET", &path(), "").header("authorization", value));
        assert_eq!((answer.status, code(&answer).as_str()), (401, "token_missing"), "{value:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"tapeline\"");
    }
    assert_eq!(scene.world.calls(), []);
    assert_eq!(scene.count_of("api_refused"), 5);
}

#[test]
fn a_token_that_is_not_to_be_believed_is_refused_without_a_word_of_why() {
    let scene = Scene::new();
    scene.world.put_entry(&stored(&scene));
    let good = viewer(&scene);
    let now = scene.world.time().as_second();
    let unsigned = |token: &Token| format!("{}.", token.message());
    let (front, _) = good.text().rsplit_once('.').map(|(front, seal)| (front.to_owned(), seal.to_owned())).unwrap();
    let of_another = Token::with(&scene, &["view_call_history", "operate"]).text();
    let (_, other_seal) = of_another.rsplit_once('.').unwrap();
    let table = [
        ("token_malformed", "abc".to_owned()),
        ("token_malformed", "a.b.c".to_owned()),
        ("token_malformed", format!("{}.e30.", URL_SAFE_NO_PAD.encode("{}"))),
        ("token_malformed", unsigned(&good.clone().header("alg", json!("none")))),
        ("token_malformed", good.clone().header("alg", json!("hs256")).text()),
        ("token_malformed", format!("{}.{}", good.text(), "x")),
        ("token_algorithm", good.clone().header("alg", json!("RS256")).text()),
        ("token_algorithm", good.clone().header("alg", json!("HS512")).text()),
        ("token_key_unknown", good.clone().header("kid", json!("k3")).text()),
        ("token_key_unknown", good.clone().header("kid", Value::Null).text()),
        ("token_signature", good.clone().signed_with("another key that signs tokens, also long").text()),
        ("token_signature", good.clone().header("kid", json!("k1")).text()),
        ("token_signature", unsigned(&good)),
        ("token_signature", format!("{front}.{other_seal}")),
        ("token_claims", good.clone().without("org").text()),
        ("token_claims", good.clone().without("sub").text()),
        ("token_claims", good.clone().without("permissions").text()),
        ("token_claims", good.clone().without("exp").text()),
        ("token_claims", good.clone().without("aud").text()),
        ("token_claims", good.clone().claim("exp", json!("soon")).text()),
        ("token_claims", good.clone().claim("sub", json!("")).text()),
        ("token_claims", good.clone().claim("sub", json!("a\nb")).text()),
        ("token_claims", good.clone().claim("org", json!("../acme")).text()),
        ("token_audience", good.clone().claim("aud", json!("another")).text()),
        ("token_audience", good.clone().claim("aud", json!([])).text()),
        ("token_too_early", good.clone().claim("nbf", json!(now + 61)).text()),
        ("token_organisation", good.clone().of("nobody").text()),
        ("token_too_long", good.clone().claim("more", json!("x".repeat(5_000))).text()),
    ];
    let mut answers = table.map(|(reason, token)| {
        let before = scene.log.records("api_refused").len();
        let answer = ask(&scene, &token);
        let refused = scene.log.records("api_refused");
        assert_eq!(refused.len(), before + 1, "{reason}");
        assert_eq!(refused[before]["error_code"], reason, "{token}");
        answer
    });
    answers.sort_by_key(|answer| answer.text().to_owned());
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all of them look alike");
    assert_eq!((answers[0].status, code(&answers[0]).as_str()), (401, "token_invalid"));
    assert_eq!(answers[0].header("www-authenticate"), "Bearer realm=\"tapeline\", error=\"invalid_token\"");
    assert_eq!(scene.world.journal(), []);
}

#[test]
fn a_token_of_ours_whose_time_is_over_says_so() {
    let scene = Scene::new();
    let expired = viewer(&scene).claim("exp", json!(scene.world.time().as_second()));
    let answer = ask(&scene, &expired.text());
    assert_eq!((answer.status, code(&answer).as_str()), (401, "token_expired"));
}

#[test]
fn a_token_without_the_permission_is_forbidden() {
    let scene = Scene::new();
    scene.world.put_entry(&stored(&scene));
    for permissions in [vec![], vec!["operate", "manage_recordings"], vec!["VIEW_CALL_HISTORY"]] {
        let answer = ask(&scene, &Token::with(&scene, &permissions).text());
        assert_eq!((answer.status, code(&answer).as_str()), (403, "permission_missing"), "{permissions:?}");
        assert!(answer.text().contains("view_call_history"), "{}", answer.text());
    }
    assert_eq!(scene.world.journal(), []);
}

#[test]
fn a_secret_that_cannot_be_read_lets_nobody_in() {
    let scene = Scene::with_plan(Plan::none().always(Where::ports(&["SecretSource"]), DOWN));
    let answer = ask(&scene, &viewer(&scene).text());
    assert_eq!((answer.status, code(&answer).as_str(), answer.header("retry-after")), (503, "unavailable", "5"));
    assert_eq!((scene.log.records("api_failed").len(), scene.count_of("api_failed")), (1, 1));
}
