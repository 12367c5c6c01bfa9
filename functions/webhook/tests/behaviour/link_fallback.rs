//! Links of recordings that are not in the bucket yet: the provider's copy stands in.

use std::time::Duration;

use recordings::fakes::{AtProvider, Fault, Plan, ProviderRecording, Where, sample};
use recordings::ledger_entry::{Change, LastError, LedgerEntry};
use recordings::ports::ErrorKind;

use crate::gateway::{Answer, Request};
use crate::link::{DOWN, accesses, changed, line, path_of, received, stored};
use crate::scene::Scene;

const SLICE: usize = 4 * 1024 * 1024;
/// A WAV file of more than one slice.
const SECONDS: u32 = 700;
const SIZE: usize = 44 + 8_000 * SECONDS as usize;

fn error(scene: &Scene) -> LastError {
    LastError { code: "s3_unavailable".to_owned(), message: String::new(), at: scene.world.time() }
}

fn in_fallback(scene: &Scene) -> LedgerEntry {
    let (provider_url, line) = ("https://api.twilio.com/RE1".to_owned(), line());
    let fell_back = Change::FellBack { provider_url, error: error(scene), next_attempt_at: None, line };
    changed(scene, &received(scene), [fell_back])
}

/// A recording in fallback, and what its provider has of it.
fn at_provider(scene: &Scene, seconds: u32) -> Vec<u8> {
    let (entry, audio) = (in_fallback(scene), sample::wav(seconds, 1));
    scene.world.put_entry(&entry);
    scene.world.put_provider_recording(&entry.recording, ProviderRecording::completed(audio.clone()));
    audio.to_vec()
}

fn ask(scene: &Scene, method: &'static str) -> Request {
    Request::new(method, &path_of(scene, &sample::recording(1), 0))
}

fn ask_for(scene: &Scene, range: &str) -> Answer {
    scene.send(&ask(scene, "GET").header("range", range))
}

fn is_player(answer: &Answer) -> bool {
    (answer.status, answer.header("content-type")) == (200, "text/html; charset=utf-8")
}

#[test]
fn each_range_gets_its_slice() {
    let scene = Scene::new();
    let audio = at_provider(&scene, SECONDS);
    for (range, first, length) in [
        ("bytes=0-", 0, SLICE),
        ("bytes=0-1", 0, 2),
        ("bytes=0-0", 0, 1),
        ("bytes=5-104", 5, 100),
        ("bytes=4194304-", SLICE, SIZE - SLICE),
        ("bytes=1000000-99999999", 1_000_000, SLICE),
        ("bytes=5600000-99999999", 5_600_000, 44),
        ("bytes=-1000", SIZE - 1_000, 1_000),
        ("bytes=-5000000", SIZE - 5_000_000, SLICE),
        ("bytes=-99999999", 0, SLICE),
        ("BYTES=7-8", 7, 2),
    ] {
        let answer = ask_for(&scene, range);
        let expected = format!("bytes {first}-{}/{SIZE}", first + length - 1);
        assert_eq!((answer.status, answer.header("content-range")), (206, expected.as_str()), "{range}");
        assert!(answer.is_base64_encoded && answer.bytes() == audio[first..first + length], "{range}");
        assert_eq!((answer.header("content-type"), answer.header("accept-ranges")), ("audio/wav", "bytes"));
        assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("no-store", "nosniff"));
    }
}

#[test]
fn slice_by_slice_the_whole_comes_and_each_fits_into_an_answer_of_lambdas() {
    let scene = Scene::new();
    let audio = at_provider(&scene, SECONDS);
    let mut heard = Vec::new();
    while heard.len() < audio.len() {
        let answer = ask_for(&scene, &format!("bytes={}-", heard.len()));
        assert!(answer.body.as_ref().unwrap().len() < 6_000_000, "6 MB is the most");
        heard.extend(answer.bytes());
    }
    assert!(heard == audio);
}

#[test]
fn what_is_behind_the_end_is_refused_with_the_size() {
    let scene = Scene::new();
    at_provider(&scene, 1);
    for range in ["bytes=8044-", "bytes=8044-9000", "bytes=99999999999999999999-", "bytes=-0"] {
        let answer = ask_for(&scene, range);
        assert_eq!((answer.status, answer.header("content-range")), (416, "bytes */8044"), "{range}");
        assert_eq!(answer.bytes(), b"");
    }
    assert!(accesses(&scene).iter().all(|access| access.outcome == "unsatisfiable"));
}

#[test]
fn what_is_no_range_gets_the_player() {
    let scene = Scene::new();
    at_provider(&scene, 1);
    assert!(is_player(&scene.send(&ask(&scene, "GET"))));
    for range in ["bytes=5-2", "bytes=0-1,4-5", "bytes=x-", "seconds=0-", "", "bytes=-"] {
        assert!(is_player(&ask_for(&scene, range)), "{range}");
    }
    let conditional = ask(&scene, "GET").header("range", "bytes=0-").header("if-range", "\"v1\"");
    assert!(is_player(&scene.send(&conditional)), "we gave out no tag that could match");
}

#[test]
fn the_end_of_what_nobody_knows_the_size_of_cannot_be_asked_for() {
    let scene = Scene::new();
    let audio = at_provider(&scene, 1);
    let held =
        ProviderRecording { announces_length: false, serves_ranges: false, ..ProviderRecording::completed(audio) };
    scene.world.put_provider_recording(&sample::recording(1), held);
    assert_eq!(ask_for(&scene, "bytes=0-99").header("content-range"), "bytes 0-99/*");
    assert_eq!(
        ask_for(&scene, "bytes=100-").header("content-range"),
        "bytes 100-8043/8044",
        "the end is where it ended"
    );
    assert!(is_player(&ask_for(&scene, "bytes=-100")));
    assert_eq!(scene.send(&ask(&scene, "HEAD")).headers.get("content-length").map(String::as_str), None);
}

#[test]
fn head_says_what_the_audio_is() {
    let scene = Scene::new();
    at_provider(&scene, SECONDS);
    for request in [ask(&scene, "HEAD"), ask(&scene, "HEAD").header("range", "bytes=0-9")] {
        let answer = scene.send(&request);
        assert_eq!((answer.status, answer.header("content-type"), answer.bytes()), (200, "audio/wav", vec![]));
        assert_eq!((answer.header("content-length"), answer.header("accept-ranges")), ("5600044", "bytes"));
        assert_eq!((answer.header("cache-control"), answer.header("content-range")), ("no-store", ""));
    }
}

#[test]
fn the_player_is_a_page_of_nobodys_that_plays_its_own_address() {
    let scene = Scene::new();
    at_provider(&scene, 1);
    let page = scene.send(&ask(&scene, "GET"));
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; media-src 'self' https:; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("script") && !policy.contains("unsafe"), "{policy}");
    assert_eq!((page.header("x-content-type-options"), page.header("referrer-policy")), ("nosniff", "no-referrer"));
    assert_eq!(page.header("cache-control"), "no-store");
    let text = page.text();
    for part in
        ["<html lang=\"en\">", "<audio controls", "aria-label=", "color-scheme: light dark", "not in the archive yet"]
    {
        assert!(text.contains(part), "{part}");
    }
    let token = path_of(&scene, &sample::recording(1), 0).replace("/r/", "");
    for nothing in [&token, "CA0", "RE0", "<script", "http"] {
        assert!(!text.contains(nothing), "{nothing}");
    }
    let (_, source) = text.split_once("src=\"").unwrap();
    let (source, _) = source.split_once('"').unwrap();
    let path = path_of(&scene, &sample::recording(1), 0);
    assert_eq!(scene.send(&Request::new("GET", &format!("{path}{source}")).header("range", "bytes=0-")).status, 206);
}

#[test]
fn every_use_is_recorded_as_what_it_was() {
    let scene = Scene::new();
    at_provider(&scene, 1);
    scene.send(&ask(&scene, "GET"));
    scene.send(&ask(&scene, "HEAD"));
    ask_for(&scene, "bytes=0-");
    let recorded = accesses(&scene);
    let outcomes: Vec<_> = recorded.iter().map(|access| (access.tier, access.outcome)).collect();
    assert_eq!(outcomes, [("provider", "player"), ("provider", "described"), ("provider", "slice")]);
    assert_eq!(recorded[2].ip.as_deref(), Some("203.0.113.9"));
    assert_eq!(scene.count_of("link_from_provider"), 3);
}

#[test]
fn the_providers_copy_stands_in_in_these_states_and_no_other() {
    let scene = Scene::new();
    let gave_up = || Change::GaveUp { error: error(&scene), next_attempt_at: None, line: line() };
    let absent = || Change::FoundAbsent { reason: "too short (16101)".to_owned(), line: line() };
    let after_all = || Change::AttemptFailed { error: error(&scene), next_attempt_at: Some(scene.world.time()) };
    let received = received(&scene);
    for (entry, status) in [
        (received.clone(), 206),
        (in_fallback(&scene), 206),
        (changed(&scene, &in_fallback(&scene), [gave_up()]), 206),
        (changed(&scene, &received, [absent(), after_all()]), 206),
        (changed(&scene, &received, [absent()]), 404),
        (changed(&scene, &in_fallback(&scene), [Change::LinksRevoked]), 404),
        (changed(&scene, &in_fallback(&scene), [Change::Erased]), 410),
        (changed(&scene, &stored(&scene), [Change::Expired]), 410),
        (stored(&scene), 302),
    ] {
        let scene = Scene::new();
        at_provider(&scene, 1);
        scene.world.put_entry(&entry);
        assert_eq!(ask_for(&scene, "bytes=0-").status, status, "{:?}", entry.state());
        let asked = scene.world.calls().iter().filter(|call| call.port == "AudioSlices").count();
        assert_eq!(asked, usize::from(status == 206), "{:?}", entry.state());
    }
}

#[test]
fn each_failure_of_the_provider_has_its_answer() {
    let throttled = |seconds| ErrorKind::Throttled { retry_after: Some(Duration::from_secs(seconds)) };
    let (not_ready, busy) =
        ("The phone provider does not have the recording ready yet.\n", "The phone provider is too busy just now.\n");
    for (kind, status, retry_after, text, outcome) in [
        (ErrorKind::NotFound, 503, "30", not_ready, "not_ready"),
        (ErrorKind::Throttled { retry_after: None }, 503, "5", busy, "throttled"),
        (throttled(17), 503, "17", busy, "throttled"),
        (throttled(86_400), 503, "300", busy, "throttled"),
        (ErrorKind::Refused, 502, "", "The phone provider refuses us.\n", "refused"),
        (ErrorKind::Unavailable, 503, "5", "The phone provider cannot be reached just now.\n", "unavailable"),
        (ErrorKind::Invalid, 502, "", "The phone provider's answer is not audio.\n", "broken"),
    ] {
        for range in ["", "bytes=0-", "bytes=-5"] {
            let fault = Fault::ErrorBefore(kind);
            let scene = Scene::with_plan(Plan::none().always(Where::ports(&["AudioSlices"]), fault));
            at_provider(&scene, 1);
            let answer = ask_for(&scene, range);
            assert_eq!((answer.status, answer.header("retry-after"), answer.text()), (status, retry_after, text));
            let [access] = <[_; 1]>::try_from(accesses(&scene)).unwrap();
            assert_eq!((access.tier, access.outcome), ("provider", outcome));
            let [record] = <[_; 1]>::try_from(scene.log.records("link_failed")).unwrap();
            assert_eq!(record["error_code"], format!("provider_{outcome}"));
            let passes_by_itself = matches!(outcome, "not_ready" | "throttled");
            assert_eq!(record["level"], if passes_by_itself { "WARN" } else { "ERROR" });
            assert_eq!((scene.count_of("link_failed"), scene.count_of("link_from_provider")), (1, 0));
        }
    }
}

#[test]
fn what_the_provider_no_longer_has_is_gone() {
    let scene = Scene::new();
    let audio = at_provider(&scene, 1);
    let deleted = ProviderRecording { state: AtProvider::Deleted, ..ProviderRecording::completed(audio) };
    scene.world.put_provider_recording(&sample::recording(1), deleted);
    let answer = ask_for(&scene, "bytes=0-");
    assert_eq!((answer.status, answer.text()), (410, "The phone provider no longer has the recording.\n"));
    assert_eq!(accesses(&scene)[0].outcome, "gone");
}

#[test]
fn an_error_page_is_never_played() {
    let scene = Scene::new();
    at_provider(&scene, 1);
    let page = ProviderRecording::completed("<!DOCTYPE html><title>502 Bad Gateway</title>");
    scene.world.put_provider_recording(&sample::recording(1), page);
    for range in ["", "bytes=0-"] {
        assert_eq!(ask_for(&scene, range).status, 502);
    }
}

#[test]
fn without_the_trace_it_plays_and_the_log_stands_in() {
    let scene = Scene::with_plan(Plan::none().always(Where::ports(&["AuditLog"]), DOWN));
    at_provider(&scene, 1);
    assert_eq!(ask_for(&scene, "bytes=0-").status, 206);
    let [record] = <[_; 1]>::try_from(scene.log.records("audit_not_written")).unwrap();
    assert_eq!((record["tier"].as_str(), record["outcome"].as_str()), (Some("provider"), Some("slice")));
}

/// The secret, the ledger, the provider and the trace: each call fails, and each time somebody says so.
#[test]
fn a_fault_at_any_call_ends_in_an_answer() {
    let calm = Scene::new();
    at_provider(&calm, 1);
    ask_for(&calm, "bytes=-9");
    for plan in Plan::each_single(&calm.world.calls()) {
        let scene = Scene::with_plan(plan.clone());
        at_provider(&scene, 1);
        if let Ok(answer) = scene.try_send(&ask(&scene, "GET").header("range", "bytes=-9")) {
            assert!(matches!(answer.status, 206 | 503), "{plan:?}: {}", answer.status);
            assert!(answer.status == 206 || !answer.header("retry-after").is_empty(), "{plan:?}");
        }
    }
}
