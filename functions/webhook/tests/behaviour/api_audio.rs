//! The audio of a recording through the API, from each of its tiers.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, QueueName, Where, World, sample};
use recordings::ledger_entry::{Change, LastError, LedgerEntry};
use recordings::messages::{Origin, TransferRequest};
use recordings::recording::{CallRef, Outcome, Provider, RecordingRef, Report};
use serde_json::{Value, json};

use crate::gateway::{Answer, Request};
use crate::link::{DOWN, accesses, changed, line, received, stored};
use crate::scene::Scene;
use crate::token::{Token, bearing, viewing};

fn path(recording: &RecordingRef) -> String {
    format!("/api/recordings/{}/audio", recording.call_id)
}

fn head(scene: &Scene, target: &str) -> Request {
    bearing("HEAD", target, &Token::with(scene, &["view_call_history"]).text())
}

fn problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, "application/problem+json"),
        "{}",
        answer.text()
    );
    let body: Value = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(body["code"], code);
    body
}

fn error(scene: &Scene, code: &str) -> LastError {
    LastError { code: code.to_owned(), message: "secret words of an inside".to_owned(), at: scene.world.time() }
}

/// An imported recording of which nothing was asked for yet, with a legacy URL.
fn imported(scene: &Scene) -> LedgerEntry {
    let report = Report { duration_seconds: Some(12), ..Report::of(Outcome::Completed) };
    let url = Some(sample::legacy_url("default", 1));
    let entry = LedgerEntry::imported(sample::recording(1), None, &report, url, scene.world.time());
    scene.world.put_entry(&entry);
    entry
}

/// The answer to a request during which transfer brings the entry to another state.
fn while_it_becomes(scene: &Scene, request: &Request, entry: LedgerEntry) -> Answer {
    let world = scene.world.clone();
    scene.send_while(request, Duration::from_secs(3), move |_: &World| world.put_entry(&entry))
}

/// An entry as transfer leaves it.
fn at_home(scene: &Scene, entry: &LedgerEntry, from_legacy: bool) -> LedgerEntry {
    let stored = stored(scene);
    let (key, audio) = (stored.recording_storage_path.unwrap(), stored.audio.unwrap());
    let home = match from_legacy {
        true => Change::TakenFromLegacy { audio, line: line() },
        false => Change::Stored { audio, line: line() },
    };
    changed(scene, entry, [Change::KeyPinned(key), home])
}

#[test]
fn what_is_in_the_bucket_is_redirected_to() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    for (request, method) in
        [(viewing(&scene, &path(&entry.recording)), "GET"), (head(&scene, &path(&entry.recording)), "HEAD")]
    {
        let answer = scene.send(&request);
        assert_eq!((answer.status, answer.text()), (302, ""));
        assert_eq!((answer.header("cache-control"), answer.header("x-recording-tier")), ("no-store", "bucket"));
        assert_eq!(answer.header("x-recording-id"), entry.recording.recording_id.as_str());
        let (key, location) = (entry.recording_storage_path.as_ref().unwrap(), answer.header("location"));
        assert!(location.starts_with(&format!("https://bucket.s3.test/{key}?method={method}")), "{location}");
        assert!(location.ends_with(&format!("name={}", key.file_name())), "{location}");
    }
    let traces: Vec<_> =
        accesses(&scene).into_iter().map(|record| (record.user, record.tier, record.outcome)).collect();
    assert_eq!(traces, vec![("ada@example.com".to_owned(), "bucket", "redirected"); 2]);
    assert_eq!(scene.queued(), [], "nobody is asked for it");
}

#[test]
fn what_is_not_there_yet_is_asked_for_and_waited_for() {
    for (from_legacy, tier) in [(false, "provider"), (true, "legacy")] {
        let scene = Scene::new();
        let entry = imported(&scene);
        let home = at_home(&scene, &entry, from_legacy);
        let answer = while_it_becomes(&scene, &viewing(&scene, &path(&entry.recording)), home);
        assert_eq!((answer.status, answer.header("x-recording-tier")), (302, tier));
        let request: TransferRequest = scene.only_queued();
        assert_eq!((request.origin, request.report.outcome), (Origin::Demand, Outcome::Completed));
        assert_eq!(scene.keys("open/").len(), 1, "it is unfinished business too");
        let [record] = <[_; 1]>::try_from(accesses(&scene)).unwrap();
        assert_eq!((record.tier, record.outcome), (tier, "redirected"));
        assert!(scene.elapsed() < Duration::from_secs(6));
    }
}

#[test]
fn what_outlasts_the_request_is_told_of() {
    let scene = Scene::new();
    let entry = imported(&scene);
    let answer = scene.send(&viewing(&scene, &path(&entry.recording)));
    assert_eq!((answer.status, answer.header("retry-after")), (202, "5"));
    let body: Value = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(body["status"], "pending");
    let availability = format!("/api/calls/{}/recording/availability", entry.recording.call_id);
    assert_eq!(body["availability"], availability);
    assert!(scene.elapsed() < Duration::from_secs(22), "{:?}", scene.elapsed());
    assert_eq!(accesses(&scene)[0].outcome, "on_its_way");
}

#[test]
fn when_every_tier_fails_each_says_why() {
    let scene = Scene::new();
    let entry = imported(&scene);
    let failed = [
        Change::LegacyFailed(error(&scene, "legacy_unavailable")),
        Change::AttemptFailed { error: error(&scene, "provider_gone"), next_attempt_at: None },
    ];
    let failed = changed(&scene, &entry, failed);
    let answer = while_it_becomes(&scene, &viewing(&scene, &path(&entry.recording)), failed);
    let body = problem(&answer, 404, "audio_nowhere");
    let codes: Vec<_> =
        body["tiers"].as_array().unwrap().iter().map(|tier| (tier["tier"].clone(), tier["code"].clone())).collect();
    let expected = [("bucket", "not_stored"), ("provider", "provider_gone"), ("legacy", "legacy_unavailable")];
    assert_eq!(codes, expected.map(|(tier, code)| (json!(tier), json!(code))));
    assert!(!answer.text().contains("inside"), "what went wrong inside is for the log");
    assert_eq!(accesses(&scene)[0].outcome, "unavailable");
}

#[test]
fn what_the_provider_called_absent_is_asked_for_again() {
    let scene = Scene::new();
    let absent = Change::FoundAbsent { reason: "too short (16101)".to_owned(), line: line() };
    let absent = changed(&scene, &received(&scene), [absent]);
    scene.world.put_entry(&absent);
    let told = changed(&scene, &absent, [Change::AskedInVain(error(&scene, "provider_gone"))]);
    let answer = while_it_becomes(&scene, &viewing(&scene, &path(&absent.recording)), told);
    assert_eq!(problem(&answer, 404, "audio_nowhere")["tiers"][1]["code"], "provider_gone");
    assert_eq!(scene.only_queued().origin, Origin::Demand);
}

#[test]
fn a_recording_that_there_never_was_is_asked_for_nowhere() {
    let scene = Scene::new();
    let call = CallRef::parse("default", Provider::Twilio, sample::recording(1).call_id.as_str()).unwrap();
    let missing = RecordingRef::missing_of(&call);
    let report = Report::of(Outcome::Absent { reason: "none".to_owned() });
    scene.world.put_entry(&LedgerEntry::received(missing.clone(), None, &report, scene.world.time()));
    let answer = scene.send(&viewing(&scene, &path(&missing)));
    assert_eq!(problem(&answer, 404, "audio_nowhere")["tiers"][1]["code"], "no_recording");
    assert_eq!(scene.queued(), []);
}

#[test]
fn what_was_deleted_on_purpose_is_gone_and_never_fetched_again() {
    for (change, detail) in [(Change::Expired, "deleted by policy"), (Change::Erased, "erased")] {
        let scene = Scene::new();
        let entry = changed(&scene, &stored(&scene), [change.clone()]);
        scene.world.put_entry(&entry);
        let name = entry.recording_storage_path.as_ref().unwrap().file_name();
        for target in [path(&entry.recording), format!("/api/audio/{name}")] {
            let answer = scene.send(&viewing(&scene, &target));
            assert!(problem(&answer, 410, "gone")["detail"].as_str().unwrap().contains(detail));
        }
        assert_eq!(scene.queued(), []);
        assert!(accesses(&scene).iter().all(|record| record.outcome == "gone"));

        // It is erased while somebody waits for it.
        let scene = Scene::new();
        let waiting = imported(&scene);
        let erased = changed(&scene, &waiting, [Change::Erased]);
        let answer = while_it_becomes(&scene, &viewing(&scene, &path(&waiting.recording)), erased);
        problem(&answer, 410, "gone");
    }
}

#[test]
fn one_of_several_recordings_is_named_and_the_first_is_the_one_that_can_be_heard() {
    let scene = Scene::new();
    let heard = stored(&scene);
    let mut gone = changed(&scene, &stored(&scene), [Change::Expired]);
    gone.recording = sample::recording_of("default", 1, 2);
    scene.world.put_entry(&heard);
    scene.world.put_entry(&gone);
    let first = scene.send(&viewing(&scene, &path(&heard.recording)));
    assert_eq!(first.header("x-recording-id"), heard.recording.recording_id.as_str());
    let named = |id: &str| scene.send(&viewing(&scene, &format!("{}?recording={id}", path(&heard.recording))));
    assert_eq!(named(heard.recording.recording_id.as_str()).status, 302);
    assert_eq!(named(gone.recording.recording_id.as_str()).status, 410);
    problem(&named("RE1"), 404, "not_found");
    for odd in ["?page=1", "?recording=a&recording=b", "?recording=a&x="] {
        let answer = scene.send(&viewing(&scene, &format!("{}{odd}", path(&heard.recording))));
        problem(&answer, 422, "invalid_request");
    }
}

#[test]
fn audio_is_found_by_its_file_name_and_its_bytes_may_be_kept() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let name = entry.recording_storage_path.as_ref().unwrap().file_name();
    for request in [viewing(&scene, &format!("/api/audio/{name}")), head(&scene, &format!("/api/audio/{name}"))] {
        let answer = scene.send(&request);
        assert_eq!((answer.status, answer.header("cache-control")), (302, "no-store"));
        assert!(answer.header("location").ends_with("&kept=86400"), "{}", answer.header("location"));
    }
}

#[test]
fn what_is_no_file_name_is_answered_like_one_that_nobody_knows() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let name = entry.recording_storage_path.as_ref().unwrap().file_name().to_owned();
    let unknown = scene.send(&viewing(&scene, &format!("/api/audio/CA{:032x}-JOB1.mp3", 99)));
    problem(&unknown, 404, "not_found");
    let long = "x".repeat(3_000);
    for odd in [
        "..%2F..%2Fledger%2Fdefault",
        "%00",
        "%0d%0a",
        "%FF",
        "a%5Cb",
        "-",
        long.as_str(),
        &format!("%2e%2e%2f{name}"),
        &format!("{name}%00"),
        &name.to_uppercase(),
        &name[..name.len() - 1],
    ] {
        assert_eq!(scene.send(&viewing(&scene, &format!("/api/audio/{odd}"))), unknown, "{odd}");
    }
    assert_eq!(scene.send(&viewing(&scene, "/api/audio/%2e%2e")).status, 404, "no route leads there");
    assert_eq!(accesses(&scene), []);
}

#[test]
fn another_organisations_audio_answers_byte_for_byte_like_what_is_missing() {
    let scene = Scene::new();
    let mut foreign = stored(&scene);
    foreign.recording = sample::recording_of("acme", 7, 7);
    scene.world.put_entry(&foreign);
    let name = foreign.recording_storage_path.as_ref().unwrap().file_name();
    let missing = scene.send(&viewing(&scene, &path(&sample::recording(9))));
    problem(&missing, 404, "not_found");
    assert_eq!(scene.send(&viewing(&scene, &path(&foreign.recording))), missing);
    assert_eq!(scene.send(&viewing(&scene, &format!("/api/audio/{name}"))), missing);
    assert_eq!(accesses(&scene), []);
}

#[test]
fn a_queue_or_a_bucket_that_is_down_is_made_up_for_by_the_other() {
    for port in ["TransferQueue", "OpenMarkerWrite"] {
        let scene = Scene::with_plan(Plan::none().always(Where::ports(&[port]), DOWN));
        let entry = imported(&scene);
        let home = at_home(&scene, &entry, true);
        let answer = while_it_becomes(&scene, &viewing(&scene, &path(&entry.recording)), home);
        assert_eq!(answer.status, 302, "{port}");
        assert_eq!(scene.log.records("demand_half_durable").len(), 1, "{port}");
    }
    let both = Plan::none().always(Where::ports(&["TransferQueue", "OpenMarkerWrite"]), DOWN);
    let scene = Scene::with_plan(both);
    let entry = imported(&scene);
    let answer = scene.send(&viewing(&scene, &path(&entry.recording)));
    problem(&answer, 503, "unavailable");
}

#[test]
fn whatever_hangs_there_is_an_answer_in_time() {
    for port in ["CallEntries", "LedgerRead", "LinkSigner", "AuditLog"] {
        let scene = Scene::with_plan(Plan::none().always(Where::ports(&[port]), Fault::Hang));
        let entry = stored(&scene);
        scene.world.put_entry(&entry);
        let answer = scene.send(&viewing(&scene, &path(&entry.recording)));
        assert_eq!(answer.status, if port == "AuditLog" { 302 } else { 503 }, "{port}");
        assert!(scene.elapsed() <= Duration::from_secs(25), "{port}: {:?}", scene.elapsed());
    }
}

#[test]
fn many_who_wait_for_the_same_ask_for_the_same() {
    let scene = Scene::new();
    let entry = imported(&scene);
    let home = at_home(&scene, &entry, true);
    let target = path(&entry.recording);
    for _ in 0..3 {
        scene.send(&viewing(&scene, &target));
    }
    assert_eq!(scene.world.queued(QueueName::Transfer), 3);
    assert_eq!(scene.keys("open/").len(), 1);
    scene.world.put_entry(&home);
    assert_eq!(scene.send(&viewing(&scene, &target)).header("x-recording-tier"), "bucket");
}
