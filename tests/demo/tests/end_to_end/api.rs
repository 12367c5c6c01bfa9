//! Every route of the API that reads or decides, with a token and without, on a recording that came home.

use std::collections::BTreeSet;

use demo::{Evidence, Job, Recorded, Scene, signed};
use serde_json::{Value, json};
use standins::{Forgery, PlaceRecording, PlacedRecording};

use crate::scene;

/// A recording that came home, and who asks for it.
struct Known {
    scene: Scene,
    token: String,
    recording: PlacedRecording,
    job: Job,
    link: String,
}

impl Known {
    async fn new() -> Self {
        let scene = scene().await;
        let job = scene.job("JOB").await.unwrap();
        let recording = scene.record(PlaceRecording::default()).await.unwrap();
        scene.report(&recording, Some(&job), Forgery::None).await.unwrap();
        scene.until_settled(&recording).await.unwrap();
        let Evidence { link, .. } = scene.evidence(&recording, Some(&job), None).await.unwrap();
        let token = scene.token(&["view_call_history", "manage_recordings"]);
        Self { scene, token, recording, job, link: link.unwrap() }
    }

    async fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        self.scene.ask(method, &self.of(path), &self.token, None).await.unwrap()
    }

    /// Asks for something that is answered 200.
    async fn decide(&self, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.scene.ask("POST", &self.of(path), &self.token, body.as_ref()).await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn of(&self, path: &str) -> String {
        path.replace("{call}", &self.recording.call_sid)
    }
}

/// A request of a route: its method, its path as the document names it, and what follows that, its body, and what is answered.
type Request = (&'static str, &'static str, String, Option<Value>, u16);

/// One request of each route at the least, in an order in which none is in the way of those behind it.
fn requests(known: &Known, other: &Job) -> Vec<Request> {
    let job = format!("?job={}", known.job.number);
    let import = json!({ "recordings": [{
        "call_id": known.recording.call_sid,
        "recording_id": known.recording.recording_sid,
        "started_at": known.recording.started_at,
    }] });
    let day = json!({ "from": "2019-01-01", "to": "2019-01-01" });
    let bare = |method, path, status| (method, path, String::new(), None, status);
    let with = |path, body, status| ("POST", path, String::new(), Some(body), status);
    let reading = [
        ("/api/calls/{callId}/recording", 200),
        ("/api/calls/{callId}/recording/availability", 200),
        ("/api/calls/{callId}/recording/waveform", 200),
        ("/api/recordings/{callId}/audio", 302),
        ("/api/recordings/{callId}/accesses", 200),
        ("/api/audio/{fileName}", 302),
        ("/api/jobs/{id}", 404),
        ("/api/doctor", 200),
        ("/api/metrics", 200),
    ];
    let reading =
        reading.into_iter().flat_map(|(path, status)| [bare("GET", path, status), bare("HEAD", path, status)]);
    let listing = ["GET", "HEAD"].map(|method| (method, "/api/recordings", job.clone(), None, 200));
    let deciding = [
        bare("POST", "/api/live/tickets", 200),
        bare("POST", "/api/calls/{callId}/recording/refresh", 200),
        with("/api/recordings/import", import, 200),
        with("/api/jobs/fetch-missing-audio", day, 200),
        with("/api/recordings/{callId}/retention", json!({ "retention": "important" }), 200),
        with("/api/recordings/{callId}/assign", json!({ "job_number": other.number }), 200),
        bare("POST", "/api/recordings/{callId}/hold", 200),
        bare("DELETE", "/api/recordings/{callId}", 409),
        bare("POST", "/api/recordings/{callId}/release", 200),
        bare("POST", "/api/recordings/{callId}/revoke-link", 200),
        bare("DELETE", "/api/recordings/{callId}", 202),
        // Where there is nothing left, each says so.
        bare("GET", "/api/recordings/{callId}/audio", 410),
        bare("POST", "/api/recordings/{callId}/hold", 409),
    ];
    reading.chain(listing).chain(deciding).collect()
}

/// What the document has, each with the permission that it asks for. Where `GET` is, `HEAD` is too.
fn documented() -> BTreeSet<(String, String, String)> {
    let document: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let mut routes = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let permission = operation["security"][0]["token"][0].as_str().unwrap();
            let methods =
                if method == "get" { vec!["GET".to_owned(), "HEAD".to_owned()] } else { vec![method.to_uppercase()] };
            routes.extend(methods.into_iter().map(|method| (method, path.clone(), permission.to_owned())));
        }
    }
    routes
}

/// Tokens that nobody should believe.
fn forgeries(scene: &Scene) -> Vec<(&'static str, String)> {
    let (key_id, key) = scene.stack().secret().token_key();
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": key_id });
    let claims = |name: &str, value: Value| {
        let mut claims = scene.claims(&PERMISSIONS);
        claims[name] = value;
        claims
    };
    let ours = scene.claims(&PERMISSIONS);
    let unsigned = signed(&json!({ "alg": "none", "typ": "JWT" }), &ours, key.as_bytes());
    let (unsigned, _) = unsigned.rsplit_once('.').unwrap();
    let elsewhere = claims("iss", json!("https://issuer.example.com/"));
    let foreign = b"a key of somebody else's, as long as ours is and longer";
    vec![
        ("no token", "no.token.atall".to_owned()),
        ("alg none", format!("{unsigned}.")),
        ("alg none, with a signature", signed(&json!({ "alg": "none" }), &ours, key.as_bytes())),
        ("a foreign key", signed(&header, &ours, foreign)),
        ("a foreign key with an id of its own", signed(&json!({ "alg": "HS256", "kid": "k9" }), &ours, foreign)),
        ("a foreign issuer", signed(&json!({ "alg": "RS256", "kid": "k9" }), &elsewhere, foreign)),
        ("another algorithm with our key", signed(&json!({ "alg": "RS256", "kid": key_id }), &ours, key.as_bytes())),
        ("another audience", signed(&header, &claims("aud", json!("another")), key.as_bytes())),
        ("yesterday", signed(&header, &claims("exp", json!(1_700_000_000)), key.as_bytes())),
        ("nobody's organisation", signed(&header, &claims("org", json!("nobodys")), key.as_bytes())),
    ]
}

const PERMISSIONS: [&str; 3] = ["view_call_history", "manage_recordings", "operate"];

/// What is to be heard in the recording, once somebody was asked to listen to it.
async fn heard(known: &Known) -> Value {
    let path = known.of("/api/calls/{call}/recording/waveform");
    known.scene.until_answered(&path, &known.token, &[202], 200).await.unwrap()
}

/// The path of a request.
fn path_of(known: &Known, file: &str, (_, path, rest, ..): &Request) -> String {
    let path = known.of(path).replace("{callId}", &known.recording.call_sid).replace("{fileName}", file);
    path.replace("{id}", "00000000-0000-4000-8000-000000000000") + rest
}

#[tokio::test]
async fn every_route_of_the_document_answers_who_may_ask_and_nobody_else() {
    let known = Known::new().await;
    let (scene, other) = (&known.scene, known.scene.job("OTHER").await.unwrap());
    let entry = scene.entry(&known.recording).await.unwrap().unwrap();
    let file = entry["recording_storage_path"].as_str().unwrap().rsplit('/').next().unwrap();
    let requests = requests(&known, &other);
    let asked: BTreeSet<_> =
        requests.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    let routes = documented();
    let all: BTreeSet<_> = routes.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    assert_eq!(asked, all, "each route of the document, and no other");

    scene.sweep_until(&json!({ "job": "doctor" }), "a doctor's look", |_| true).await.unwrap();
    let forgeries = forgeries(scene);
    for (method, path, permission) in &routes {
        let request = requests.iter().find(|(of, at, ..)| (of, at) == (&&**method, &&**path)).unwrap();
        let target = path_of(&known, file, request);
        for (what, token) in &forgeries[..4] {
            let (status, _) = scene.ask(method, &target, token, None).await.unwrap();
            assert_eq!(status, 401, "{method} {path} with {what}");
        }
        let others: Vec<_> = PERMISSIONS.into_iter().filter(|other| other != permission).collect();
        let (status, _) = scene.ask(method, &target, &scene.token(&others), None).await.unwrap();
        assert_eq!(status, 403, "{method} {path} with {others:?}");
    }
    for (what, token) in &forgeries {
        let (status, _) = scene.ask("GET", "/api/recordings", token, None).await.unwrap();
        assert_eq!(status, 401, "{what}");
    }

    let token = scene.token(&PERMISSIONS);
    let heard = heard(&known).await;
    assert_eq!((heard["channels"].as_array().unwrap().len(), &heard["findings"]), (1, &json!([])), "{heard}");
    for request in &requests {
        let (method, path, _, body, expected) = request;
        let (status, answer) = scene.ask(method, &path_of(&known, file, request), &token, body.as_ref()).await.unwrap();
        assert_eq!(status, *expected, "{method} {path}: {answer}");
    }
    let (status, document) = scene.get("/openapi.json").await.unwrap();
    assert_eq!((status, document.as_str()), (200, include_str!("../../../../docs/openapi.json")));
}

#[tokio::test]
async fn what_is_known_of_a_recording_is_told() {
    let known = Known::new().await;
    let (_, told) = known.ask("GET", "/api/calls/{call}/recording").await;
    assert_eq!((&told["recording_id"], &told["status"]), (&json!(known.recording.id()), &json!("available")), "{told}");
    let (_, listed) = known.ask("GET", &format!("/api/recordings?job={}", known.job.number)).await;
    assert!(listed.to_string().contains(known.recording.id()), "{listed}");
    let (status, _) = known.ask("GET", "/api/recordings/{call}/audio").await;
    assert_eq!(status, 302);
    let (_, accesses) = known.ask("GET", "/api/recordings/{call}/accesses").await;
    assert!(accesses.to_string().contains("ada@example.com"), "{accesses}");
}

#[tokio::test]
async fn what_somebody_decides_is_carried_out() {
    let known = Known::new().await;
    let entry = known.scene.entry(&known.recording).await.unwrap().unwrap();
    let key = entry["recording_storage_path"].as_str().unwrap().to_owned();
    let tagged = async |wanted: &'static str| {
        let look = async || Ok((known.scene.tags(&key).await?.contains(&wanted.to_owned())).then_some(()));
        known.scene.wait_for(wanted, std::time::Duration::from_secs(60), look).await.unwrap();
    };
    tagged("retention=standard").await;
    known.decide("/api/recordings/{call}/retention", Some(json!({ "retention": "important" }))).await;
    tagged("retention=important").await;

    assert_eq!(known.decide("/api/recordings/{call}/hold", None).await["hold"], true);
    tagged("retention=hold").await;
    let (status, problem) = known.ask("DELETE", "/api/recordings/{call}").await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(known.decide("/api/recordings/{call}/release", None).await["hold"], false);
    tagged("retention=important").await;

    let other = known.scene.job("OTHER").await.unwrap();
    let assigned = known.decide("/api/recordings/{call}/assign", Some(json!({ "job_number": other.number }))).await;
    assert_eq!(assigned["former_jobs"], json!([known.job.number]), "{assigned}");
    let has_the_line = async || Ok(known.scene.history(&other).await?.contains(&known.link).then_some(()));
    known.scene.wait_for("the line", std::time::Duration::from_secs(60), has_the_line).await.unwrap();

    assert_eq!(known.scene.follow(&known.link).await.unwrap().status, 302);
    assert_eq!(known.decide("/api/recordings/{call}/revoke-link", None).await["recordings"], 1);
    assert_eq!(known.scene.follow(&known.link).await.unwrap().status, 404);
    let viewer = known.scene.token(&["view_call_history"]);
    for decision in ["hold", "release", "revoke-link", "assign", "retention"] {
        let path = known.of(&format!("/api/recordings/{{call}}/{decision}"));
        let (status, _) = known.scene.ask("POST", &path, &viewer, None).await.unwrap();
        assert_eq!(status, 403, "{decision}");
    }
}
