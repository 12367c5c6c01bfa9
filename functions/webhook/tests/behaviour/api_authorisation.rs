//! Every route of the OpenAPI document, asked by everybody who may not, and by who may. A route that is added to the document
//! is added to this test.

use recordings::fakes::sample;
use recordings::object_key::ObjectKey;
use recordings::recording::RetrievalId;
use recordings::retrieval::Retrieval;
use serde_json::{Map, Value};

use crate::gateway::{Answer, Request};
use crate::link::stored;
use crate::scene::Scene;
use crate::token::{Token, bearing};

const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");
const PERMISSIONS: [&str; 3] = ["view_call_history", "manage_recordings", "operate"];

/// A call that nobody knows.
const MISSING: &str = "CA99999999999999999999999999999999";

/// What the sweeper keeps of `default`, for operators.
const KEPT: [(&str, &str); 2] = [
    (
        "doctor",
        r#"{"at":"2024-03-15T03:00:00Z","checks":[{"name":"agents","organisation":"default","looked_at":1,"findings":[]}]}"#,
    ),
    (
        "loss-meter",
        r#"{"begun_at":"2024-03-15T03:00:00Z","ended_at":"2024-03-15T03:00:01Z","organisations":{"default":{"twilio":{}}}}"#,
    ),
];

pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    permission: String,
    /// What it takes, made of the document's examples.
    body: Option<String>,
}

pub(crate) fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let permission = operation["security"][0]["token"][0].as_str();
            let permission = permission.unwrap_or_else(|| panic!("{method} {path} asks for no permission")).to_owned();
            let method: &'static str = method.to_uppercase().leak();
            let body = body(&document, operation);
            if method == "GET" {
                routes.push(Route { method: "HEAD", path: path.clone(), permission: permission.clone(), body: None });
            }
            routes.push(Route { method, path: path.clone(), permission, body });
        }
    }
    routes
}

fn body(document: &Value, operation: &Value) -> Option<String> {
    let schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()?;
    let properties = document.pointer(schema.trim_start_matches('#'))?["properties"].as_object()?;
    let examples = properties.iter().filter(|(_, property)| !property["example"].is_null());
    let examples: Map<_, _> = examples.map(|(name, property)| (name.clone(), property["example"].clone())).collect();
    Some(Value::Object(examples).to_string())
}

impl Route {
    /// The route with something of `default` in it, or with what nobody has.
    fn target(&self, id: &str) -> String {
        let job = RetrievalId::of(if id == MISSING { 9 } else { 7 });
        let path = self.path.replace("{callId}", id).replace("{fileName}", &format!("{id}-JOB7.mp3"));
        path.replace("{id}", job.as_str())
    }

    /// The answer to a bearer, and the effects that there were before.
    fn ask(&self, token: Option<&str>, id: Option<&str>) -> (Scene, Answer) {
        let scene = Scene::new();
        let entry = stored(&scene);
        scene.world.put_entry(&entry);
        let organisation = entry.recording.organisation.clone();
        let job =
            Retrieval::new(RetrievalId::of(7), organisation.clone(), std::slice::from_ref(&entry), scene.world.time());
        let key = ObjectKey::Retrieval(&organisation, &job.id).to_string();
        scene.world.put_document(&key, &serde_json::to_string(&job).unwrap());
        scene.world.put_document(&ObjectKey::Day(&entry.recording, entry.started_at).to_string(), "");
        for (name, kept) in KEPT {
            scene.world.put_document(&ObjectKey::Cursor(name).to_string(), &Value::from(kept).to_string());
        }
        let target = self.target(id.unwrap_or(entry.recording.call_id.as_str()));
        let request =
            token.map_or_else(|| Request::new(self.method, &target), |token| bearing(self.method, &target, token));
        let request = match &self.body {
            Some(body) => request.header("content-type", "application/json").body(body.as_str()),
            None => request,
        };
        let answer = scene.send(&request);
        (scene, answer)
    }
}

/// The call that `default` has.
fn sample_call() -> &'static str {
    sample::recording(1).call_id.to_string().leak()
}

fn token(permissions: &[&str]) -> Token {
    Token::with(&Scene::new(), permissions)
}

#[test]
fn every_permission_is_one_that_there_is() {
    let routes = routes();
    assert!(routes.len() >= 7);
    assert!(routes.iter().all(|route| PERMISSIONS.contains(&route.permission.as_str())));
}

#[test]
fn nobody_gets_in_without_a_good_token() {
    let forged = token(&PERMISSIONS).signed_with("another key that signs tokens, also long").text();
    let unsigned = format!("{}.", token(&PERMISSIONS).header("alg", "none".into()).message());
    let expired = token(&PERMISSIONS).claim("exp", (Scene::new().world.time().as_second() - 3_600).into()).text();
    let elsewhere = token(&PERMISSIONS).claim("aud", "somebody else".into()).text();
    for route in routes() {
        for token in [None, Some(forged.as_str()), Some(&unsigned), Some(&expired), Some(&elsewhere), Some("abc")] {
            let (scene, answer) = route.ask(token, None);
            assert_eq!(answer.status, 401, "{} {} for {token:?}", route.method, route.path);
            assert!(!answer.header("www-authenticate").is_empty());
            assert_eq!(scene.world.journal(), []);
        }
    }
}

#[test]
fn nobody_gets_in_without_the_permission() {
    for route in routes() {
        let others: Vec<_> = PERMISSIONS.into_iter().filter(|permission| *permission != route.permission).collect();
        let (scene, answer) = route.ask(Some(&token(&others).text()), None);
        assert_eq!(answer.status, 403, "{} {} asks for {}", route.method, route.path, route.permission);
        assert_eq!(scene.world.journal(), []);
    }
}

#[test]
fn another_organisations_things_answer_like_none() {
    for route in routes().iter().filter(|route| route.path.contains('{')) {
        let acme = token(&[&route.permission]).of("acme").text();
        let (scene, foreign) = route.ask(Some(&acme), None);
        let (_, none) = route.ask(Some(&acme), Some(MISSING));
        assert_eq!((foreign.status, &foreign), (404, &none), "{} {}", route.method, route.path);
        assert_eq!(scene.world.journal(), []);
    }
}

/// What names nothing is answered of the caller's own organisation, which has nothing.
#[test]
fn whoever_names_nothing_sees_nothing_of_another_organisation() {
    let of_default = ["default", sample_call(), "JOB7", "agents", "\"listed\""];
    for route in routes().iter().filter(|route| !route.path.contains('{')) {
        let (_, theirs) = route.ask(Some(&token(&[&route.permission]).of("acme").text()), None);
        assert!(theirs.status < 500 && ![401, 403, 404].contains(&theirs.status), "{} {}", route.method, route.path);
        for word in of_default {
            assert!(
                !theirs.text().contains(word),
                "{} {} tells of {word}: {}",
                route.method,
                route.path,
                theirs.text()
            );
        }
        let (_, ours) = route.ask(Some(&token(&[&route.permission]).text()), None);
        let tells = of_default.iter().any(|word| ours.text().contains(word));
        assert!(tells || route.method != "GET", "{} would tell of it: {}", route.path, ours.text());
    }
}

#[test]
fn whoever_may_gets_an_answer() {
    for route in routes() {
        let (_, answer) = route.ask(Some(&token(&[&route.permission]).text()), None);
        assert!(![401, 403, 404, 405].contains(&answer.status), "{} {}: {}", route.method, route.path, answer.status);
        assert!(answer.status < 500);
    }
}
