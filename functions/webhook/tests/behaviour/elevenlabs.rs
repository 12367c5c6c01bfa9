//! ElevenLabs' webhooks: whose they are, and what they lead to.

use recordings::fakes::QueueName;
use recordings::messages::TransferRequest;
use recordings::recording::{Direction, Outcome, Provider, RecordingRef, Report};
use serde_json::{Value, json};

use crate::agents::{
    CARRIER_CALL, CONVERSATION, NOW, OUR_PHONE, by_elevenlabs, by_elevenlabs_at, failure, plain_elevenlabs,
    transcription,
};
use crate::gateway::Request;
use crate::scene::{ELEVENLABS_SECRETS, PHONE, Scene};

fn recording(organisation: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::ElevenLabs, CONVERSATION, "audio").unwrap()
}

/// The request that a changed event leads to.
fn requested(mut event: Value, change: impl FnOnce(&mut Value)) -> TransferRequest {
    let scene = Scene::new();
    change(&mut event["data"]);
    assert_eq!(scene.send(&by_elevenlabs(&event)).status, 200);
    scene.only_queued()
}

fn refused(request: &Request, code: &str) {
    let scene = Scene::new();
    let answer = scene.send(request);
    assert_eq!((answer.status, answer.text()), (403, ""), "{code}");
    scene.assert_untouched();
    assert_eq!(scene.log.records("webhook_refused")[0]["error_code"], code);
    assert_eq!(scene.count_of("invalid_signature"), 1);
}

#[test]
fn a_transcription_is_queued_and_marked_with_all_that_elevenlabs_said() {
    let scene = Scene::new();
    let answer = scene.send(&by_elevenlabs(&transcription()));
    assert_eq!((answer.status, answer.text()), (200, ""));
    let request = scene.only_queued();
    assert_eq!(request.recording, recording("default"));
    assert_eq!(request.job_number.as_ref().unwrap().as_str(), "JOB456");
    let report = &request.report;
    assert_eq!((&report.outcome, report.duration_seconds), (&Outcome::Completed, Some(62)));
    assert_eq!(report.started_at, Some("2024-03-15T14:29:20Z".parse().unwrap()));
    assert_eq!(report.direction, Some(Direction::Outbound));
    let numbers = [&report.from, &report.to].map(|number| number.as_ref().unwrap().as_str());
    assert_eq!(numbers, [OUR_PHONE, PHONE]);
    assert_eq!(report.carrier_call_id.as_ref().unwrap().as_str(), CARRIER_CALL);
    let marker = scene.world.document(&format!("open/default/elevenlabs/{CONVERSATION}/audio")).unwrap();
    assert_eq!(serde_json::from_str::<TransferRequest>(&marker).unwrap(), request);
    assert!(!(scene.world.bodies(QueueName::Transfer).concat() + &marker).contains("boiler"));
    assert_eq!(scene.count_of("webhook_accepted"), 1);
}

#[test]
fn the_same_event_again_is_the_same_request_again() {
    let scene = Scene::new();
    for _ in 0..5 {
        assert_eq!(scene.send(&by_elevenlabs(&transcription())).status, 200);
    }
    let mut requests = scene.queued();
    requests.dedup();
    assert_eq!((requests.len(), scene.keys("open/").len()), (1, 1));
}

#[test]
fn a_conversation_without_audio_is_told_as_one() {
    let outcome = |has_audio: Value| requested(transcription(), |data| data["has_audio"] = has_audio).report.outcome;
    assert_eq!(outcome(false.into()), Outcome::Absent { reason: "no audio was kept at ElevenLabs".to_owned() });
    for unclear in [Value::Null, "false".into(), true.into()] {
        assert_eq!(outcome(unclear.clone()), Outcome::Completed, "{unclear}");
    }
}

#[test]
fn the_job_is_the_urls_else_that_of_the_dynamic_variables() {
    let job = |query: &str, variables: Value| {
        let (scene, mut event) = (Scene::new(), transcription());
        event["data"]["conversation_initiation_client_data"] = json!({"dynamic_variables": variables});
        let query = query.to_owned();
        assert_eq!(scene.send(&Request { query, ..by_elevenlabs(&event) }).status, 200);
        scene.only_queued().job_number.map(|job| job.to_string())
    };
    assert_eq!(job("job=JOB1", json!({"job": "JOB2"})).as_deref(), Some("JOB1"));
    assert_eq!(job("", json!({"job": "JOB2"})).as_deref(), Some("JOB2"));
    assert_eq!(job("", json!({"job": 789})).as_deref(), Some("789"));
    assert_eq!(job("", json!({"job": "no job"})), None);
    assert_eq!(job("", Value::Null), None);
}

#[test]
fn what_an_event_lacks_is_no_reason_to_lose_its_recording() {
    for (change, what) in [
        ((|data| *data = json!({"conversation_id": CONVERSATION})) as fn(&mut Value), "everything else"),
        (|data| data["metadata"] = "text".into(), "metadata"),
        (|data| data["metadata"] = json!({"phone_call": null, "call_duration_secs": -5}), "a phone call"),
        (|data| data["metadata"]["phone_call"] = json!({"call_sid": "sip-1", "external_number": "x"}), "numbers"),
    ] {
        let report = requested(transcription(), change).report;
        let known = (report.from, report.to, report.carrier_call_id, report.direction);
        assert_eq!(known, (None, None, None, None), "{what}");
    }
}

#[test]
fn audio_in_an_event_is_word_that_there_is_audio_and_takes_no_better_words_place() {
    let audio = json!({"type": "post_call_audio", "event_timestamp": NOW, "data": {
        "agent_id": "agent_01", "conversation_id": CONVERSATION, "full_audio": "SUQz".repeat(1_000_000),
    }});
    let scene = Scene::new();
    assert_eq!(scene.send(&by_elevenlabs(&audio)).status, 200);
    let hint = scene.only_queued();
    assert_eq!((&hint.recording, &hint.report), (&recording("default"), &Report::of(Outcome::Completed)));
    assert_eq!(scene.keys("open/").len(), 1, "the transcription may never come");

    scene.send(&by_elevenlabs(&transcription()));
    scene.send(&by_elevenlabs(&audio));
    let marker = scene.world.document(&scene.keys("open/")[0]).unwrap();
    let marker: TransferRequest = serde_json::from_str(&marker).unwrap();
    assert!(marker.job_number.is_some() && marker.report.duration_seconds.is_some(), "more was known");
}

#[test]
fn a_call_that_did_not_come_about_is_told_with_its_reason() {
    for (reason, told) in [
        ("busy", "the line was busy"),
        ("no-answer", "nobody answered"),
        ("unknown", "the call did not come about"),
        ("<b> | Event: x", "the call did not come about"),
    ] {
        let request = requested(failure(reason), |_| ());
        assert_eq!(request.report.outcome, Outcome::Absent { reason: told.to_owned() });
        assert_eq!(request.report.carrier_call_id.unwrap().as_str(), CARRIER_CALL, "a job may name it");
    }
}

#[test]
fn a_call_that_did_not_come_about_is_nobodys_where_no_job_is_named() {
    let (scene, mut event) = (Scene::new(), failure("busy"));
    event["data"]["metadata"] = json!({"type": "sip", "body": {"sip_status_code": 486}});
    assert_eq!(scene.send(&by_elevenlabs(&event)).status, 200);
    assert_eq!((scene.count_of("webhook_ignored"), scene.log.records("call_never_began").len()), (1, 1));
    scene.assert_untouched();
    let told = scene.send(&Request { query: "job=JOB456".to_owned(), ..by_elevenlabs(&event) });
    assert_eq!((told.status, scene.queued().len()), (200, 1));
}

#[test]
fn what_is_signed_and_makes_no_sense_is_left_alone() {
    let of = |id: Value| json!({"type": "post_call_transcription", "data": {"conversation_id": id}});
    for event in [json!([]), json!({}), json!({"type": 5}), of(Value::Null), of("conv_../../ledger".into())] {
        let scene = Scene::new();
        assert_eq!(scene.send(&by_elevenlabs(&event)).status, 200, "{event}");
        assert_eq!((scene.count_of("webhook_not_understood"), scene.count_of("webhook_accepted")), (1, 0), "{event}");
        scene.assert_untouched();
    }
    let scene = Scene::new();
    assert_eq!(scene.send(&by_elevenlabs(&json!({"type": "something_new", "data": {}}))).status, 200);
    assert_eq!(scene.count_of("webhook_ignored"), 1);
    scene.assert_untouched();
}

#[test]
fn nobody_but_elevenlabs_is_believed() {
    let (event, secret) = (transcription(), ELEVENLABS_SECRETS[0]);
    refused(&plain_elevenlabs(&event), "signature_missing");
    for odd in ["", "sesame, open", "t=1,v0=", "v0=00"] {
        refused(&plain_elevenlabs(&event).header("elevenlabs-signature", odd), "signature_malformed");
    }
    refused(&by_elevenlabs_at(&event, NOW, "nobody"), "signature_wrong");
    refused(&by_elevenlabs_at(&event, NOW, ""), "signature_wrong");
    refused(&by_elevenlabs_at(&event, NOW - 1_801, secret), "signature_stale");
    refused(&by_elevenlabs_at(&event, NOW + 61, secret), "signature_early");
    let other = failure("busy").to_string().into_bytes();
    refused(&Request { body: other, ..by_elevenlabs(&event) }, "signature_wrong");
}

#[test]
fn the_organisation_is_the_one_whose_secret_signs_and_the_secret_before_a_rotation_counts() {
    for (secret, organisation, previous) in
        [(0, "default", 0), (1, "acme", 0), (2, "default", 1)].map(|(at, of, n)| (ELEVENLABS_SECRETS[at], of, n))
    {
        let scene = Scene::new();
        scene.send(&by_elevenlabs_at(&transcription(), NOW, secret));
        assert_eq!(scene.only_queued().recording, recording(organisation));
        assert_eq!(scene.count_of("signed_with_previous_token"), previous, "{organisation}");
    }
}
