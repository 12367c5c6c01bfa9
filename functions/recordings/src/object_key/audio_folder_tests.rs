use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::recording::RecordingRef;

const CALL: &str = "CA0123456789abcdef0123456789abcdef";
const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";
const UUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

fn prefix() -> AudioPrefix {
    AudioPrefix::parse("recordings/").unwrap()
}

#[test]
fn a_day_has_a_folder_in_each_organisation() {
    for (organisation, path) in [("default", "recordings/2024/03/05/"), ("acme", "recordings/acme/2024/03/05/")] {
        let folder = prefix().folder(&organisation.parse().unwrap(), date(2024, 3, 5));
        assert_eq!(folder.as_str(), path);
    }
}

#[test]
fn a_key_tells_its_folder_and_its_call() {
    let cases = [
        ("", format!("{CALL}-JOB456.mp3"), Provider::Twilio, CALL),
        ("", format!("{CALL}-unassigned.wav"), Provider::Twilio, CALL),
        ("acme/", format!("{CALL}-JOB-4.5_6-{RECORDING}.ogg"), Provider::Twilio, CALL),
        ("acme/", format!("{UUID}-JOB456-stereo.mp4"), Provider::Vapi, UUID),
        ("", "conv_01jabc-unassigned-audio.webm".to_owned(), Provider::ElevenLabs, "conv_01jabc"),
        ("", format!("{CALL}-{}-{RECORDING}.mp3", "J".repeat(64)), Provider::Twilio, CALL),
    ];
    for (tenant, file, provider, call) in cases {
        let text = format!("recordings/{tenant}2024/03/05/{file}");
        let (folder, key) = prefix().parse_key(&text).unwrap();
        assert_eq!(key.as_str(), text);
        assert_eq!(key.call(), Some((provider, CallId::parse(provider, call).unwrap())));
        assert_eq!(folder.day, date(2024, 3, 5));
        assert_eq!(folder.organisation.as_str(), if tenant.is_empty() { "default" } else { "acme" });
        assert_eq!(folder.parse_key(&text), Ok(key));
    }
}

#[test]
fn a_key_that_we_would_write_otherwise_is_not_ours() {
    let file = format!("{CALL}-JOB456.mp3");
    for bad in [
        String::new(),
        "recordings/".into(),
        file.clone(),
        format!("other/2024/03/05/{file}"),
        format!("recordings/{file}"),
        format!("recordings/2024/3/5/{file}"),
        format!("recordings/2024/02/30/{file}"),
        format!("recordings/2024/03/05/more/{file}"),
        format!("recordings/default/2024/03/05/{file}"),
        format!("recordings/Acme/2024/03/05/{file}"),
        format!("recordings/acme/more/2024/03/05/{file}"),
        "recordings/2024/03/05/notes.txt".into(),
        "recordings/2024/03/05/".into(),
        format!("recordings/2024/03/05/{CALL}.mp3"),
        format!("recordings/2024/03/05/{CALL}-.mp3"),
        format!("recordings/2024/03/05/{CALL}-JOB456.exe"),
        format!("recordings/2024/03/05/{CALL}-JOB456"),
        format!("recordings/2024/03/05/{CALL}-JOB 456.mp3"),
        format!("recordings/2024/03/05/{CALL}-{}.mp3", "J".repeat(65)),
        format!("recordings/2024/03/05/XX{}-JOB456.mp3", &CALL[2..]),
    ] {
        assert!(prefix().parse_key(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_folder_knows_only_its_own_keys() {
    let organisation: Organisation = "acme".parse().unwrap();
    let folder = prefix().folder(&organisation, date(2024, 3, 5));
    for elsewhere in ["recordings/2024/03/05/", "recordings/acme/2024/03/06/", "recordings/acme/2024/03/05/x/"] {
        assert!(folder.parse_key(&format!("{elsewhere}{CALL}-JOB456.mp3")).is_err(), "{elsewhere}");
    }
}

fn container() -> impl Strategy<Value = Container> {
    prop::sample::select(vec![Container::Mp3, Container::Wav, Container::Ogg, Container::Mp4, Container::WebM])
}

proptest! {
    #[test]
    fn every_key_gives_its_folder_and_its_call_back(
        organisation in "default|[a-z][a-z0-9-]{1,39}",
        call in "[0-9a-f]{32}",
        job in prop::option::of("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
        // From the year 0 to the year 9999.
        second in -62_167_219_200_i64..253_402_207_200,
        container in container(),
        is_second in any::<bool>(),
    ) {
        let recording = RecordingRef::parse(&organisation, Provider::Twilio, &format!("CA{call}"), RECORDING).unwrap();
        let start = jiff::Timestamp::from_second(second).unwrap();
        let job: Option<JobNumber> = job.map(|job| job.parse().unwrap());
        let key = prefix().audio_key(&recording, start, job.as_ref(), container);
        let key = if is_second { key.naming(&recording) } else { key };
        let (folder, parsed) = prefix().parse_key(key.as_str()).unwrap();
        prop_assert_eq!(&parsed, &key);
        prop_assert_eq!(parsed.job(&recording), job.filter(|job| job.as_str() != "unassigned"));
        prop_assert_eq!(parsed.call(), Some((Provider::Twilio, recording.call_id)));
        prop_assert_eq!((folder.organisation, folder.day), (recording.organisation, crate::object_key::utc_day(start)));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(recordings/)?[ -~/é-]{0,80}") {
        let _ = prefix().parse_key(&text);
    }
}
