use super::*;

const CALL: &str = "CA00000000000000000000000000000001";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn created_within(from: &str, until: &str) -> RecordingList {
    RecordingList::CreatedWithin {
        organisation: "acme".parse().unwrap(),
        provider: Provider::Twilio,
        window: at(from)..at(until),
    }
}

fn of_call() -> RecordingList {
    RecordingList::OfCall(CallRef::parse("acme", Provider::Twilio, CALL).unwrap())
}

#[test]
fn a_window_has_its_first_instant_and_not_its_last() {
    let list = created_within("2024-03-15T10:00:00Z", "2024-03-15T11:00:00Z");
    for (time, expected) in [
        ("2024-03-15T09:59:59Z", false),
        ("2024-03-15T10:00:00Z", true),
        ("2024-03-15T10:59:59Z", true),
        ("2024-03-15T11:00:00Z", false),
    ] {
        assert_eq!(list.covers(at(time)), expected, "{time}");
        assert!(of_call().covers(at(time)));
    }
}

#[test]
fn a_cursor_is_kept_and_read_back_with_its_list() {
    for list in [created_within("2024-03-15T10:00:00Z", "2024-03-15T11:00:00Z"), of_call()] {
        let start = ListCursor::start(list.clone());
        for cursor in [start.moved_to("7"), start] {
            let kept = serde_json::to_string(&cursor).unwrap();
            let read: ListCursor = serde_json::from_str(&kept).unwrap();
            assert_eq!((&read, read.list()), (&cursor, &list));
        }
    }
}

#[test]
fn a_cursor_whose_ids_were_changed_is_not_read() {
    let kept = serde_json::to_string(&ListCursor::start(of_call())).unwrap();
    for (part, other) in [(CALL, "../../Keys"), ("acme", "a/b"), ("twilio", "vapi"), ("of_call", "of_everybody")] {
        let changed = kept.replace(part, other);
        assert_ne!(changed, kept);
        assert!(serde_json::from_str::<ListCursor>(&changed).is_err(), "{changed}");
    }
}

#[test]
fn only_what_is_over_is_reported() {
    let standing = |standing| ListedRecording {
        recording: RecordingRef::parse("acme", Provider::Twilio, CALL, &CALL.replace("CA", "RE")).unwrap(),
        created_at: at("2024-03-15T10:00:00Z"),
        standing,
        duration_seconds: Some(12),
        channels: Some(2),
        started_at: Some(at("2024-03-15T09:59:58Z")),
        ended_at: None,
    };
    let report = |outcome| Report {
        duration_seconds: Some(12),
        channels: Some(2),
        started_at: Some(at("2024-03-15T09:59:58Z")),
        ..Report::of(outcome)
    };
    let reason = "silent (16102)".to_owned();
    for (listed, expected) in [
        (Standing::Unfinished, None),
        (Standing::Deleted, None),
        (Standing::Completed, Some(report(Outcome::Completed))),
        (Standing::Absent { reason: reason.clone() }, Some(report(Outcome::Absent { reason }))),
    ] {
        assert_eq!(standing(listed).report(), expected);
    }
}

#[test]
fn the_length_of_a_call_is_reported_where_the_recordings_is_not_given() {
    let listed = |duration_seconds, ended_at: Option<&str>| ListedRecording {
        recording: RecordingRef::parse("acme", Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00d", "mono").unwrap(),
        created_at: at("2024-03-15T10:00:00Z"),
        standing: Standing::Completed,
        duration_seconds,
        channels: None,
        started_at: Some(at("2024-03-15T10:00:01Z")),
        ended_at: ended_at.map(at),
    };
    for (duration, ended_at, expected) in [
        (None, None, None),
        (None, Some("2024-03-15T10:01:03.9Z"), Some(62)),
        (None, Some("2024-03-15T09:00:00Z"), None),
        (Some(12), Some("2024-03-15T10:01:03Z"), Some(12)),
    ] {
        assert_eq!(listed(duration, ended_at).report().unwrap().duration_seconds, expected, "{ended_at:?}");
    }
}

#[test]
fn strange_entries_are_counted_together() {
    let oddities = BTreeMap::from([(Oddity::Id, 2), (Oddity::Status, 1)]);
    let page = ListPage { recordings: Vec::new(), oddities, next: None };
    assert_eq!(page.strange(), 3);
}
