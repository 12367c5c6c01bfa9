use proptest::prelude::*;

use super::*;
use crate::object_key::utc_day;
use crate::recording::Provider;

const CALL: &str = "CA0123456789abcdef0123456789abcdef";
const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";
const UUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

#[test]
fn a_record_lies_in_the_folder_of_its_day_and_its_key_gives_the_access_back() {
    let at: Timestamp = "2024-03-15T23:59:59.250-05:00".parse().unwrap();
    for (provider, call, id) in [
        (Provider::Twilio, CALL, RECORDING),
        (Provider::Twilio, CALL, "none"),
        (Provider::Vapi, UUID, "stereo"),
        (Provider::ElevenLabs, "conv_01jabc", "audio"),
    ] {
        let recording = RecordingRef::read_back("acme", provider, call, id).unwrap();
        let key = ObjectKey::Audit(&recording, at, 255).to_string();
        assert_eq!(key, format!("audit/acme/2024/03/16/045959250-{provider}-{call}-{id}-00000000000000ff.json"));
        assert!(key.starts_with(&audit_folder(&recording.organisation, utc_day(at))));
        assert_eq!(access_of_audit_key(&key), Ok(AccessPlace { recording, at, number: 255 }));
    }
}

#[test]
fn a_key_that_we_would_write_otherwise_is_not_ours() {
    let tail = format!("twilio-{CALL}-{RECORDING}-00000000000000ff.json");
    for bad in [
        String::new(),
        "audit/".into(),
        "audit/acme/2024/03/16/notes.txt".into(),
        "audit/acme/2024/03/16/045959250-00000000000000ff.json".into(),
        format!("days/acme/2024/03/16/045959250-{tail}"),
        format!("audit/acme/2024/3/16/045959250-{tail}"),
        format!("audit/acme/2024/02/30/045959250-{tail}"),
        format!("audit/acme/2024/03/16/245959250-{tail}"),
        format!("audit/acme/2024/03/16/04595925-{tail}"),
        format!("audit/acme/2024/03/16/0459592500-{tail}"),
        format!("audit/acme/2024/03/16/more/045959250-{tail}"),
        format!("audit/../2024/03/16/045959250-{tail}"),
        format!("audit/acme/2024/03/16/045959250-vapi-{CALL}-{RECORDING}-00000000000000ff.json"),
        format!("audit/acme/2024/03/16/045959250-twilio-{CALL}-{RECORDING}-ff.json"),
    ] {
        assert!(access_of_audit_key(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn every_record_gives_its_access_back(
        organisation in "[a-z][a-z0-9-]{1,39}",
        call in "[0-9a-fA-F]{32}",
        // From the year 0 to the year 9999.
        millisecond in -62_167_219_200_000_i64..253_402_207_200_000,
        number: u64,
    ) {
        let recording = RecordingRef::parse(&organisation, Provider::Twilio, &format!("CA{call}"), RECORDING).unwrap();
        let at = Timestamp::from_millisecond(millisecond).unwrap();
        let key = ObjectKey::Audit(&recording, at, number).to_string();
        prop_assert_eq!(access_of_audit_key(&key), Ok(AccessPlace { recording, at, number }));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(audit/)?[ -~/é-]{0,80}") {
        let _ = access_of_audit_key(&text);
    }
}
