#[path = "erasure_tests.rs"]
mod erasure;

use proptest::prelude::*;

use super::*;
use crate::object_key::AudioPrefix;
use crate::recording::{Direction, Outcome, Parties, Provider};

fn now() -> Timestamp {
    "2024-03-15T14:31:00Z".parse().unwrap()
}

fn recording() -> RecordingRef {
    RecordingRef::parse(
        "default",
        Provider::Twilio,
        "CA0123456789abcdef0123456789abcdef",
        "RE0123456789abcdef0123456789abcdef",
    )
    .unwrap()
}

fn line(name: &str) -> PinnedLine {
    PinnedLine::from_text(format!("---- | t | Event: {name} | URL: https://x.example/r/1"))
}

fn error() -> LastError {
    LastError { code: "provider_not_ready".into(), message: "404".into(), at: now() }
}

fn audio() -> VerifiedAudio {
    VerifiedAudio {
        bytes: 4_000,
        sha256: "00".repeat(32),
        crc64nvme: "AAAAAAAAAAA=".into(),
        container: Container::Mp3,
        content_type: "audio/mpeg".into(),
        duration_measured_ms: Some(1_000),
        channels: Some(1),
        findings: Vec::new(),
    }
}

fn key() -> AudioKey {
    AudioPrefix::parse("recordings/").unwrap().audio_key(&recording(), now(), None, Container::Mp3)
}

fn received() -> LedgerEntry {
    let report = Report { duration_seconds: Some(1), channels: Some(1), ..Report::of(Outcome::Completed) };
    LedgerEntry::received(recording(), None, &report, now())
}

fn confirm(entry: &LedgerEntry) -> Change {
    Change::LinesConfirmed {
        texts: entry.lines.iter().map(|line| line.text.clone()).collect(),
        job_record_id: "rec0123456789abcd".parse().unwrap(),
    }
}

/// An entry that reached a state by the usual way, its lines confirmed.
fn in_state(state: State) -> LedgerEntry {
    let steps = |entry: LedgerEntry, changes: Vec<Change>| {
        let entry = changes.into_iter().fold(entry, |entry, change| entry.apply(change, now()).unwrap());
        entry.apply(confirm(&entry), now()).unwrap()
    };
    let pinned = || received().apply(Change::KeyPinned(key()), now()).unwrap();
    let stored = || steps(pinned(), vec![Change::Stored { audio: audio(), line: line("Recording") }]);
    match state {
        State::Received => pinned(),
        State::Fallback => steps(
            pinned(),
            vec![Change::FellBack {
                provider_url: "https://x.example".into(),
                error: error(),
                next_attempt_at: None,
                line: line("Pending"),
            }],
        ),
        State::Stored => stored(),
        State::Suspect => {
            steps(pinned(), vec![Change::Suspected { audio: audio(), why: "duration".into(), line: line("Recording") }])
        }
        State::Settled => steps(stored(), vec![Change::Settled(SettledAs::ProviderCopyDeleted)]),
        State::Failed => {
            steps(pinned(), vec![Change::GaveUp { error: error(), next_attempt_at: None, line: line("Failed") }])
        }
        State::Absent => {
            steps(pinned(), vec![Change::FoundAbsent { reason: "too short (16101)".into(), line: line("Unavailable") }])
        }
        State::Expired => steps(stored(), vec![Change::Expired]),
        State::Erased => stored().apply(Change::Erased, now()).unwrap(),
    }
}

/// Each change, and the states in which it is allowed with the state that follows.
fn table() -> Vec<(Change, Vec<(State, State)>)> {
    use State::*;
    let stay = |states: &[State]| states.iter().map(|state| (*state, *state)).collect::<Vec<_>>();
    let go = |states: &[State], to: State| states.iter().map(|state| (*state, to)).collect::<Vec<_>>();
    let wanted = [Received, Fallback, Failed];
    let possible = [Received, Fallback, Failed, Absent];
    let alive = [Received, Fallback, Stored, Suspect, Settled, Failed, Absent];
    let not_erased = [Received, Fallback, Stored, Suspect, Settled, Failed, Absent, Expired];
    vec![
        (Change::KeyPinned(key()), stay(&possible)),
        (Change::KeyPinned(key().naming(&recording())), stay(&possible)),
        (Change::AttemptFailed { error: error(), next_attempt_at: None }, stay(&possible)),
        (Change::AskedInVain(error()), stay(&possible)),
        (Change::LegacyFailed(error()), stay(&possible)),
        (
            Change::FellBack {
                provider_url: "https://x.example".into(),
                error: error(),
                next_attempt_at: None,
                line: line("Pending"),
            },
            go(&[Received], Fallback),
        ),
        (Change::Heard(vec![Finding::Silence]), stay(&[Stored, Suspect, Settled])),
        (Change::LengthReported(2), stay(&[Received, Fallback, Failed, Suspect, Absent])),
        (
            Change::Stored { audio: audio(), line: line("Recording") },
            go(&[Received, Fallback, Failed, Suspect, Absent], Stored),
        ),
        (Change::Adopted { audio: audio(), line: line("Recording") }, go(&possible, Stored)),
        (Change::UrlSignedAnew(line("Recording")), stay(&[Stored, Suspect, Settled])),
        (Change::TakenFromLegacy { audio: audio(), line: line("Recording") }, go(&possible, Stored)),
        (Change::Suspected { audio: audio(), why: "duration".into(), line: line("Recording") }, go(&possible, Suspect)),
        (
            Change::GaveUp { error: error(), next_attempt_at: None, line: line("Failed") },
            go(&[Received, Fallback], Failed),
        ),
        (Change::FoundAbsent { reason: "silent".into(), line: line("Unavailable") }, go(&wanted, Absent)),
        (
            Change::LinesConfirmed { texts: vec![], job_record_id: "rec0123456789abcd".parse().unwrap() },
            stay(&not_erased),
        ),
        (Change::LinesMissed { texts: vec![] }, stay(&not_erased)),
        (Change::Settled(SettledAs::ProviderCopyDeleted), go(&[Stored], Settled)),
        (Change::Settled(SettledAs::ProviderCopyDueAt(now())), go(&[Stored], Settled)),
        (Change::Settled(SettledAs::ProviderCopyKept("deletion_disabled")), go(&[Stored], Settled)),
        (Change::Settled(SettledAs::NoJob), go(&[Stored], Settled)),
        (Change::Settled(SettledAs::HistoryFull), go(&[Stored], Settled)),
        (Change::ProviderCopyDeleted, stay(&[Settled, Erased])),
        (Change::TranscriptKept, stay(&alive)),
        (Change::TranscriptMissing("none"), stay(&alive)),
        (Change::JobAssigned("JOB456".parse().unwrap()), stay(&alive)),
        (Change::RetentionChosen(Retention::Important), stay(&alive)),
        (Change::HistoryCleaned("JOB7".parse().unwrap()), stay(&[Erased])),
        (Change::HistoryScrubbed(None), stay(&[Erased])),
        (Change::HistoryToScrub("JOB7".parse().unwrap()), stay(&[Erased])),
        (Change::PartiesLearned(parties()), stay(&not_erased)),
        (Change::HoldPlaced, stay(&alive)),
        (Change::HoldReleased, stay(&not_erased)),
        (Change::LinksRevoked, stay(&not_erased)),
        (Change::Expired, go(&[Stored, Suspect, Settled], Expired)),
        (Change::Erased, go(&not_erased, Erased)),
    ]
}

fn parties() -> Parties {
    Parties { direction: Some(Direction::Inbound), from: "+14158675309".parse().ok(), to: "+18005551212".parse().ok() }
}

#[test]
fn who_spoke_is_learned_once_and_never_by_an_erased_entry() {
    let entry = in_state(State::Settled);
    assert!(entry.lacks(&parties()) && !entry.lacks(&Parties::default()));
    let learned = entry.apply(Change::PartiesLearned(parties()), now()).unwrap();
    assert_eq!((&learned.from, &learned.to, learned.direction), (&parties().from, &parties().to, parties().direction));
    assert!(!learned.lacks(&parties()));
    let others = Parties { from: "+4930123456".parse().ok(), ..Parties::default() };
    assert_eq!(learned.apply(Change::PartiesLearned(others), now()).unwrap(), learned, "what is known stays");
    assert_eq!(LedgerEntry { direction: None, from: None, to: None, ..learned }, entry, "nothing else changes");
    assert!(!in_state(State::Erased).lacks(&parties()));
}

#[test]
fn the_table_of_transitions_is_whole() {
    for (change, allowed) in table() {
        for state in State::ALL {
            let result = in_state(state).apply(change.clone(), now()).map(|entry| entry.state());
            match allowed.iter().find(|(from, _)| *from == state) {
                Some((_, to)) => assert_eq!(result, Ok(*to), "{state:?} {change:?}"),
                None => assert_eq!(result.unwrap_err().state, state, "{state:?} {change:?}"),
            }
        }
    }
}

#[test]
fn every_state_has_an_exit_or_is_final() {
    let exits: std::collections::BTreeSet<_> = table()
        .into_iter()
        .flat_map(|(_, steps)| steps)
        .filter(|(from, to)| from != to)
        .map(|(from, _)| from)
        .collect();
    let finals: Vec<_> = State::ALL.into_iter().filter(|state| !exits.contains(state)).collect();
    assert_eq!(finals, [State::Erased]);
}

#[test]
fn the_key_is_chosen_once() {
    let pinned = in_state(State::Received);
    let other = AudioPrefix::parse("recordings/").unwrap().audio_key(
        &recording(),
        now(),
        Some(&"JOB1".parse().unwrap()),
        Container::Mp3,
    );
    assert!(pinned.apply(Change::KeyPinned(other), now()).is_err());
    let named = pinned.apply(Change::KeyPinned(key().naming(&recording())), now()).unwrap();
    assert!(named.apply(Change::KeyPinned(key()), now()).is_err(), "the way back is closed");
}

#[test]
fn nothing_is_stored_before_its_key_is_pinned() {
    assert!(received().apply(Change::Stored { audio: audio(), line: line("Recording") }, now()).is_err());
}

#[test]
fn a_recording_is_settled_only_with_every_line_confirmed() {
    let unconfirmed =
        in_state(State::Received).apply(Change::Stored { audio: audio(), line: line("Recording") }, now()).unwrap();
    for how in [
        SettledAs::ProviderCopyDeleted,
        SettledAs::ProviderCopyDueAt(now()),
        SettledAs::ProviderCopyKept("deletion_disabled"),
    ] {
        assert!(unconfirmed.apply(Change::Settled(how), now()).is_err());
    }
    let no_job = unconfirmed.apply(Change::Settled(SettledAs::NoJob), now()).unwrap();
    assert_eq!(no_job.provider_kept_because.as_deref(), Some("no_job"));
    assert_eq!(no_job.provider_deleted_at, None);
}

fn missed(entry: &LedgerEntry) -> Change {
    Change::LinesMissed { texts: entry.lines.iter().map(|line| line.text.clone()).collect() }
}

#[test]
fn a_line_is_asked_for_once_more_where_it_was_confirmed_and_never_again() {
    let later = now() + std::time::Duration::from_secs(3_600);
    for state in [State::Stored, State::Settled, State::Absent, State::Failed, State::Expired] {
        let confirmed = in_state(state);
        let asked = confirmed.apply(missed(&confirmed), later).unwrap();
        assert_eq!(asked.unconfirmed_lines().count(), 1, "{state:?}");
        assert_eq!((asked.lines[0].repaired_at, asked.state()), (Some(later), state));
        assert!(asked.apply(missed(&asked), later).is_err(), "{state:?}: it is not confirmed");
        let again = asked.apply(confirm(&asked), later).unwrap();
        assert!(again.all_lines_confirmed());
        assert!(again.apply(missed(&again), later).is_err(), "{state:?}: it was repaired before");
    }
    let other = Change::LinesMissed { texts: vec!["a line of somebody else".to_owned()] };
    assert!(in_state(State::Settled).apply(other, later).is_err());
}

#[test]
fn nothing_is_missed_of_what_is_erased() {
    let empty = History::new(String::new());
    for state in State::ALL {
        let missing = in_state(state).lines_gone_from(&empty).count();
        let expected = usize::from(!matches!(state, State::Erased | State::Received));
        assert_eq!(missing, expected, "{state:?}");
    }
    let settled = in_state(State::Settled);
    let held = History::new(format!("somebody's words\n{}", settled.lines[0].text));
    assert_eq!(settled.lines_gone_from(&held).count(), 0);
}

#[test]
fn audio_that_is_not_there_after_all_ends_the_tries_for_it() {
    let absent = in_state(State::Absent);
    let tried = Change::AttemptFailed { error: error(), next_attempt_at: Some(now()) };
    let tried = absent.apply(tried, now()).unwrap();
    assert!(tried.is_being_fetched_after_all());
    let again = Change::FoundAbsent { reason: "gone".into(), line: line("Unavailable") };
    let over = tried.apply(again.clone(), now()).unwrap();
    assert!(!over.is_being_fetched_after_all());
    assert_eq!((over.states(), &over.lines), (absent.states(), &absent.lines), "it was told before");
    over.apply(again, now()).unwrap_err();
}

#[test]
fn an_imported_entry_says_so_and_waits_for_nobody() {
    let url = crate::recording::LegacyUrl::parse("https://recordings.example.com/1.mp3").unwrap();
    let report = Report::of(Outcome::Completed);
    let imported = LedgerEntry::imported(recording(), None, &report, Some(url.clone()), now());
    assert!(imported.was_imported() && !received().was_imported());
    assert_eq!((imported.state(), imported.legacy_url.as_ref()), (State::Received, Some(&url)));
    let json = serde_json::to_string(&imported).unwrap();
    assert_eq!(serde_json::from_str::<LedgerEntry>(&json).unwrap(), imported);
    assert!(!serde_json::to_string(&received()).unwrap().contains("legacy"), "others are written as before");
}

#[test]
fn who_asks_in_vain_changes_nothing_but_what_is_told() {
    let due = Change::AttemptFailed { error: error(), next_attempt_at: Some(now()) };
    let waiting = in_state(State::Received).apply(due, now()).unwrap();
    let other = LastError { code: "provider_gone".into(), ..error() };
    let asked = waiting.apply(Change::AskedInVain(other.clone()), now()).unwrap();
    assert_eq!(asked, LedgerEntry { last_error: Some(other), ..waiting });
}

#[test]
fn a_held_recording_is_neither_expired_nor_erased() {
    let held = in_state(State::Settled).apply(Change::HoldPlaced, now()).unwrap();
    assert!(held.apply(Change::Expired, now()).is_err());
    assert!(held.apply(Change::Erased, now()).is_err());
    let released = held.apply(Change::HoldReleased, now()).unwrap();
    assert!(released.apply(Change::Erased, now()).is_ok());
}

#[test]
fn an_entry_survives_being_written_and_read() {
    for state in State::ALL {
        let entry = in_state(state);
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<LedgerEntry>(&json).unwrap(), entry);
    }
}

#[test]
fn an_entry_of_a_newer_version_is_not_taken_for_one_of_ours() {
    let json = serde_json::to_string(&received()).unwrap().replace("\"schema\":1", "\"schema\":2");
    assert!(serde_json::from_str::<LedgerEntry>(&json).is_err());
}

#[test]
fn an_entry_is_stored_under_the_documented_names() {
    let json = serde_json::to_value(in_state(State::Settled)).unwrap();
    assert_eq!(json["status"], "available");
    assert_eq!(json["state"], "settled");
    assert_eq!(json["organisation"], "default");
    assert_eq!(json["recording_storage_path"], key().as_str());
    assert_eq!(json["audio"]["crc64nvme"], "AAAAAAAAAAA=");
    assert_eq!(json["lines"][0]["confirmed_at"], "2024-03-15T14:31:00Z");
    assert_eq!(json["states"].as_array().unwrap().len(), 3);
}

mod gate {
    use super::*;

    fn object() -> StoredObject {
        StoredObject { bytes: 4_000, crc64nvme: Some("AAAAAAAAAAA=".into()), recording: Some(recording()) }
    }

    #[test]
    fn it_opens_only_when_everything_agrees() {
        let stored = in_state(State::Stored);
        let unconfirmed =
            in_state(State::Received).apply(Change::Stored { audio: audio(), line: line("R") }, now()).unwrap();
        let held = stored.apply(Change::HoldPlaced, now()).unwrap();
        let due = stored.apply(Change::Settled(SettledAs::ProviderCopyDueAt(now())), now()).unwrap();
        let missed = due.apply(missed(&due), now()).unwrap();
        let found = Change::Adopted { audio: audio(), line: line("R") };
        let adopted = in_state(State::Received).apply(found, now()).unwrap();
        let from_legacy = Change::TakenFromLegacy { audio: audio(), line: line("R") };
        let from_legacy = in_state(State::Received).apply(from_legacy, now()).unwrap();
        let delete = DeletionPolicy::Delete;
        let shorter = StoredObject { bytes: 3_999, ..object() };
        let other_bytes = StoredObject { crc64nvme: Some("AAAAAAAAAAE=".into()), ..object() };
        let unnamed = StoredObject { recording: None, ..object() };
        let unchecked = StoredObject { crc64nvme: None, ..object() };
        let cases = [
            (&stored, Some(object()), delete, Ok(())),
            (&stored, Some(object()), DeletionPolicy::Keep, Err(StillAtProvider::DeletionDisabled)),
            (&held, Some(object()), delete, Err(StillAtProvider::Hold)),
            (&adopted, Some(object()), delete, Err(StillAtProvider::Adopted)),
            (&from_legacy, Some(object()), delete, Err(StillAtProvider::Legacy)),
            (&unconfirmed, Some(object()), delete, Err(StillAtProvider::LineNotConfirmed)),
            (&due, Some(object()), delete, Ok(())),
            (&missed, Some(object()), delete, Err(StillAtProvider::LineNotConfirmed)),
            (&stored, None, delete, Err(StillAtProvider::StoredObjectDisagrees)),
            (&stored, Some(shorter), delete, Err(StillAtProvider::StoredObjectDisagrees)),
            (&stored, Some(other_bytes), delete, Err(StillAtProvider::StoredObjectDisagrees)),
            (&stored, Some(unnamed), delete, Err(StillAtProvider::StoredObjectDisagrees)),
            (&stored, Some(unchecked), delete, Err(StillAtProvider::StoredObjectDisagrees)),
        ];
        for (entry, look, policy, expected) in cases {
            assert_eq!(may_delete_provider_copy(entry, look.as_ref(), policy), expected, "{look:?}");
        }
    }

    /// The audio lasts for a second.
    #[test]
    fn audio_that_is_shorter_than_its_call_opens_it_only_if_it_is_as_long() {
        let shut = Err(StillAtProvider::LengthNotConfirmed);
        for (seconds, expected) in [(Some(1), Ok(())), (Some(3), Ok(())), (Some(4), shut), (None, shut)] {
            let call = RecordingRef::parse("default", Provider::ElevenLabs, "conv_1", "audio").unwrap();
            let object = StoredObject { recording: Some(call.clone()), ..object() };
            let stored = in_state(State::Stored);
            let entry = LedgerEntry {
                recording: call,
                duration_reported_seconds: seconds,
                transcript: TranscriptState::Kept { at: now() },
                ..stored
            };
            assert_eq!(
                may_delete_provider_copy(&entry, Some(&object), DeletionPolicy::Delete),
                expected,
                "{seconds:?}"
            );
        }
    }

    #[test]
    fn it_stays_shut_in_every_state_that_is_not_verified() {
        for state in State::ALL {
            let open = may_delete_provider_copy(&in_state(state), Some(&object()), DeletionPolicy::Delete).is_ok();
            assert_eq!(open, matches!(state, State::Stored | State::Settled), "{state:?}");
        }
    }
}

proptest! {
    /// Whatever happens in whatever order, what was verified is never replaced unseen, and status follows state.
    #[test]
    fn no_order_of_changes_breaks_an_entry(steps in prop::collection::vec(prop::sample::select(table()), 0..40)) {
        let mut entry = received();
        for (change, _) in steps {
            let Ok(next) = entry.apply(change, now()) else { continue };
            prop_assert_eq!(next.status(), next.state().status());
            prop_assert_eq!(next.states().last().unwrap().state, next.state());
            prop_assert!(next.states().len() >= entry.states().len());
            if next.state() == State::Erased {
                prop_assert!(next.audio.is_none() && next.from.is_none() && next.to.is_none());
                entry = next;
                continue;
            }
            prop_assert!(entry.state() != State::Erased, "it is final");
            if entry.audio.is_some() {
                prop_assert!(next.audio.is_some());
                prop_assert_eq!(&next.recording_storage_path, &entry.recording_storage_path);
            }
            prop_assert!(next.lines.len() >= entry.lines.len());
            entry = next;
        }
    }
}

#[test]
fn an_entry_knows_when_its_provider_forgets_it() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let expires = |provider, call, id, started_at| {
        let recording = RecordingRef::parse("default", provider, call, id).unwrap();
        let report = Report { started_at, ..Report::of(Outcome::Completed) };
        LedgerEntry::received(recording, None, &report, time("2024-03-15T14:30:22Z")).provider_expires_at
    };
    let (vapi, begun) = ("7420f27a-30fd-4f49-a995-5549ae7cc00d", Some(time("2024-03-15T14:00:00Z")));
    assert_eq!(expires(Provider::Vapi, vapi, "mono", begun), Some(time("2024-03-29T14:00:00Z")));
    assert_eq!(expires(Provider::Vapi, vapi, "mono", None), Some(time("2024-03-29T14:30:22Z")));
    assert_eq!(expires(Provider::ElevenLabs, "conv_1", "audio", begun), None);
}

fn job(number: &str) -> JobNumber {
    number.parse().unwrap()
}

#[test]
fn a_job_that_was_found_late_lets_the_providers_copy_go_and_only_once_its_lines_are_there() {
    let stored = received().apply(Change::KeyPinned(key()), now()).unwrap();
    let stored = stored.apply(Change::Stored { audio: audio(), line: line("Recording") }, now()).unwrap();
    let unassigned = stored.apply(Change::Settled(SettledAs::NoJob), now()).unwrap();
    let assigned = unassigned.apply(Change::JobAssigned(job("JOB1")), now()).unwrap();
    let gone = Change::Settled(SettledAs::ProviderCopyDeleted);
    assert!(assigned.apply(gone.clone(), now()).is_err(), "its line is not there yet");
    assert!(assigned.is_finished());

    let written = assigned.apply(confirm(&assigned), now()).unwrap();
    assert!(!written.is_finished(), "what is to become of the copy is still to be decided");
    let settled = written.apply(gone, now()).unwrap();
    assert!(settled.is_finished() && settled.provider_deleted_at == Some(now()));
    assert_eq!((settled.provider_kept_because.as_deref(), settled.states()), (None, written.states()));
    let kept = written.apply(Change::Settled(SettledAs::ProviderCopyKept("hold")), now()).unwrap();
    assert!(kept.is_finished() && kept.provider_kept_because.as_deref() == Some("hold"));
}

#[test]
fn the_tag_says_how_long_the_audio_is_kept_and_a_hold_outweighs_it() {
    let tag = |changes: &[Change]| {
        let entry = changes.iter().fold(received(), |entry, change| entry.apply(change.clone(), now()).unwrap());
        entry.retention_tag().as_str()
    };
    assert_eq!(tag(&[]), RetentionTag::AT_FIRST.as_str());
    assert_eq!(tag(&[Change::RetentionChosen(Retention::Important)]), "important");
    assert_eq!(tag(&[Change::RetentionChosen(Retention::Important), Change::HoldPlaced]), "hold");
    assert_eq!(tag(&[Change::HoldPlaced, Change::HoldReleased]), "standard");
}

#[test]
fn a_url_that_ends_no_later_asks_for_no_line() {
    let ending = |minute: i8, second: i8| PinnedLine {
        url_ends_at: Some(format!("2024-03-15T15:{minute:02}:{second:02}Z").parse().unwrap()),
        ..line(&format!("Recording {minute} {second}"))
    };
    let anew =
        |entry: &LedgerEntry, line: &PinnedLine| entry.apply(Change::UrlSignedAnew(line.clone()), now()).unwrap();
    let linked = in_state(State::Settled);
    let first = anew(&linked, &ending(30, 0));
    assert_eq!((linked.lines.len(), first.lines.len(), first.state()), (1, 2, State::Settled));
    for as_good in [ending(30, 0), ending(30, 59), ending(10, 0)] {
        assert_eq!(anew(&first, &as_good), first);
    }
    assert_eq!(anew(&first, &ending(31, 0)).lines.len(), 3);
}
