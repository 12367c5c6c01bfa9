//! Audio through the API: its tiers, each broken in turn, what is imported, and what is fetched because it was missing.

use std::process::Command;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use demo::{Place, Scene};
use jiff::Timestamp;
use recordings::adapters::aws::{Clients, S3Ledger};
use recordings::audio::Container;
use recordings::fakes::sample;
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LedgerEntry, VerifiedAudio};
use recordings::object_key::AudioPrefix;
use recordings::ports::LedgerWrite;
use recordings::recording::{Outcome, Provider, RecordingRef, Report};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, HeaderName, LOCATION, RANGE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standins::{Audio, Fault, PlaceRecording, PlacedRecording};

use crate::archive::Archive;
use crate::scene;

/// Somebody with a token.
struct Caller {
    scene: Scene,
    client: Client,
    token: String,
}

impl Caller {
    async fn new() -> Self {
        // The scene chooses who would speak TLS, before a client wants to know.
        let scene = scene().await;
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let token = scene.token(&["view_call_history", "manage_recordings"]);
        Self { scene, client, token }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.scene.stack().public_base_url())
    }

    async fn ask(&self, method: Method, path: &str) -> Response {
        self.client.request(method, self.url(path)).bearer_auth(&self.token).send().await.unwrap()
    }

    /// Asks for audio until there is another answer than that it is on its way.
    async fn listen(&self, call: &str) -> Response {
        loop {
            let answer = self.ask(Method::GET, &format!("/api/recordings/{call}/audio")).await;
            if answer.status() != 202 {
                return answer;
            }
            assert_eq!(header(&answer, &RETRY_AFTER), "5");
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(self.url(path)).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    /// A recording at Twilio that nobody reports.
    async fn unreported(&self) -> PlacedRecording {
        let wanted = PlaceRecording { audio: Audio::Seconds(9.0), ..PlaceRecording::default() };
        self.scene.record(wanted).await.unwrap()
    }

    async fn import(&self, placed: &PlacedRecording, legacy_url: Option<String>) {
        let item = json!({
            "call_id": placed.call_sid,
            "recording_id": placed.recording_sid,
            "started_at": placed.started_at,
            "duration_seconds": 9,
            "legacy_url": legacy_url,
        });
        let (status, body) = self.post("/api/recordings/import", &json!({"recordings": [item]})).await;
        assert_eq!((status, &body["recordings"][0]["result"]), (200, &json!("created")), "{body}");
    }
}

fn header<'a>(answer: &'a Response, name: &HeaderName) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn tier(answer: &Response) -> (u16, &str) {
    (answer.status().as_u16(), header(answer, &HeaderName::from_static("x-recording-tier")))
}

fn sha256(audio: &[u8]) -> String {
    hex::encode(Sha256::digest(audio))
}

#[tokio::test]
async fn what_the_provider_has_is_fetched_stored_and_served_and_comes_from_the_bucket_from_then_on() {
    let caller = Caller::new().await;
    let placed = caller.unreported().await;
    caller.import(&placed, None).await;
    let source = caller.scene.at_twilio(&placed).await.unwrap().unwrap();
    let first = caller.listen(&placed.call_sid).await;
    assert_eq!(tier(&first), (302, "provider"));
    let again = caller.listen(&placed.call_sid).await;
    assert_eq!(tier(&again), (302, "bucket"));
    for answer in [first, again] {
        let audio = caller.client.get(header(&answer, &LOCATION)).send().await.unwrap();
        assert!(header(&audio, &CONTENT_DISPOSITION).contains(&placed.call_sid), "a name to save it as");
        assert_eq!(audio.bytes().await.unwrap(), source);
    }

    let entry = caller.scene.entry(&placed).await.unwrap().unwrap();
    let name = entry["recording_storage_path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let by_name = caller.ask(Method::GET, &format!("/api/audio/{name}")).await;
    assert_eq!((tier(&by_name), header(&by_name, &reqwest::header::CACHE_CONTROL)), ((302, "bucket"), "no-store"));
    let audio = caller.client.get(header(&by_name, &LOCATION)).send().await.unwrap();
    assert_eq!(header(&audio, &reqwest::header::CACHE_CONTROL), "private, max-age=86400");
    let head = caller.ask(Method::HEAD, &format!("/api/audio/{name}")).await;
    let audio = caller.client.head(header(&head, &LOCATION)).send().await.unwrap();
    assert_eq!((audio.status().as_u16(), header(&audio, &CONTENT_LENGTH)), (200, source.len().to_string().as_str()));
}

#[tokio::test]
async fn each_tier_stands_in_for_the_one_before_it_and_when_all_fail_each_says_why() {
    let (caller, archive) = (Caller::new().await, Archive::open().await);
    let placed = caller.unreported().await;
    caller.import(&placed, Some(archive.url("old.wav"))).await;
    caller.scene.delete_at_twilio(&placed).await.unwrap();

    let nowhere = caller.listen(&placed.call_sid).await;
    assert_eq!(nowhere.status(), 404);
    let body: Value = serde_json::from_str(&nowhere.text().await.unwrap()).unwrap();
    let tiers: Vec<_> = body["tiers"].as_array().unwrap().iter().map(|tier| tier["tier"].as_str().unwrap()).collect();
    assert_eq!((body["code"].as_str(), tiers), (Some("audio_nowhere"), vec!["bucket", "provider", "legacy"]));
    assert_eq!(body["tiers"][2]["code"], "legacy_gone");

    let audio = sample::wav(9, 1);
    archive.put("old.wav", audio.clone());
    let answer = caller.listen(&placed.call_sid).await;
    assert_eq!(tier(&answer), (302, "legacy"));
    let heard = caller.client.get(header(&answer, &LOCATION)).send().await.unwrap();
    assert_eq!(heard.bytes().await.unwrap(), audio);
    assert_eq!(tier(&caller.listen(&placed.call_sid).await), (302, "bucket"));
    assert_eq!(
        (archive.credentials(), archive.has("old.wav")),
        (0, true),
        "nothing is proved there, and nothing deleted"
    );
}

/// The code of each tier that a problem document tells of.
async fn reasons(answer: Response) -> Vec<(String, String)> {
    assert_eq!(answer.status(), 404, "{answer:?}");
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let text = |tier: &Value, name: &str| tier[name].as_str().unwrap().to_owned();
    body["tiers"].as_array().unwrap().iter().map(|tier| (text(tier, "tier"), text(tier, "code"))).collect()
}

fn told(reasons: &[(&str, &str)]) -> Vec<(String, String)> {
    reasons.iter().map(|(tier, code)| ((*tier).to_owned(), (*code).to_owned())).collect()
}

/// Nobody waits for it any more once everything is well, so that it is asked for again, unless a retry was quicker.
async fn asked_again(caller: &Caller, placed: &PlacedRecording) {
    let answer = caller.listen(&placed.call_sid).await;
    assert!([(302, "provider"), (302, "bucket")].contains(&tier(&answer)), "{answer:?}");
}

#[tokio::test]
async fn while_the_bucket_takes_no_audio_each_tier_says_why_and_then_the_provider_serves() {
    let (caller, archive) = (Caller::new().await, Archive::open().await);
    let placed = caller.unreported().await;
    let source = caller.scene.at_twilio(&placed).await.unwrap().unwrap();
    caller.import(&placed, Some(archive.url("never-asked.wav"))).await;
    let full = caller.scene.breaks(Place::AudioUpload(&placed), Fault::s3_access_denied()).await.unwrap();
    let nowhere = reasons(caller.listen(&placed.call_sid).await).await;
    assert_eq!(nowhere, told(&[("bucket", "not_stored"), ("provider", "s3_refused"), ("legacy", "not_asked")]));
    assert!(full.mend().await.unwrap().struck > 0);
    asked_again(&caller, &placed).await;
    let entry = caller.scene.until(&placed, "storing", |entry| entry["status"] == "available").await.unwrap();
    assert_eq!(entry["audio"]["sha256"], sha256(&source));
    assert_eq!(tier(&caller.listen(&placed.call_sid).await), (302, "bucket"));
}

#[tokio::test]
async fn while_the_provider_is_down_nobody_asks_elsewhere_and_while_the_ledger_is_nobody_knows() {
    let (caller, archive) = (Caller::new().await, Archive::open().await);
    let placed = caller.unreported().await;
    archive.put("old.wav", sample::wav(9, 1));
    caller.import(&placed, Some(archive.url("old.wav"))).await;
    let down =
        caller.scene.breaks(Place::TwilioAudio(&placed), Fault::json(503, &json!({ "status": 503 }))).await.unwrap();
    let nowhere = reasons(caller.listen(&placed.call_sid).await).await;
    let expected = [("bucket", "not_stored"), ("provider", "provider_unavailable"), ("legacy", "not_asked")];
    assert_eq!(nowhere, told(&expected), "what is down may come back, and what is gone may not");
    assert!(down.mend().await.unwrap().struck > 0);

    let shut = caller.scene.breaks(Place::Bucket(&placed), Fault::s3_access_denied()).await.unwrap();
    let answer = caller.ask(Method::GET, &format!("/api/recordings/{}/audio", placed.call_sid)).await;
    assert_eq!((answer.status().as_u16(), header(&answer, &RETRY_AFTER)), (503, "5"));
    assert!(shut.mend().await.unwrap().struck > 0);
    asked_again(&caller, &placed).await;
    caller.scene.until(&placed, "storing", |entry| entry["status"] == "available").await.unwrap();
    assert_eq!(tier(&caller.listen(&placed.call_sid).await), (302, "bucket"));
}

#[tokio::test]
async fn curl_finds_its_way_with_a_token_that_s3_never_sees() {
    let caller = Caller::new().await;
    let placed = caller.unreported().await;
    caller.import(&placed, None).await;
    let source = caller.scene.at_twilio(&placed).await.unwrap().unwrap();
    caller.listen(&placed.call_sid).await;
    let url = caller.url(&format!("/api/recordings/{}/audio", placed.call_sid));
    let authorization = format!("Authorization: Bearer {}", caller.token);
    let curl = Command::new("curl").args(["-sSLv", "--noproxy", "*", "-H", &authorization, &url]).output();
    let Ok(curl) = curl else { return eprintln!("SKIPPED: there is no curl on this machine") };
    assert_eq!(Bytes::from(curl.stdout), source);
    let sent = String::from_utf8_lossy(&curl.stderr);
    let sent: Vec<_> = sent.lines().filter(|line| line.to_ascii_lowercase().starts_with("> authorization")).collect();
    assert_eq!(sent.len(), 1, "to us, and not to S3");
}

#[tokio::test]
async fn three_hundred_megabytes_are_served_in_ranges() {
    const BYTES: usize = 300_000_000;
    let caller = Caller::new().await;
    let access = caller.scene.stack().aws();
    let clients =
        Clients::for_endpoint(&access.endpoint, access.region, access.access_key_id, access.secret_access_key).unwrap();
    let (call, recording) = (format!("CA{:032x}", 0x300), format!("RE{:032x}", 0x300));
    let recording = RecordingRef::parse("default", Provider::Twilio, &call, &recording).unwrap();
    let at = Timestamp::now();
    let key = AudioPrefix::parse("recordings/").unwrap().audio_key(&recording, at, None, Container::Wav);
    let mut audio = BytesMut::zeroed(BYTES);
    for at in (0..BYTES).step_by(1_000) {
        audio[at..at + 8].copy_from_slice(&(at as u64).to_le_bytes());
    }
    let audio = audio.freeze();
    caller.scene.put_audio(key.as_str(), audio.clone()).await.unwrap();
    let verified = VerifiedAudio {
        bytes: BYTES as u64,
        sha256: "0".repeat(64),
        crc64nvme: "AAAAAAAAAAA=".to_owned(),
        container: Container::Wav,
        content_type: "audio/wav".to_owned(),
        duration_measured_ms: None,
        channels: None,
        findings: Vec::new(),
    };
    let line = PinnedLine::from_text("---- | a test".to_owned());
    let entry = LedgerEntry::received(recording, None, &Report::of(Outcome::Completed), at);
    let changes = [Change::KeyPinned(key), Change::Stored { audio: verified, line }];
    let entry = changes.into_iter().fold(entry, |entry, change| entry.apply(change, at).unwrap());
    S3Ledger::new(&clients, &caller.scene.stack().outputs().bucket_name).create(&entry).await.unwrap();

    let answer = caller.listen(&call).await;
    assert_eq!(tier(&answer), (302, "bucket"));
    let location = header(&answer, &LOCATION);
    for (first, last) in [(0, 999), (150_000_000, 150_999_999), (BYTES - 1_000, BYTES - 1)] {
        let part = caller.client.get(location).header(RANGE, format!("bytes={first}-{last}")).send().await.unwrap();
        assert_eq!(part.status(), 206);
        assert_eq!(header(&part, &CONTENT_RANGE), format!("bytes {first}-{last}/{BYTES}"));
        assert_eq!(part.bytes().await.unwrap(), audio.slice(first..=last));
    }
    let behind = caller.client.get(location).header(RANGE, format!("bytes={BYTES}-")).send().await.unwrap();
    assert_eq!(behind.status(), 416);
}

#[tokio::test]
async fn all_that_is_missing_is_fetched_and_counted() {
    let caller = Caller::new().await;
    let day = "2021-06-01T12:00:00Z".parse::<Timestamp>().unwrap();
    let mut placed = Vec::new();
    for n in 0..7 {
        let started_at = Some(day + Duration::from_secs(n * 60));
        let wanted = PlaceRecording { audio: Audio::Seconds(9.0), started_at, ..PlaceRecording::default() };
        let recording = caller.scene.record(wanted).await.unwrap();
        caller.import(&recording, None).await;
        placed.push(recording);
    }
    caller.scene.delete_at_twilio(&placed[6]).await.unwrap();
    let window = json!({"from": "2021-06-01", "to": "2021-06-01"});
    let (_, mut told) = caller.post("/api/jobs/fetch-missing-audio", &window).await;
    assert_eq!(told["results"]["total"], 7, "{told}");
    let progress = format!("/api/jobs/{}", told["id"].as_str().unwrap());
    while told["status"] != "done" {
        let answer = caller.ask(Method::GET, &progress).await;
        told = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    }
    assert_eq!(told["results"], json!({"total": 7, "success": 6, "failed": 0, "unavailable": 1}));
    for recording in &placed[..6] {
        assert_eq!(caller.scene.entry(recording).await.unwrap().unwrap()["status"], "available");
    }
}
