use demo::cases::{self, Told};

use crate::scene;

fn assert_went_well(told: &Told) {
    assert!(told.wrong.is_empty(), "{}: {:#?}\n{:#?}", told.name, told.wrong, told.recordings);
}

macro_rules! cases {
    ($($case:ident: $promise:ident;)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                assert_went_well(&cases::$case(&scene().await).await.expect("the case goes on to its end"));
            }
        )*
    };
}

cases! {
    short_call: a_short_call_is_stored_linked_and_gone_from_twilio;
    ten_minutes: ten_minutes_are_stored_linked_and_gone_from_twilio;
    one_hour: an_hour_is_stored_in_parts_byte_for_byte;
    two_of_one_call: two_recordings_of_a_call_are_two_objects_and_two_lines;
    duplicate: a_webhook_that_comes_three_times_takes_effect_once;
    forged: a_forged_webhook_changes_nothing;
    too_short: a_recording_that_was_too_short_says_so_in_the_history;
    job_found_by_call: a_job_is_found_by_its_call;
    not_ready_at_first: a_recording_that_is_not_ready_is_tried_again;
    bucket_down_at_first: a_bucket_that_is_down_at_first_is_waited_for;
    airtable_throttled: airtable_gets_its_quiet_time_and_then_the_line;
    unassigned: a_recording_without_a_job_waits_for_it;
    vapi_call: a_call_at_vapi_is_stored_and_linked_with_its_transcript;
    elevenlabs_conversation: a_conversation_at_elevenlabs_is_stored_and_linked_with_its_transcript;
    transcript_only: a_call_without_audio_says_so_and_its_transcript_is_told;
}

#[tokio::test]
async fn what_only_the_marker_knows_is_brought_home_by_the_sweeper() {
    let scene = scene().await;
    let job = scene.job("JOB").await.unwrap();
    let recording = scene.record(standins::PlaceRecording::default()).await.unwrap();
    let (call, id) = (&recording.call_sid, &recording.recording_sid);
    // The queue was down when the webhook came.
    let event = serde_json::json!({
        "version": 1, "organisation": "default", "provider": "twilio", "call_id": call, "recording_id": id,
        "job_number": job.number,
        "report": { "outcome": { "kind": "completed" }, "duration_seconds": recording.reported_seconds },
        "received_at": recording.started_at, "origin": "webhook",
    });
    scene.put_object(&format!("open/default/twilio/{call}/{id}"), &event).await.unwrap();
    scene.sweep_until_settled(&recording).await.unwrap();
    assert_eq!(scene.history(&job).await.unwrap().matches("Event: Recording |").count(), 1);
    assert!(scene.at_twilio(&recording).await.unwrap().is_none());
}

#[tokio::test]
async fn two_recordings_of_a_call_one_after_the_other_are_two_objects() {
    let scene = scene().await;
    let job = scene.job("JOB").await.unwrap();
    let first = scene.record(standins::PlaceRecording::default()).await.unwrap();
    let mut keys = Vec::new();
    let mut next = first.clone();
    for _ in 0..2 {
        scene.report(&next, Some(&job), standins::Forgery::None).await.unwrap();
        let entry = scene.until_settled(&next).await.unwrap();
        keys.push(entry["recording_storage_path"].as_str().unwrap().to_owned());
        let wanted = standins::PlaceRecording {
            call_sid: Some(first.call_sid.clone()),
            started_at: Some(first.started_at),
            ..standins::PlaceRecording::default()
        };
        next = scene.record(wanted).await.unwrap();
    }
    let plain = format!("{}-{}.mp3", first.call_sid, job.number);
    assert!(keys[0].ends_with(&plain), "{keys:?}");
    assert!(keys[1].starts_with(keys[0].trim_end_matches(".mp3")) && keys[0] != keys[1], "{keys:?}");
    for key in keys {
        assert!(scene.object(&key).await.unwrap().is_some(), "{key}");
    }
}

#[tokio::test]
async fn nobody_has_broken_a_rule_of_twilios_or_airtables() {
    let scene = scene().await;
    assert_went_well(&cases::short_call(&scene).await.unwrap());
    assert_eq!(scene.standins().violations().await.unwrap(), []);
}
