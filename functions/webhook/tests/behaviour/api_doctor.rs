//! What the doctor last said: shown to operators, of their own organisation.

use recordings::fakes::{Plan, Where};
use recordings::ports::Cursors;
use serde_json::{Value, json};

use crate::gateway::Answer;
use crate::link::DOWN;
use crate::scene::Scene;
use crate::token::{Token, bearing};

fn ask(scene: &Scene, permission: &str) -> Answer {
    scene.send(&bearing("GET", "/api/doctor", &Token::with(scene, &[permission]).text()))
}

fn kept(scene: &Scene, text: &str) {
    scene.world.run(Cursors::write(&scene.world, "doctor", Some(text))).unwrap();
}

fn check(organisation: &str, subject: &str) -> Value {
    let findings = json!([{"what": "not_recorded", "subject": subject, "advice": "turn it on", "mended": false}]);
    json!({"name": "agents", "organisation": organisation, "provider": "vapi", "looked_at": 2, "findings": findings})
}

#[test]
fn an_operator_sees_what_concerns_the_own_organisation_and_nothing_else() {
    let scene = Scene::new();
    let everybodys = json!({"name": "bucket", "looked_at": 3, "findings": []});
    let checks = [check("acme", "theirs"), check("default", "ours"), everybodys];
    kept(&scene, &json!({"at": "2024-03-15T03:00:00Z", "checks": checks}).to_string());
    let answer = ask(&scene, "operate");
    assert_eq!((answer.status, answer.header("cache-control")), (200, "private, no-cache"));
    let found: Value = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(found["at"], "2024-03-15T03:00:00Z");
    assert_eq!(found["checks"].as_array().unwrap().len(), 2);
    assert_eq!(found["checks"][0]["findings"][0]["subject"], "ours");
    assert_eq!(found["checks"][1]["name"], "bucket", "what is about the installation is everybody's");
    assert!(!answer.text().contains("theirs") && !answer.text().contains("acme"));
    assert_eq!(ask(&scene, "manage_recordings").status, 403);
}

#[test]
fn before_the_doctor_ever_ran_there_is_nothing_and_that_is_no_error() {
    let scene = Scene::new();
    let nothing = json!({"at": null, "checks": []});
    let found = |scene: &Scene| serde_json::from_str::<Value>(ask(scene, "operate").text()).unwrap();
    assert_eq!(found(&scene), nothing);
    kept(&scene, "what another version kept");
    assert_eq!(found(&scene), nothing);
}

#[test]
fn a_bucket_that_is_down_may_be_asked_again() {
    let scene = Scene::new();
    scene.world.set_plan(Plan::none().always(Where::ports(&["CursorRead"]), DOWN));
    let answer = ask(&scene, "operate");
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
}
