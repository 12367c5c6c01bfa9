use jiff::SignedDuration;
use recordings::audio::Container;
use recordings::fakes::sample;
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LastError, SettledAs, VerifiedAudio};
use recordings::object_key::AudioPrefix;

use super::*;

const PATIENCE: Duration = Duration::from_secs(900);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When everything happened that the entries tell of.
fn then() -> Timestamp {
    at("2024-03-15T10:00:00Z")
}

fn now() -> Timestamp {
    at("2024-03-15T14:00:00Z")
}

fn listed(standing: Standing) -> ListedRecording {
    ListedRecording {
        recording: sample::recording(1),
        created_at: then(),
        standing,
        duration_seconds: Some(12),
        channels: Some(1),
        started_at: Some(then()),
        ended_at: None,
    }
}

fn absent() -> Standing {
    Standing::Absent { reason: "too short (16101)".into() }
}

fn line(event: &str) -> PinnedLine {
    PinnedLine::from_text(format!("---- | t | Event: {event} | URL: https://x.example/r/1"))
}

fn error() -> LastError {
    LastError { code: "provider_not_ready".into(), message: "404".into(), at: then() }
}

fn received() -> LedgerEntry {
    let entry = LedgerEntry::received(sample::recording(1), None, &sample::report(12, then()), then());
    let key = AudioPrefix::parse("recordings/").unwrap().audio_key(&entry.recording, then(), None, Container::Wav);
    entry.apply(Change::KeyPinned(key), then()).unwrap()
}

/// After a change, with every line confirmed.
fn after(entry: &LedgerEntry, change: Change) -> LedgerEntry {
    let entry = entry.apply(change, then()).unwrap();
    let texts = entry.lines.iter().map(|line| line.text.clone()).collect();
    entry.apply(Change::LinesConfirmed { texts, job_record_id: sample::job_record_id(1) }, then()).unwrap()
}

fn audio() -> VerifiedAudio {
    VerifiedAudio {
        bytes: 4_000,
        sha256: "00".repeat(32),
        crc64nvme: "AAAAAAAAAAA=".into(),
        container: Container::Wav,
        content_type: "audio/wav".into(),
        duration_measured_ms: Some(12_000),
        channels: Some(1),
        findings: Vec::new(),
    }
}

fn stored() -> LedgerEntry {
    after(&received(), Change::Stored { audio: audio(), line: line("Recording") })
}

fn settled(how: SettledAs) -> LedgerEntry {
    after(&stored(), Change::Settled(how))
}

fn found_absent() -> LedgerEntry {
    after(&received(), Change::FoundAbsent { reason: "silent".into(), line: line("Unavailable") })
}

fn terms(now: Timestamp) -> Terms {
    Terms { now, patience: PATIENCE, delete_after: Some(Duration::ZERO) }
}

fn judged(standing: Standing, known: Known, is_open: bool) -> Verdict {
    judge(&listed(standing), &known, is_open, terms(now()))
}

#[test]
fn what_nobody_told_us_of_is_brought_home_explained_or_lost() {
    for (standing, expected) in [
        (Standing::Completed, Verdict::Missing),
        (absent(), Verdict::Unexplained),
        (Standing::Deleted, Verdict::Lost),
        (Standing::Unfinished, Verdict::Fine),
    ] {
        assert_eq!(judged(standing.clone(), Known::Nothing, false), expected, "{standing:?}");
        let with_marker = if standing == Standing::Unfinished { Verdict::Fine } else { Verdict::OnItsWay };
        assert_eq!(judged(standing.clone(), Known::Nothing, true), with_marker, "{standing:?}");
        assert_eq!(judged(standing.clone(), Known::Indexed, false), Verdict::Fine, "{standing:?}");
        assert_eq!(judged(standing.clone(), Known::Unreadable, false), Verdict::Fine, "{standing:?}");
    }
}

#[test]
fn what_ended_a_moment_ago_is_left_to_its_webhook() {
    for (ended_ago, expected) in [(0, Verdict::OnItsWay), (899, Verdict::OnItsWay), (900, Verdict::Missing)] {
        let started_at = now() - SignedDuration::from_secs(ended_ago + 12);
        let listed = ListedRecording { created_at: started_at, started_at: None, ..listed(Standing::Completed) };
        let verdict = judge(&listed, &Known::Nothing, false, terms(now()));
        assert_eq!(verdict, expected, "{ended_ago}");
    }
    let long = ListedRecording { duration_seconds: Some(4 * 3_600), ..listed(Standing::Completed) };
    let verdict = judge(&long, &Known::Nothing, false, terms(now()));
    assert_eq!(verdict, Verdict::OnItsWay, "a call of four hours has just ended");
}

#[test]
fn of_what_the_ledger_knows_a_copy_is_kept_forgotten_due_or_there_against_all_word() {
    let failed = Change::GaveUp { error: error(), next_attempt_at: Some(now()), line: line("Failed") };
    let fell_back = Change::FellBack {
        provider_url: "https://x.example".into(),
        error: error(),
        next_attempt_at: Some(now()),
        line: line("Pending"),
    };
    let suspected = Change::Suspected { audio: audio(), why: "duration".into(), line: line("Recording") };
    let retried = Change::AttemptFailed { error: error(), next_attempt_at: Some(now()) };
    let day = SignedDuration::from_hours(24);
    let hold = |entry: LedgerEntry| after(&entry, Change::HoldPlaced);
    for (name, entry, without_marker, with_marker) in [
        ("received", received(), Verdict::Forgotten, Verdict::Fine),
        ("fallback", after(&received(), fell_back), Verdict::Forgotten, Verdict::Fine),
        ("failed", after(&received(), failed), Verdict::Forgotten, Verdict::Fine),
        ("stored", stored(), Verdict::Forgotten, Verdict::Fine),
        ("suspect", after(&received(), suspected.clone()), Verdict::Kept, Verdict::Kept),
        ("suspect, to be told", received().apply(suspected, then()).unwrap(), Verdict::Forgotten, Verdict::Kept),
        ("absent", found_absent(), Verdict::Missing, Verdict::Missing),
        ("absent, being fetched", after(&found_absent(), retried), Verdict::Forgotten, Verdict::Fine),
        ("due", settled(SettledAs::ProviderCopyDueAt(now())), Verdict::Due, Verdict::Due),
        ("due later", settled(SettledAs::ProviderCopyDueAt(now() + day)), Verdict::Kept, Verdict::Kept),
        ("due, on hold", hold(settled(SettledAs::ProviderCopyDueAt(now()))), Verdict::Kept, Verdict::Kept),
        ("deleted", settled(SettledAs::ProviderCopyDeleted), Verdict::StillThere, Verdict::StillThere),
        ("deleted, on hold", hold(settled(SettledAs::ProviderCopyDeleted)), Verdict::Kept, Verdict::Kept),
        ("kept", settled(SettledAs::ProviderCopyKept("deletion_disabled")), Verdict::Kept, Verdict::Kept),
        ("no job", settled(SettledAs::NoJob), Verdict::Kept, Verdict::Kept),
        ("history full", settled(SettledAs::HistoryFull), Verdict::Kept, Verdict::Kept),
        ("expired", after(&stored(), Change::Expired), Verdict::Kept, Verdict::Kept),
        (
            "erased",
            stored().apply(Change::Erased, then()).unwrap(),
            Verdict::ErasedStillThere,
            Verdict::ErasedStillThere,
        ),
    ] {
        for (is_open, expected) in [(false, without_marker), (true, with_marker)] {
            let known = Known::Entry(Box::new(entry.clone()));
            assert_eq!(judged(Standing::Completed, known, is_open), expected, "{name}, open: {is_open}");
        }
    }
}

#[test]
fn a_list_may_be_older_than_what_just_happened() {
    let a_moment_ago = terms(then() + SignedDuration::from_secs(60));
    for entry in [settled(SettledAs::ProviderCopyDeleted), found_absent()] {
        let known = Known::Entry(Box::new(entry));
        assert_eq!(judge(&listed(Standing::Completed), &known, false, a_moment_ago), Verdict::Fine);
    }
}

#[test]
fn what_somebody_deleted_is_lost_only_while_it_is_wanted() {
    for (entry, expected) in [
        (received(), Verdict::Lost),
        (stored(), Verdict::Fine),
        (settled(SettledAs::ProviderCopyDeleted), Verdict::Fine),
        (settled(SettledAs::ProviderCopyKept("deletion_disabled")), Verdict::Fine),
        (found_absent(), Verdict::Fine),
        (stored().apply(Change::Erased, then()).unwrap(), Verdict::Fine),
    ] {
        for is_open in [false, true] {
            let known = Known::Entry(Box::new(entry.clone()));
            assert_eq!(judged(Standing::Deleted, known, is_open), expected, "{:?}", entry.state());
        }
    }
}

#[test]
fn where_nothing_is_deleted_every_copy_is_kept() {
    let keeping = Terms { delete_after: None, ..terms(now()) };
    for how in [SettledAs::ProviderCopyDueAt(then()), SettledAs::ProviderCopyDeleted] {
        let known = Known::Entry(Box::new(settled(how)));
        assert_eq!(judge(&listed(Standing::Completed), &known, false, keeping), Verdict::Kept);
    }
    assert!(!keeping.may_be_due(&listed(Standing::Completed)));
}

#[test]
fn a_copy_can_be_due_only_once_it_is_old_enough() {
    for (hours, expected) in [(0, true), (4, true), (5, false), (u64::MAX / 3_600, false)] {
        let kept = Terms { delete_after: Some(Duration::from_secs(hours * 3_600)), ..terms(now()) };
        assert_eq!(kept.may_be_due(&listed(Standing::Completed)), expected, "{hours}");
    }
}
