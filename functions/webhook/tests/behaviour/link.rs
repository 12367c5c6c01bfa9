use std::time::Duration;

use recordings::audio::Container;
use recordings::fakes::{Effect, Fault, Plan, ProviderRecording, Where, sample};
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LedgerEntry, VerifiedAudio};
use recordings::link::LinkTarget;
use recordings::object_key::AudioPrefix;
use recordings::ports::{AuditRecord, ErrorKind, Method};
use recordings::recording::RecordingRef;

use crate::gateway::{Answer, Request};
use crate::scene::Scene;

pub(crate) const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

pub(crate) fn line() -> PinnedLine {
    PinnedLine::from_text("a line".to_owned())
}

pub(crate) fn received(scene: &Scene) -> LedgerEntry {
    let at = scene.world.time();
    LedgerEntry::received(sample::recording(1), Some(sample::job_number(7)), &sample::report(12, at), at)
}

pub(crate) fn stored(scene: &Scene) -> LedgerEntry {
    let entry = received(scene);
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let key = prefix.audio_key(&entry.recording, entry.started_at, entry.job_number.as_ref(), Container::Mp3);
    let audio = VerifiedAudio {
        bytes: 48_000,
        sha256: "0".repeat(64),
        crc64nvme: "AAAAAAAAAAA=".to_owned(),
        container: Container::Mp3,
        content_type: "audio/mpeg".to_owned(),
        duration_measured_ms: Some(12_000),
        channels: Some(1),
        findings: Vec::new(),
    };
    changed(scene, &entry, [Change::KeyPinned(key), Change::Stored { audio, line: line() }])
}

pub(crate) fn changed<const N: usize>(scene: &Scene, entry: &LedgerEntry, changes: [Change; N]) -> LedgerEntry {
    changes.into_iter().fold(entry.clone(), |entry, change| entry.apply(change, scene.world.time()).unwrap())
}

pub(crate) fn path_of(scene: &Scene, recording: &RecordingRef, generation: u32) -> String {
    let target = LinkTarget::new(recording.clone(), generation);
    format!("/r/{}", scene.world.secrets().link_keys.seal(&target))
}

/// What the link of an entry's first generation answers.
pub(crate) fn follow(scene: &Scene, method: &'static str, entry: &LedgerEntry) -> Answer {
    scene.world.put_entry(entry);
    scene.send(&Request::new(method, &path_of(scene, &entry.recording, 0)))
}

pub(crate) fn accesses(scene: &Scene) -> Vec<AuditRecord> {
    let recorded = |effect| if let Effect::AccessRecorded(record) = effect { Some(record) } else { None };
    scene.world.journal().into_iter().filter_map(|entry| recorded(entry.effect)).collect()
}

#[test]
fn a_link_leads_to_a_url_signed_for_its_own_method() {
    for (method, signed_for) in [("GET", Method::Get), ("HEAD", Method::Head)] {
        let scene = Scene::new();
        let entry = stored(&scene);
        let answer = follow(&scene, method, &entry);
        assert_eq!((answer.status, answer.header("cache-control"), answer.text()), (302, "no-store", ""));

        let key = entry.recording_storage_path.unwrap();
        let expires = scene.world.time().as_second() + 15 * 60;
        let expected =
            format!("https://bucket.s3.test/{key}?method={method}&expires={expires}&name={}", key.file_name());
        assert_eq!(answer.header("location"), expected);
        let signed = Effect::UrlSigned { key, method: signed_for };
        assert!(scene.world.journal().iter().any(|entry| entry.effect == signed));
    }
}

#[test]
fn every_use_is_recorded_with_who_asked_from_where() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let long = format!("Safari/{}", "9".repeat(300));
    for (method, agent) in [("GET", "curl/8.5"), ("HEAD", &long)] {
        let request = Request::new(method, &path_of(&scene, &entry.recording, 0));
        scene.send(&request.header("user-agent", agent));
    }
    let [get, head] = <[_; 2]>::try_from(accesses(&scene)).unwrap();
    assert_eq!((&get.recording, &get.organisation), (&entry.recording, &entry.recording.organisation));
    assert_eq!(
        (get.at, get.user.as_str(), get.tier, get.outcome),
        (scene.world.time(), "link", "bucket", "redirected")
    );
    assert_eq!(get.ip.as_deref(), Some("203.0.113.9"), "the address that API Gateway saw, not one that a header says");
    assert_eq!(get.user_agent.as_deref(), Some("curl/8.5"));
    assert_eq!(head.user_agent.unwrap().len(), 200);
    assert_eq!(scene.keys("audit/default/2024/03/15/").len(), 2, "two in one instant are two");
    assert_eq!(scene.count_of("audio_accessed"), 2);
}

#[test]
fn without_the_trace_the_link_works_and_the_log_stands_in() {
    for fault in [DOWN, Fault::Hang] {
        let scene = Scene::with_plan(Plan::none().always(Where::ports(&["AuditLog"]), fault));
        scene.world.adjust(|settings| settings.patience = Some(Duration::from_secs(5)));
        assert_eq!(follow(&scene, "GET", &stored(&scene)).status, 302);
        assert!(scene.elapsed() <= Duration::from_secs(5));
        let [record] = <[_; 1]>::try_from(scene.log.records("audit_not_written")).unwrap();
        assert_eq!(record["recording_id"], sample::recording(1).recording_id.as_str());
        assert_eq!((record["ip"].as_str(), record["user_agent"].as_str()), (Some("203.0.113.9"), Some("Mozilla/5.0")));
        assert_eq!((scene.count_of("audit_not_written"), accesses(&scene).len()), (1, 0));
    }
}

#[test]
fn an_unknown_a_forged_and_a_revoked_link_look_alike() {
    let scene = Scene::new();
    let entry = stored(&scene);
    let path = path_of(&scene, &entry.recording, 0);
    let revoked = changed(&scene, &entry, [Change::LinksRevoked]);
    let revoked_answer = follow(&scene, "GET", &revoked);
    assert_eq!((revoked_answer.status, revoked_answer.text()), (404, "There is no such recording.\n"));

    let (front, seal) = path.rsplit_once('.').unwrap();
    let strangers = [
        path_of(&scene, &sample::recording(2), 0),
        path_of(&scene, &entry.recording, 7),
        format!("{front}.AAAAAAAAAAAAAAAAAAAAAA"),
        format!("{front}.{}", &seal[..8]),
        format!("{path}."),
        path.replace("/r/k1.", "/r/k2."),
        path.replace("/r/k1.", "/r/k1%2E"),
        "/r/x".to_owned(),
        "/r/..%2F..%2Fetc%2Fpasswd".to_owned(),
        "/r/%FF%FE".to_owned(),
        "/r/%".to_owned(),
        "/r/a b\u{e4}".to_owned(),
        format!("/r/{}", "x".repeat(4_000)),
    ];
    for stranger in strangers {
        let answer = scene.send(&Request::new("GET", &stranger));
        assert_eq!(answer, revoked_answer, "{stranger}");
    }
    assert_eq!(scene.world.journal(), [], "nothing was signed, and there was no access to record");

    let renewed = scene.send(&Request::new("GET", &path_of(&scene, &entry.recording, 1)));
    assert_eq!(renewed.status, 302, "the link that was made since then works");
}

#[test]
fn a_query_behind_a_link_changes_nothing() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let path = path_of(&scene, &entry.recording, 0);
    assert_eq!(scene.send(&Request::new("GET", &format!("{path}?utm_source=mail"))).status, 302);
}

#[test]
fn what_is_not_there_says_why() {
    let scene = Scene::new();
    let (received, stored) = (received(&scene), stored(&scene));
    let absent = Change::FoundAbsent { reason: "too short (16101)".to_owned(), line: line() };
    let table = [
        (changed(&scene, &stored, [Change::Erased]), 410, "The recording was erased.\n"),
        (changed(&scene, &stored, [Change::Expired]), 410, "The recording was deleted when its retention ended.\n"),
        (changed(&scene, &received, [absent]), 404, "The call has no recording.\n"),
    ];
    for (entry, status, text) in table {
        scene.world.put_provider_recording(&entry.recording, ProviderRecording::completed(sample::wav(1, 1)));
        let answer = follow(&scene, "GET", &entry);
        assert_eq!((answer.status, answer.text()), (status, text));
        assert_eq!(answer.header("cache-control"), "no-store");
        let head = follow(&scene, "HEAD", &entry);
        assert_eq!((head.status, head.text()), (status, ""));
    }
    assert_eq!(scene.world.journal(), []);
    assert!(
        scene.world.calls().iter().all(|call| call.port != "AudioSlices"),
        "the provider is not asked for it either"
    );
}

#[test]
fn a_redirect_that_could_not_be_signed_is_not_recorded_as_one() {
    let scene = Scene::with_plan(Plan::none().always(Where::ports(&["LinkSigner"]), DOWN));
    assert_eq!(follow(&scene, "GET", &stored(&scene)).status, 503);
    let [record] = <[_; 1]>::try_from(accesses(&scene)).unwrap();
    assert_eq!((record.tier, record.outcome), ("bucket", "unavailable"));
    assert_eq!(scene.count_of("link_failed"), 1);
}

#[test]
fn what_cannot_be_reached_just_now_may_be_asked_again() {
    for port in ["SecretSource", "LedgerRead", "LinkSigner"] {
        for fault in [DOWN, Fault::Hang] {
            let scene = Scene::with_plan(Plan::none().always(Where::ports(&[port]), fault));
            scene.world.adjust(|settings| settings.patience = Some(Duration::from_secs(5)));
            let answer = follow(&scene, "GET", &stored(&scene));
            assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{port}");
            assert_eq!(answer.text(), "The recording cannot be reached just now.\n");
            assert_eq!((scene.log.records("link_failed").len(), scene.count_of("link_failed")), (1, 1), "{port}");
            assert!(scene.elapsed() <= Duration::from_secs(5));
        }
    }
}
