//! Links of recordings that are at Twilio and not in the bucket yet.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use demo::Scene;
use recordings::adapters::aws::{Clients, S3Ledger, SecretsManager};
use recordings::adapters::system::SystemClock;
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LastError, LedgerEntry};
use recordings::link::LinkTarget;
use recordings::ports::{Clock, LedgerWrite, SecretSource};
use recordings::recording::{Outcome, Provider, RecordingRef, Report};
use reqwest::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderName, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use standins::{Audio, PlaceRecording, PlacedRecording};

use crate::scene;

const SLICE: usize = 4 * 1024 * 1024;

/// A recording at Twilio, and who wants to hear it.
struct Listener {
    scene: Scene,
    clients: Clients,
    client: Client,
    placed: PlacedRecording,
    recording: RecordingRef,
}

impl Listener {
    async fn of_a_recording(seconds: f64) -> Self {
        let scene = scene().await;
        let access = scene.stack().aws();
        let clients =
            Clients::for_endpoint(&access.endpoint, access.region, access.access_key_id, access.secret_access_key)
                .unwrap();
        let wanted = PlaceRecording { audio: Audio::Seconds(seconds), ..PlaceRecording::default() };
        let placed = scene.record(wanted).await.unwrap();
        let recording =
            RecordingRef::parse("default", Provider::Twilio, &placed.call_sid, &placed.recording_sid).unwrap();
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { scene, clients, client, placed, recording }
    }

    async fn link(&self, target: &LinkTarget) -> String {
        let secret_arn = &self.scene.stack().outputs().secret_arn;
        let secrets = SecretsManager::new(&self.clients, secret_arn, SystemClock).current().await.unwrap();
        format!("{}/r/{}", self.scene.stack().public_base_url(), secrets.link_keys.seal(target))
    }

    /// What transfer leaves behind when the bucket does not take the audio.
    async fn fall_back(&self) {
        let at = self.placed.started_at;
        let report = Report {
            duration_seconds: self.placed.reported_seconds,
            channels: Some(1),
            started_at: Some(at),
            ..Report::of(Outcome::Completed)
        };
        let error = LastError { code: "s3_unavailable".to_owned(), message: "a test".to_owned(), at };
        let fell_back = Change::FellBack {
            provider_url: self.placed.recording_url.clone(),
            error,
            next_attempt_at: None,
            line: PinnedLine::from_text("---- | a test".to_owned()),
        };
        let entry = LedgerEntry::received(self.recording.clone(), None, &report, at).apply(fell_back, at).unwrap();
        S3Ledger::new(&self.clients, &self.scene.stack().outputs().bucket_name).create(&entry).await.unwrap();
    }

    async fn ask(&self, method: Method, link: &str, range: Option<String>) -> Response {
        let request = self.client.request(method, link);
        let request = range.into_iter().fold(request, |request, range| request.header(RANGE, range));
        request.send().await.unwrap()
    }

    /// The whole, as a player hears it: each slice from where the last one ended.
    async fn hear(&self, link: &str) -> (Vec<u8>, usize) {
        let (mut heard, mut slices) = (Vec::new(), 0);
        loop {
            let slice = self.ask(Method::GET, link, Some(format!("bytes={}-", heard.len()))).await;
            assert_eq!((slice.status().as_u16(), header(&slice, &CONTENT_TYPE)), (206, "audio/mpeg"));
            let (range, first) = (header(&slice, &CONTENT_RANGE).to_owned(), heard.len());
            let bytes = slice.bytes().await.unwrap();
            assert!(bytes.len() <= SLICE, "{range}");
            heard.extend_from_slice(&bytes);
            slices += 1;
            let (sent, total) = range.split_once('/').unwrap();
            assert_eq!(sent, format!("bytes {first}-{}", heard.len() - 1));
            if heard.len() == total.parse::<usize>().unwrap() {
                return (heard, slices);
            }
        }
    }

    /// What was recorded of who heard the recording.
    async fn trace(&self) -> Vec<(String, String)> {
        let mut trace = Vec::new();
        for key in self.scene.keys("audit/default/").await.unwrap() {
            let record = self.scene.object(&key).await.unwrap().unwrap_or_default();
            let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
            if record["recording"]["recording_id"] == self.placed.recording_sid.as_str() {
                let text = |name: &str| record[name].as_str().unwrap().to_owned();
                trace.push((text("tier"), text("outcome")));
            }
        }
        trace.sort();
        trace
    }
}

fn header<'a>(response: &'a Response, name: &HeaderName) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn in_fallback_the_link_plays_twilios_copy_slice_by_slice() {
    let listener = Listener::of_a_recording(1_200.0).await;
    listener.fall_back().await;
    let link = listener.link(&LinkTarget::new(listener.recording.clone(), 0)).await;
    let source = listener.scene.at_twilio(&listener.placed).await.unwrap().unwrap();
    assert!(source.len() > SLICE, "more than one slice: {}", source.len());

    let (heard, slices) = listener.hear(&link).await;
    assert!(heard == source && slices == 2);
    let middle = listener.ask(Method::GET, &link, Some("bytes=4194300-4194309".to_owned())).await;
    assert_eq!(middle.bytes().await.unwrap(), source.slice(4_194_300..4_194_310));
    let end = listener.ask(Method::GET, &link, Some("bytes=-10".to_owned())).await;
    assert_eq!(end.bytes().await.unwrap(), source.slice(source.len() - 10..));
    let behind = listener.ask(Method::GET, &link, Some(format!("bytes={}-", source.len()))).await;
    assert_eq!(behind.status().as_u16(), 416);
    assert_eq!(header(&behind, &CONTENT_RANGE), format!("bytes */{}", source.len()));

    let head = listener.ask(Method::HEAD, &link, None).await;
    assert_eq!((head.status().as_u16(), header(&head, &CONTENT_TYPE)), (200, "audio/mpeg"));
    assert_eq!(header(&head, &ACCEPT_RANGES), "bytes");
    assert!(["", &source.len().to_string()].contains(&header(&head, &CONTENT_LENGTH)), "{head:?}");
    let page = listener.ask(Method::GET, &link, None).await;
    assert_eq!((page.status().as_u16(), header(&page, &CONTENT_TYPE)), (200, "text/html; charset=utf-8"));
    assert!(page.text().await.unwrap().contains("<audio controls"));

    let mut expected = ["described", "player", "slice", "slice", "slice", "slice", "unsatisfiable"];
    expected.sort_unstable();
    assert_eq!(listener.trace().await, expected.map(|outcome| ("provider".to_owned(), outcome.to_owned())));
    assert_eq!(listener.scene.standins().violations().await.unwrap(), [], "no credentials at the media host");
}

#[tokio::test]
async fn once_the_recording_is_home_the_same_link_leads_into_the_bucket() {
    let listener = Listener::of_a_recording(9.0).await;
    listener.fall_back().await;
    let link = listener.link(&LinkTarget::new(listener.recording.clone(), 0)).await;
    let source = listener.scene.at_twilio(&listener.placed).await.unwrap().unwrap();
    assert!(listener.hear(&link).await.0 == source);

    let job = listener.scene.job("JOB").await.unwrap();
    listener.scene.report(&listener.placed, Some(&job), standins::Forgery::None).await.unwrap();
    listener.scene.until(&listener.placed, "storing", |entry| entry["status"] == "available").await.unwrap();
    let answer = listener.scene.follow(&link).await.unwrap();
    assert!(answer.status == 302 && answer.audio == source, "{answer:?}");
}

#[tokio::test]
async fn before_there_is_an_entry_only_a_link_that_was_made_without_one_plays() {
    let listener = Listener::of_a_recording(9.0).await;
    let ordinary = listener.link(&LinkTarget::new(listener.recording.clone(), 0)).await;
    assert_eq!(listener.ask(Method::GET, &ordinary, Some("bytes=0-".to_owned())).await.status().as_u16(), 404);
    let stand_in = listener.link(&LinkTarget::stand_in(listener.recording.clone(), SystemClock.now())).await;
    let source = listener.scene.at_twilio(&listener.placed).await.unwrap().unwrap();
    assert!(listener.hear(&stand_in).await.0 == source);
}
