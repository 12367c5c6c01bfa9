use proptest::prelude::*;

use super::*;
use crate::object_key::utc_day;
use crate::recording::Provider;

const CALL: &str = "CA0123456789abcdef0123456789abcdef";
const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";
const UUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

fn start() -> Timestamp {
    "2024-03-15T23:59:59-05:00".parse().unwrap()
}

#[test]
fn an_entry_lies_in_the_folder_of_its_day_and_gives_its_recording_back() {
    for (provider, call, id) in [
        (Provider::Twilio, CALL, RECORDING),
        (Provider::Vapi, UUID, "stereo"),
        (Provider::ElevenLabs, "conv_01jabc", "audio"),
    ] {
        let recording = RecordingRef::parse("acme", provider, call, id).unwrap();
        let key = ObjectKey::Day(&recording, start()).to_string();
        assert_eq!(key, format!("days/acme/2024-03-16/20240316T045959Z-{provider}-{call}-{id}"));
        assert!(key.starts_with(&day_folder(&recording.organisation, utc_day(start()))));
        assert_eq!(recording_of_day_key(&key), Ok((recording, start())));
    }
}

#[test]
fn a_place_is_before_what_began_then_and_behind_what_began_earlier() {
    let key = |recording: &RecordingRef, start| ObjectKey::Day(recording, start).to_string();
    let recording = RecordingRef::parse("acme", Provider::ElevenLabs, "conv_0", "audio").unwrap();
    let place = day_place(&recording.organisation, start());
    let second = jiff::SignedDuration::from_secs(1);
    assert!(key(&recording, start() - second) < place && place < key(&recording, start()));
    assert!(place.starts_with(&day_folder(&recording.organisation, utc_day(start()))));
    assert!(recording_of_day_key(&place).is_err());
}

#[test]
fn a_key_that_we_would_write_otherwise_is_not_ours() {
    let tail = format!("twilio-{CALL}-{RECORDING}");
    for bad in [
        String::new(),
        "days/".into(),
        "days/acme/2024-03-16/notes.txt".into(),
        format!("ledger/acme/2024-03-16/20240316T045959Z-{tail}"),
        format!("days/acme/2024-03-17/20240316T045959Z-{tail}"),
        format!("days/acme/2024-03-16/2024-03-16T04:59:59Z-{tail}"),
        format!("days/acme/2024-03-16/20240316T045959.5Z-{tail}"),
        format!("days/acme/2024-03-16/20240316T045959Z-{tail}/more"),
        format!("days/acme/2024-03-16/more/20240316T045959Z-{tail}"),
        format!("days/../2024-03-16/20240316T045959Z-{tail}"),
        format!("days/acme/2024-03-16/20240316T045959Z-vapi-{CALL}-{RECORDING}"),
        format!("days/acme/2024-03-16/20240316T045959Z-twilio-{CALL}"),
    ] {
        assert!(recording_of_day_key(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn every_entry_gives_its_recording_back(
        organisation in "[a-z][a-z0-9-]{1,39}",
        call in "[0-9a-fA-F]{32}",
        id in "[0-9a-fA-F]{32}",
        // From the year 0 to the year 9999.
        second in -62_167_219_200_i64..253_402_207_200,
    ) {
        let (call, id) = (format!("CA{call}"), format!("RE{id}"));
        let recording = RecordingRef::parse(&organisation, Provider::Twilio, &call, &id).unwrap();
        let start = Timestamp::from_second(second).unwrap();
        let key = ObjectKey::Day(&recording, start).to_string();
        prop_assert_eq!(recording_of_day_key(&key), Ok((recording, start)));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(days/)?[ -~/é-]{0,80}") {
        let _ = recording_of_day_key(&text);
    }
}
