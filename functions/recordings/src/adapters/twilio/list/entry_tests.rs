use serde_json::json;

use super::*;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const CALL: &str = "CA00000000000000000000000000000001";
const RECORDING: &str = "RE00000000000000000000000000000001";

/// All that protocols.md 1.7 knows of an entry.
fn entry() -> Value {
    json!({
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "call_sid": CALL,
        "conference_sid": null,
        "date_created": "Fri, 15 Mar 2024 14:30:25 +0000",
        "date_updated": "Fri, 15 Mar 2024 14:31:00 +0000",
        "start_time": "Fri, 15 Mar 2024 14:30:22 +0000",
        "duration": "12",
        "sid": RECORDING,
        "price": "-0.00250",
        "price_unit": "USD",
        "status": "completed",
        "channels": 2,
        "source": "StartCallRecordingAPI",
        "error_code": null,
        "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.json"),
        "encryption_details": {"encryption_public_key_sid": "CR1", "encryption_cek": "x", "encryption_iv": "y"},
        "subresource_uris": {},
        "media_url": "https://evil.example/audio",
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut entry = entry();
    for (name, value) in changes {
        entry[*name] = value.clone();
    }
    entry
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(entry: &Value) -> Result<Option<ListedRecording>, Oddity> {
    let list = RecordingList::CreatedWithin {
        organisation: "acme".parse().unwrap(),
        provider: Provider::Twilio,
        window: at("2024-03-15T14:00:00Z")..at("2024-03-15T15:00:00Z"),
    };
    listed(entry, &list, &ACCOUNT.parse().unwrap())
}

fn expected() -> ListedRecording {
    ListedRecording {
        recording: RecordingRef::parse("acme", Provider::Twilio, CALL, RECORDING).unwrap(),
        created_at: at("2024-03-15T14:30:25Z"),
        standing: Standing::Completed,
        duration_seconds: Some(12),
        channels: Some(2),
        started_at: Some(at("2024-03-15T14:30:22Z")),
        ended_at: None,
    }
}

#[test]
fn an_entry_is_read_into_our_own_words() {
    assert_eq!(read(&entry()), Ok(Some(expected())));
}

#[test]
fn every_status_has_its_meaning() {
    let absent = |reason: &str| Standing::Absent { reason: reason.to_owned() };
    for (status, code, standing) in [
        ("in-progress", Value::Null, Standing::Unfinished),
        ("paused", Value::Null, Standing::Unfinished),
        ("stopped", Value::Null, Standing::Unfinished),
        ("processing", Value::Null, Standing::Unfinished),
        ("completed", Value::Null, Standing::Completed),
        ("absent", json!(16101), absent("too short (16101)")),
        ("absent", json!("16102"), absent("silent (16102)")),
        ("absent", json!(0), absent("no recording was made")),
        ("absent", Value::Null, absent("no recording was made")),
        ("absent", json!("+15551234567"), absent("no recording was made")),
        ("deleted", Value::Null, Standing::Deleted),
    ] {
        let read = read(&with(&[("status", json!(status)), ("error_code", code)]));
        assert_eq!(read, Ok(Some(ListedRecording { standing, ..expected() })), "{status}");
    }
}

#[test]
fn what_is_not_said_or_not_understood_is_left_open() {
    for (duration, channels, started_at) in [
        (Value::Null, Value::Null, Value::Null),
        (json!("-1"), json!(300), json!("soon")),
        (json!(1.5), json!("many"), json!(1_710_513_022)),
        (json!("99999999999"), json!(-1), json!("")),
    ] {
        let read = read(&with(&[("duration", duration), ("channels", channels), ("start_time", started_at)]));
        let bare = ListedRecording { duration_seconds: None, channels: None, started_at: None, ..expected() };
        assert_eq!(read, Ok(Some(bare)));
    }
    let numbers = with(&[("duration", json!(7)), ("channels", json!("1"))]);
    let expected = ListedRecording { duration_seconds: Some(7), channels: Some(1), ..expected() };
    assert_eq!(read(&numbers), Ok(Some(expected)));
}

#[test]
fn times_are_compared_to_the_second_whatever_their_zone() {
    for (created, is_listed) in [
        ("Fri, 15 Mar 2024 14:00:00 +0000", true),
        ("Fri, 15 Mar 2024 13:59:59 +0000", false),
        ("Fri, 15 Mar 2024 14:59:59 GMT", true),
        ("Fri, 15 Mar 2024 15:00:00 +0000", false),
        ("Fri, 15 Mar 2024 16:30:00 +0200", true),
        ("15 Mar 2024 07:30:00 -0700", true),
    ] {
        let read = read(&with(&[("date_created", json!(created))]));
        assert_eq!(read.map(|listed| listed.is_some()), Ok(is_listed), "{created}");
    }
}

#[test]
fn what_makes_no_sense_says_what_is_wrong() {
    for (name, value, oddity) in [
        ("date_created", Value::Null, Oddity::Time),
        ("date_created", json!("2024-03-15"), Oddity::Time),
        ("date_created", json!("Fri, 15 Mar 2024 14:30:25"), Oddity::Time),
        ("account_sid", Value::Null, Oddity::Account),
        ("account_sid", json!("ACffffffffffffffffffffffffffffffff"), Oddity::Account),
        ("sid", Value::Null, Oddity::Id),
        ("sid", json!(CALL), Oddity::Id),
        ("sid", json!("RE/../../x"), Oddity::Id),
        ("call_sid", Value::Null, Oddity::Id),
        ("call_sid", json!(["CA"]), Oddity::Id),
        ("status", json!("melted"), Oddity::Status),
        ("status", Value::Null, Oddity::Status),
        ("status", json!({"completed": true}), Oddity::Status),
    ] {
        assert_eq!(read(&with(&[(name, value.clone())])), Err(oddity), "{name} {value}");
    }
    for entry in [Value::Null, json!("RE"), json!([]), json!({})] {
        assert_eq!(read(&entry), Err(Oddity::Time), "{entry}");
    }
}

#[test]
fn strange_entries_hide_nobody_else_and_are_counted_by_what_is_wrong() {
    let entries = [
        json!({}),
        entry(),
        with(&[("status", json!("melted"))]),
        with(&[("date_created", json!("Thu, 14 Mar 2024 14:30:25 +0000")), ("status", json!("melted"))]),
        with(&[("status", json!("scorched"))]),
    ];
    let list = RecordingList::CreatedWithin {
        organisation: "acme".parse().unwrap(),
        provider: Provider::Twilio,
        window: at("2024-03-15T14:00:00Z")..at("2024-03-15T15:00:00Z"),
    };
    let read = Entries::read(&entries, &list, &ACCOUNT.parse().unwrap());
    assert_eq!(read.recordings, [expected()]);
    assert_eq!(read.oddities, BTreeMap::from([(Oddity::Time, 1), (Oddity::Status, 2)]));
}
