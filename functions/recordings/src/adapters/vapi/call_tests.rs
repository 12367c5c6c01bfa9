use serde_json::{Value, json};

use super::super::fixtures::{call, recorded};
use super::*;

const NOW: &str = "2024-03-15T14:30:22Z";

fn standing(more: Value) -> Option<Standing> {
    let call: Call = serde_json::from_value(call(more)).unwrap();
    call.standing(Some(NOW.parse().unwrap()))
}

fn absent(reason: &str) -> Option<Standing> {
    Some(Standing::Absent { reason: reason.to_owned() })
}

#[test]
fn a_call_says_what_became_of_its_recording() {
    let with = |more: Value| {
        let mut all = recorded();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (more, expected) in [
        (recorded(), Some(Standing::Completed)),
        (json!({"artifact": {"recordingUrl": "https://a"}}), Some(Standing::Completed)),
        (json!({"artifact": {"stereoRecordingUrl": "https://a"}}), Some(Standing::Completed)),
        (json!({"artifact": {"presignedMonoUrl": "https://a"}}), Some(Standing::Completed)),
        (json!({"artifact": {"recording": {"stereoUrl": "https://a"}}}), Some(Standing::Completed)),
        (json!({"recordingUrl": "https://a"}), Some(Standing::Completed)),
        (json!({"artifact": {"recordingUrl": ""}}), absent("no recording was made (customer-ended-call)")),
        (
            json!({"artifact": {"recordingUrl": null, "recording": {}}}),
            absent("no recording was made (customer-ended-call)"),
        ),
        (json!({"artifact": "none", "endedReason": 7}), absent("no recording was made")),
        (json!({"endedReason": "Mr Smith hung up"}), absent("no recording was made")),
        (json!({"endedAt": "2024-03-15T13:31:00Z"}), Some(Standing::Unfinished)),
        (json!({"endedAt": null}), absent("no recording was made (customer-ended-call)")),
        (with(json!({"status": "in-progress"})), Some(Standing::Unfinished)),
        (with(json!({"status": "forwarding"})), Some(Standing::Unfinished)),
        (json!({"status": "scheduled"}), Some(Standing::Unfinished)),
        (json!({"status": "queued"}), Some(Standing::Unfinished)),
        (json!({"status": "ringing"}), Some(Standing::Unfinished)),
        (with(json!({"status": "deletion-failed"})), Some(Standing::Completed)),
        (with(json!({"status": "not-found"})), Some(Standing::Completed)),
        (json!({"status": "not-found"}), None),
        (with(json!({"status": "melted"})), Some(Standing::Completed)),
        (json!({"status": "melted"}), None),
        (with(json!({"status": null})), Some(Standing::Completed)),
        (json!({"status": null, "endedAt": null}), Some(Standing::Unfinished)),
    ] {
        assert_eq!(standing(more.clone()), expected, "{more}");
    }
}

#[test]
fn nothing_is_called_absent_by_who_does_not_know_the_time() {
    let call: Call = serde_json::from_value(call(json!({}))).unwrap();
    assert_eq!(call.standing(None), Some(Standing::Unfinished));
}
