use proptest::prelude::*;

use super::*;

const CALL: &str = "CA0123456789abcdef0123456789ABCDEF";
const RECORDING: &str = "RE0123456789abcdef0123456789ABCDEF";

#[test]
fn each_provider_has_its_own_patterns() {
    let accepted = [
        (Provider::Twilio, CALL, RECORDING),
        (Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00d", "mono"),
        (Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00d", "stereo"),
        (Provider::ElevenLabs, "conv_01jxd5y165f62a0v7gtr6bkg56", "audio"),
    ];
    for (provider, call, recording) in accepted {
        assert!(RecordingRef::parse("default", provider, call, recording).is_ok(), "{provider} {call} {recording}");
    }
}

#[test]
fn an_id_of_another_shape_is_refused_and_never_quoted() {
    let refused = [
        (Provider::Twilio, "CA123", RECORDING, "call id"),
        (Provider::Twilio, CALL, "RE0123456789abcdef0123456789abcdeg", "recording id"),
        (Provider::Twilio, "../../etc/passwd", RECORDING, "call id"),
        (Provider::Twilio, RECORDING, CALL, "call id"),
        (Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00", "mono", "call id"),
        (Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00d", "video", "recording id"),
        (Provider::ElevenLabs, "conv_é", "audio", "call id"),
        (Provider::ElevenLabs, "conv_a/b", "audio", "call id"),
    ];
    for (provider, call, recording, what) in refused {
        let error = RecordingRef::parse("default", provider, call, recording).unwrap_err();
        assert_eq!(error.what, what);
        assert!(!error.to_string().contains(call));
    }
}

#[test]
fn the_recording_that_a_call_should_have_had_is_read_back_and_never_taken_from_outside() {
    let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
    let missing = RecordingRef::missing_of(&call);
    assert!(missing.recording_id.is_missing());
    assert_eq!(missing.to_string(), format!("acme/twilio/{CALL}/none"));
    let json = serde_json::to_string(&missing).unwrap();
    assert_eq!(serde_json::from_str::<RecordingRef>(&json).unwrap(), missing);
    for provider in [Provider::Twilio, Provider::Vapi, Provider::ElevenLabs] {
        assert!(RecordingId::parse(provider, "none").is_err(), "{provider}");
    }
    assert!(RecordingRef::parse("acme", Provider::Twilio, CALL, "none").is_err());
    assert!(RecordingRef::read_back("acme", Provider::Twilio, "CA1", "none").is_err());
    assert!(!RecordingRef::parse("acme", Provider::Twilio, CALL, RECORDING).unwrap().recording_id.is_missing());
}

#[test]
fn a_recording_that_was_imported_without_an_id_is_read_back_and_never_taken_from_outside() {
    let call = CallRef::parse("acme", Provider::Twilio, CALL).unwrap();
    let imported = RecordingRef::imported_of(&call);
    assert!(!imported.recording_id.is_missing() && !imported.recording_id.is_the_providers());
    assert_eq!(imported.to_string(), format!("acme/twilio/{CALL}/imported"));
    let json = serde_json::to_string(&imported).unwrap();
    assert_eq!(serde_json::from_str::<RecordingRef>(&json).unwrap(), imported);
    for provider in [Provider::Twilio, Provider::Vapi, Provider::ElevenLabs] {
        assert!(RecordingId::parse(provider, "imported").is_err(), "{provider}");
    }
    assert!(RecordingRef::parse("acme", Provider::Twilio, CALL, RECORDING).unwrap().recording_id.is_the_providers());
}

#[test]
fn an_organisation_is_never_a_year_or_a_path() {
    for good in ["default", "acme", "a1-b2"] {
        assert!(good.parse::<Organisation>().is_ok(), "{good}");
    }
    for bad in ["", "2024", "Acme", "a", "a/b", "a_b", "-a", "ä1"] {
        assert!(bad.parse::<Organisation>().is_err(), "{bad}");
    }
}

#[test]
fn a_job_number_holds_nothing_that_means_something_in_a_key_or_a_formula() {
    for good in ["JOB456", "2024-0117", "a.b_c-d", "7"] {
        assert!(good.parse::<JobNumber>().is_ok(), "{good}");
    }
    let too_long = "J".repeat(65);
    for bad in ["", " JOB", "JOB 1", "JOB/1", "..", "-1", "JOB'1", "JOB\n1", "JÖB", "a|b", "{a}", &too_long] {
        assert!(bad.parse::<JobNumber>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_stored_identity_is_checked_again_when_it_is_read() {
    let recording = RecordingRef::parse("acme", Provider::Twilio, CALL, RECORDING).unwrap();
    let json = serde_json::to_string(&recording).unwrap();
    assert_eq!(serde_json::from_str::<RecordingRef>(&json).unwrap(), recording);
    let forged = json.replace(CALL, "CA/../x");
    assert!(serde_json::from_str::<RecordingRef>(&forged).is_err());
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_safe_in_a_path(text in "\\PC{0,70}") {
        let accepted = [
            text.parse::<Organisation>().map(|id| id.to_string()),
            text.parse::<JobNumber>().map(|id| id.to_string()),
            text.parse::<JobRecordId>().map(|id| id.to_string()),
            text.parse::<AccountSid>().map(|id| id.to_string()),
            CallId::parse(Provider::Twilio, &text).map(|id| id.to_string()),
            CallId::parse(Provider::Vapi, &text).map(|id| id.to_string()),
            CallId::parse(Provider::ElevenLabs, &text).map(|id| id.to_string()),
        ];
        for id in accepted.into_iter().flatten() {
            prop_assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
            prop_assert!(id != "." && id != "..");
        }
    }
}

#[test]
fn a_phone_number_is_e164_and_never_shown_by_debugging() {
    for good in ["+14155550123", "+4930123456", "+12"] {
        let number: PhoneNumber = good.parse().unwrap();
        assert_eq!((number.as_str(), format!("{number:?}").as_str()), (good, "PhoneNumber"));
    }
    for bad in ["", "+", "+1", "14155550123", "+0155550123", "+1234567890123456", "client:alice", "sip:a@b", "+1 415"] {
        assert!(bad.parse::<PhoneNumber>().is_err(), "{bad}");
    }
}
