//! Answers that are not sent again to who has them, and `HEAD` wherever there is `GET`.

use recordings::object_key::ObjectKey;
use recordings::recording::RetrievalId;
use recordings::retrieval::Retrieval;
use serde_json::Value;

use crate::api_authorisation::routes;
use crate::gateway::{Answer, Request};
use crate::link::{path_of, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing, viewing};

const ALL: [&str; 3] = ["view_call_history", "manage_recordings", "operate"];

fn known(scene: &Scene, request: &Request, tags: &str) -> Answer {
    scene.send(&request.clone().header("if-none-match", tags))
}

/// Where the answer is known it is not sent, and where it is not it is.
fn assert_conditional(scene: &Scene, request: &Request) {
    let first = scene.send(request);
    let tag = first.header("etag");
    assert!(first.status == 200 && tag.starts_with('"') && tag.len() > 20, "{request:?}: {first:?}");
    for same in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = known(scene, request, &same);
        assert_eq!((again.status, again.header("etag"), &*again.bytes()), (304, tag, &b""[..]), "{same}");
        assert_eq!(again.header("cache-control"), first.header("cache-control"));
        assert_eq!((again.header("content-type"), again.header("content-length")), ("", ""));
    }
    for other in ["\"other\"", "W/\"other\"", "nonsense", ""] {
        assert_eq!(known(scene, request, other), first, "{other}");
    }
    let head = scene.send(&Request { method: "HEAD", ..request.clone() });
    assert_eq!((head.status, head.header("etag"), &*head.bytes()), (200, tag, &b""[..]));
}

#[test]
fn the_document_is_sent_once() {
    let scene = Scene::new();
    let request = Request::new("GET", "/openapi.json");
    assert_conditional(&scene, &request);
    assert_eq!(scene.send(&request).header("cache-control"), "public, max-age=300");
    assert_eq!(known(&scene, &request, "*").header("access-control-allow-origin"), "*");
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    scene.world.put_document(&ObjectKey::Day(&entry.recording, entry.started_at).to_string(), "");
    let call = &entry.recording.call_id;
    let list = viewing(&scene, "/api/recordings");
    for (target, kept) in [
        ("/api/recordings".to_owned(), "private, no-store"),
        (format!("/api/calls/{call}/recording/availability"), "private, no-store"),
        (format!("/api/recordings/{call}/accesses"), "private, no-store"),
        ("/api/doctor".to_owned(), "private, no-cache"),
    ] {
        let request = bearing("GET", &target, &Token::with(&scene, &ALL).text());
        assert_conditional(&scene, &request);
        assert_eq!(scene.send(&request).header("cache-control"), kept, "{target}");
    }
    let before = scene.send(&list).header("etag").to_owned();
    scene.world.put_entry(&entry.apply(recordings::ledger_entry::Change::Expired, scene.world.time()).unwrap());
    assert_eq!(known(&scene, &list, &before).status, 200, "it changed");
}

#[test]
fn an_answer_with_a_signed_url_is_made_for_the_one_who_asks() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let request = viewing(&scene, &format!("/api/calls/{}/recording", entry.recording.call_id));
    let answer = known(&scene, &request, "*");
    assert_eq!((answer.status, answer.header("etag")), (200, ""));
    assert_eq!(answer.header("cache-control"), "private, no-store");
}

#[test]
fn only_reading_is_conditional_and_an_error_is_never_known() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let token = Token::with(&scene, &ALL).text();
    let hold = bearing("POST", &format!("/api/recordings/{}/hold", entry.recording.call_id), &token);
    assert_eq!(known(&scene, &hold, "*").status, 200);
    assert_eq!(known(&scene, &viewing(&scene, "/api/jobs/none"), "*").status, 404);
    assert_eq!(known(&scene, &Request::new("GET", "/api/doctor"), "*").status, 401);
}

/// What differs between two answers to the same question: a signature is good for one method.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "location" && *name != "content-length");
    (answer.status, headers.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[test]
fn head_answers_as_get_does_without_the_content() {
    let mut targets: Vec<String> = vec!["/health".into(), "/openapi.json".into(), "link".into(), "/r/none".into()];
    targets.extend(routes().into_iter().filter(|route| route.method == "GET").map(|route| route.path));
    assert!(targets.len() > 12);
    for target in targets {
        let answers = ["GET", "HEAD"].map(|method| {
            let scene = Scene::new();
            let entry = stored(&scene);
            scene.world.put_entry(&entry);
            let retrieval = Retrieval::new(
                RetrievalId::of(7),
                entry.recording.organisation.clone(),
                std::slice::from_ref(&entry),
                scene.world.time(),
            );
            let key = ObjectKey::Retrieval(&retrieval.organisation, &retrieval.id).to_string();
            scene.world.put_document(&key, &serde_json::to_string::<Retrieval>(&retrieval).unwrap());
            let target = match target.as_str() {
                "link" => path_of(&scene, &entry.recording, 0),
                path => path
                    .replace("{callId}", entry.recording.call_id.as_str())
                    .replace("{fileName}", entry.recording_storage_path.as_ref().unwrap().file_name())
                    .replace("{id}", retrieval.id.as_str()),
            };
            scene.send(&bearing(method, &target, &Token::with(&scene, &ALL).text()))
        });
        let [get, head] = answers;
        assert_eq!(comparable(&get), comparable(&head), "{target}");
        assert!(head.bytes().is_empty(), "{target}");
        assert!(get.status < 400 || target == "/r/none", "{target}: {get:?}");
        let is_json = get.header("content-type") == "application/json";
        assert!(!is_json || serde_json::from_str::<Value>(get.text()).is_ok());
    }
}
