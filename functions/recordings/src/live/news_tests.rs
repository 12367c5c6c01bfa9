use serde_json::json;

use super::*;
use crate::recording::{Outcome, Provider, Report};

#[test]
fn news_says_what_it_is_and_of_which_recording() {
    let recording = RecordingRef::parse(
        "acme",
        Provider::Twilio,
        "CA0123456789abcdef0123456789abcdef",
        "RE0123456789abcdef0123456789abcdef",
    );
    let job = "JOB456".parse().unwrap();
    let at = "2024-03-15T14:30:22Z".parse().unwrap();
    let entry = LedgerEntry::received(recording.unwrap(), Some(job), &Report::of(Outcome::Completed), at);
    let named = json!({
        "call_id": "CA0123456789abcdef0123456789abcdef", "recording_id": "RE0123456789abcdef0123456789abcdef",
        "provider": "twilio", "job_number": "JOB456", "status": "pending",
    });
    let with = |more: serde_json::Value| {
        let mut all = named.as_object().unwrap().clone();
        all.extend(more.as_object().unwrap().clone());
        serde_json::Value::Object(all)
    };
    let ready = News::RecordingReady {
        recording: Named::of(&entry),
        recording_url: "https://calls.example.com/r/k1.x.y".to_owned(),
        expires_at: None,
    };
    let url = "https://calls.example.com/r/k1.x.y";
    let expected = with(json!({ "type": "recording_ready", "recording_url": url, "expires_at": null }));
    assert_eq!(serde_json::to_value(ready).unwrap(), expected);
    let failed = News::RecordingFailed { recording: Named::of(&entry), reason: Some("timed_out".to_owned()) };
    let expected = with(json!({ "type": "recording_failed", "reason": "timed_out" }));
    assert_eq!(serde_json::to_value(failed).unwrap(), expected);
    let progress = News::JobProgress { id: RetrievalId::of(7) };
    let expected = json!({ "type": "job_progress", "id": RetrievalId::of(7).to_string() });
    assert_eq!(serde_json::to_value(progress).unwrap(), expected);
}

#[test]
fn only_what_a_reader_is_told_anew_is_news() {
    use State::{Absent, Erased, Expired, Failed, Fallback, Received, Settled, Stored, Suspect};
    for (before, after, expected) in [
        (Received, Fallback, None),
        (Received, Stored, Some(true)),
        (Fallback, Suspect, Some(true)),
        (Failed, Stored, Some(true)),
        (Absent, Stored, Some(true)),
        (Stored, Settled, None),
        (Stored, Suspect, None),
        (Received, Failed, Some(false)),
        (Failed, Failed, None),
        (Received, Absent, Some(false)),
        (Settled, Expired, None),
        (Settled, Erased, None),
        (Absent, Erased, None),
    ] {
        assert_eq!(News::is_good(before, after), expected, "{before:?} to {after:?}");
    }
}
