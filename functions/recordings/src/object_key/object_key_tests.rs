use proptest::prelude::*;

use super::*;
use crate::recording::Provider;

const CALL: &str = "CA0123456789abcdef0123456789abcdef";
const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";

fn recording(organisation: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::Twilio, CALL, RECORDING).unwrap()
}

fn start() -> Timestamp {
    "2024-03-15T23:59:59-05:00".parse().unwrap()
}

#[test]
fn audio_lies_under_the_utc_day_of_its_start() {
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let job: JobNumber = "JOB456".parse().unwrap();
    let cases = [
        ("default", Some(&job), Container::Mp3, format!("recordings/2024/03/16/{CALL}-JOB456.mp3")),
        ("default", None, Container::Wav, format!("recordings/2024/03/16/{CALL}-unassigned.wav")),
        ("acme", Some(&job), Container::Ogg, format!("recordings/acme/2024/03/16/{CALL}-JOB456.ogg")),
    ];
    for (organisation, job, container, expected) in cases {
        assert_eq!(prefix.audio_key(&recording(organisation), start(), job, container).as_str(), expected);
    }
}

#[test]
fn a_second_recording_of_a_call_names_itself_once() {
    let recording = recording("default");
    let key = AudioPrefix::parse("recordings/").unwrap().audio_key(&recording, start(), None, Container::Mp3);
    let named = key.naming(&recording);
    assert_eq!(named.as_str(), format!("recordings/2024/03/16/{CALL}-unassigned-{RECORDING}.mp3"));
    assert_eq!(named.file_name(), format!("{CALL}-unassigned-{RECORDING}.mp3"));
    assert!(named.names(&recording) && !key.names(&recording));
    assert_eq!(named.naming(&recording), named);
}

#[test]
fn the_keys_of_a_recording_that_is_missing_are_read_back() {
    let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
    let missing = RecordingRef::missing_of(&call);
    assert_eq!(recording_of_open_key(&ObjectKey::Open(&missing).to_string()), Ok(missing.clone()));
    let day = recording_of_day_key(&ObjectKey::Day(&missing, start()).to_string());
    assert_eq!(day, Ok((missing, start())));
}

#[test]
fn the_other_keys_are_as_documented() {
    let recording = recording("acme");
    let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
    let audio = AudioPrefix::parse("recordings/").unwrap().audio_key(&recording, start(), None, Container::Mp3);
    let cases = [
        (ObjectKey::Open(&recording), format!("open/acme/twilio/{CALL}/{RECORDING}")),
        (ObjectKey::Ledger(&recording), format!("ledger/acme/twilio/{CALL}/{RECORDING}.json")),
        (
            ObjectKey::Day(&recording, start()),
            format!("days/acme/2024-03-16/20240316T045959Z-twilio-{CALL}-{RECORDING}"),
        ),
        (ObjectKey::Transcript(&call), format!("transcripts/acme/twilio/{CALL}.json")),
        (ObjectKey::Waveform(&recording), format!("waveforms/acme/twilio/{CALL}/{RECORDING}.json")),
        (ObjectKey::Call(&call), format!("calls/acme/twilio/{CALL}")),
        (
            ObjectKey::Audit(&recording, start(), 255),
            format!("audit/acme/2024/03/16/045959000-twilio-{CALL}-{RECORDING}-00000000000000ff.json"),
        ),
        (ObjectKey::Cursor("open"), "cursors/open.json".into()),
        (ObjectKey::Orphan(&audio), format!("orphans/recordings/acme/2024/03/16/{CALL}-unassigned.mp3")),
        (
            ObjectKey::Receipt(&call, start(), 255),
            format!("receipts/acme/2024/03/16/twilio-{CALL}-00000000000000ff.json"),
        ),
    ];
    for (key, expected) in cases {
        assert_eq!(key.to_string(), expected);
    }
}

#[test]
fn an_open_key_gives_its_recording_back() {
    let recording = recording("acme");
    assert_eq!(recording_of_open_key(&ObjectKey::Open(&recording).to_string()).unwrap(), recording);
    for bad in ["open/", "open/acme/twilio/x/y", "ledger/a/b/c/d", &format!("open/acme/twilio/{CALL}/{RECORDING}/more")]
    {
        assert!(recording_of_open_key(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_audio_folder_overlaps_no_other() {
    for good in ["recordings/", "a/b/", "tapeline.audio/"] {
        assert!(AudioPrefix::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "/", "recordings", "open/", "ledger/x/", "../x/", "a//b/", "a b/", "calls/"] {
        assert_eq!(AudioPrefix::parse(bad), Err(InvalidPrefix), "{bad}");
    }
}

proptest! {
    #[test]
    fn two_recordings_never_want_the_same_named_key(a in "[0-9a-f]{32}", b in "[0-9a-f]{32}", job in "[A-Z0-9]{1,8}") {
        prop_assume!(a != b);
        let job: JobNumber = job.parse().unwrap();
        let prefix = AudioPrefix::parse("recordings/").unwrap();
        let named = |id: &str| {
            let recording = RecordingRef::parse("default", Provider::Twilio, CALL, &format!("RE{id}")).unwrap();
            prefix.audio_key(&recording, start(), Some(&job), Container::Mp3).naming(&recording)
        };
        prop_assert_ne!(named(&a), named(&b));
    }
}
