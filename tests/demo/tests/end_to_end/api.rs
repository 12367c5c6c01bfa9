//! Every route of the API that reads or decides, with a token and without, on a recording that came home.

use demo::{Evidence, Job, Recorded, Scene};
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

#[tokio::test]
async fn what_is_known_of_a_recording_is_told_to_who_has_a_token() {
    let known = Known::new().await;
    let entry = known.scene.entry(&known.recording).await.unwrap().unwrap();
    let file = entry["recording_storage_path"].as_str().unwrap().rsplit('/').next().unwrap();
    for (method, path, expected) in [
        ("GET", "/api/calls/{call}/recording", 200),
        ("HEAD", "/api/calls/{call}/recording", 200),
        ("GET", "/api/calls/{call}/recording/availability", 200),
        ("HEAD", "/api/calls/{call}/recording/availability", 200),
        ("POST", "/api/calls/{call}/recording/refresh", 200),
        ("GET", &format!("/api/recordings?job={}", known.job.number), 200),
        ("HEAD", "/api/recordings", 200),
        ("GET", "/api/recordings/{call}/audio", 302),
        ("HEAD", "/api/recordings/{call}/audio", 302),
        ("GET", &format!("/api/audio/{file}"), 302),
        ("GET", "/api/jobs/00000000-0000-4000-8000-000000000000", 404),
        ("GET", "/openapi.json", 200),
    ] {
        let (status, answer) = known.ask(method, path).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        if path != "/openapi.json" {
            let (status, _) = known.scene.ask(method, &known.of(path), "no.token.atall", None).await.unwrap();
            assert_eq!(status, 401, "{method} {path}");
        }
    }
    let (_, told) = known.ask("GET", "/api/calls/{call}/recording").await;
    assert_eq!((&told["recording_id"], &told["status"]), (&json!(known.recording.id()), &json!("available")), "{told}");
    let (_, listed) = known.ask("GET", &format!("/api/recordings?job={}", known.job.number)).await;
    assert!(listed.to_string().contains(known.recording.id()), "{listed}");
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
