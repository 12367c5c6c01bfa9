//! Vapi's webhooks: whose they are, what they lead to, and how the other messages are answered.

use recordings::fakes::QueueName;
use recordings::messages::TransferRequest;
use recordings::recording::{Channels, Direction, Outcome, Provider, RecordingRef};
use recordings::secrets::Secrets;
use serde_json::{Value, json};

use crate::agents::{
    CARRIER_CALL, NOW, OUR_PHONE, VAPI_CALL, by_vapi, by_vapi_at, hmac, plain_vapi, vapi_message, vapi_report,
};
use crate::gateway::Request;
use crate::scene::{PHONE, Scene, VAPI_SECRETS, settings};

fn recording(organisation: &str, variant: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::Vapi, VAPI_CALL, variant).unwrap()
}

/// The request that a changed report leads to.
fn requested(change: impl FnOnce(&mut Value)) -> TransferRequest {
    let (scene, mut report) = (Scene::new(), vapi_report());
    change(&mut report["message"]);
    assert_eq!(scene.send(&by_vapi(&report)).status, 200);
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
fn a_report_is_queued_and_marked_with_all_that_vapi_said() {
    let scene = Scene::new();
    let answer = scene.send(&by_vapi(&vapi_report()));
    assert_eq!((answer.status, answer.text()), (200, ""));
    let request = scene.only_queued();
    assert_eq!(request.recording, recording("default", "mono"));
    assert_eq!(request.job_number.as_ref().unwrap().as_str(), "JOB456");
    let report = &request.report;
    assert_eq!((&report.outcome, report.duration_seconds), (&Outcome::Completed, Some(62)));
    assert_eq!(report.started_at, Some("2024-03-15T14:29:20.1Z".parse().unwrap()));
    assert_eq!(report.direction, Some(Direction::Inbound));
    let numbers = [&report.from, &report.to].map(|number| number.as_ref().unwrap().as_str());
    assert_eq!(numbers, [PHONE, OUR_PHONE]);
    assert_eq!(report.carrier_call_id.as_ref().unwrap().as_str(), CARRIER_CALL);
    let marker = scene.world.document(&format!("open/default/vapi/{VAPI_CALL}/mono")).unwrap();
    assert_eq!(serde_json::from_str::<TransferRequest>(&marker).unwrap(), request);
    assert_eq!(scene.count_of("webhook_accepted"), 1);
    let everything = scene.world.bodies(QueueName::Transfer).concat() + &marker;
    for secret in ["elsewhere.example", "boiler", "Be kind"] {
        assert!(!everything.contains(secret), "{secret} is in a message");
    }
}

#[test]
fn the_channels_choose_the_recording() {
    let scene = Scene::with(webhook::config::Settings { channels: Channels::Dual, ..settings() });
    scene.send(&by_vapi(&vapi_report()));
    assert_eq!(scene.only_queued().recording, recording("default", "stereo"));
}

#[test]
fn the_other_party_of_an_outbound_call_is_the_one_that_was_called() {
    let report = requested(|message| message["call"]["type"] = "outboundPhoneCall".into()).report;
    assert_eq!(report.direction, Some(Direction::Outbound));
    assert_eq!([report.from, report.to].map(|number| number.unwrap().as_str().to_owned()), [OUR_PHONE, PHONE]);
}

#[test]
fn the_carriers_call_is_found_in_either_place_and_is_a_call_of_twilios() {
    let named = |id: Value, transport: Value| {
        let report = requested(|message| {
            message["call"]["phoneCallProviderId"] = id;
            message["call"]["transport"] = transport;
        });
        report.report.carrier_call_id.map(|id| id.to_string())
    };
    assert_eq!(named(Value::Null, json!({"callSid": CARRIER_CALL})).as_deref(), Some(CARRIER_CALL));
    assert_eq!(named("vonage-uuid".into(), json!({"callSid": CARRIER_CALL})).as_deref(), Some(CARRIER_CALL));
    assert_eq!(named("vonage-uuid".into(), "text".into()), None);
}

#[test]
fn the_job_is_the_urls_else_that_of_the_calls_own_parameters() {
    let job = |target: &str, change: fn(&mut Value)| {
        let (scene, mut report) = (Scene::new(), vapi_report());
        change(&mut report["message"]["call"]);
        let sent = by_vapi(&report);
        let query = target.to_owned();
        assert_eq!(scene.send(&Request { query, ..sent }).status, 200);
        scene.only_queued().job_number.map(|job| job.to_string())
    };
    let overridden = |call: &mut Value| call["assistantOverrides"] = json!({"variableValues": {"job": 789}});
    assert_eq!(job("job=JOB1", overridden).as_deref(), Some("JOB1"));
    assert_eq!(job("job=no%20job", overridden).as_deref(), Some("789"));
    assert_eq!(job("", overridden).as_deref(), Some("789"));
    let by_metadata = |call: &mut Value| call["assistantOverrides"] = json!({"metadata": {"job": "JOB2"}});
    assert_eq!(job("", by_metadata).as_deref(), Some("JOB2"));
    assert_eq!(job("", |_| ()).as_deref(), Some("JOB456"));
    assert_eq!(job("", |call| call["metadata"] = "text".into()), None);
}

#[test]
fn a_report_that_names_no_recording_says_that_there_is_none() {
    let outcome = |artifact: Value, reason: &str| {
        let reason = Value::from(reason);
        requested(|message| {
            message["artifact"] = artifact;
            message["endedReason"] = reason;
        })
        .report
        .outcome
    };
    let absent = |reason: &str| Outcome::Absent { reason: reason.to_owned() };
    for artifact in [json!({}), json!({"recordingUrl": null, "recording": {"mono": {}}}), json!({"recordingUrl": ""})] {
        assert_eq!(
            outcome(artifact, "customer-did-not-answer"),
            absent("no recording was made (customer-did-not-answer)")
        );
    }
    assert_eq!(outcome(json!({}), "<b>5 | x"), absent("no recording was made"), "what is no word is not repeated");
    for artifact in [
        Value::Null,
        json!({"stereoRecordingUrl": "https://x"}),
        json!({"presignedMonoUrl": "https://x"}),
        json!({"recording": {"mono": {"combinedUrl": "https://x"}}}),
    ] {
        assert_eq!(outcome(artifact.clone(), "hangup"), Outcome::Completed, "{artifact}");
    }
}

#[test]
fn what_a_report_lacks_is_no_reason_to_lose_its_recording() {
    let scene = Scene::new();
    let bare = json!({"message": {"type": "end-of-call-report", "call": {"id": VAPI_CALL}}});
    assert_eq!(scene.send(&by_vapi(&bare)).status, 200);
    let request = scene.only_queued();
    assert_eq!((request.job_number, request.report.started_at), (None, None));
    let odd = requested(|message| {
        message["startedAt"] = 5.into();
        message["durationSeconds"] = (-3).into();
        message["customer"] = "text".into();
        message["phoneNumber"] = json!({"number": "anonymous"});
    });
    assert_eq!((odd.report.from, odd.report.to, odd.report.duration_seconds), (None, None, None));
    assert_eq!(odd.report.started_at, Some("2024-03-15T14:29:18Z".parse().unwrap()), "when the call was made");
}

#[test]
fn other_messages_are_counted_and_need_nothing() {
    for kind in ["status-update", "transcript", "hang", "conversation-update", "chat.created", "something-new"] {
        let scene = Scene::new();
        let answer = scene.send(&by_vapi(&vapi_message(kind)));
        assert_eq!((answer.status, answer.text()), (200, ""), "{kind}");
        assert_eq!(scene.count_of("webhook_ignored"), 1);
        scene.assert_untouched();
    }
}

#[test]
fn a_question_to_the_agents_server_is_not_answered_as_if_we_were_it() {
    for kind in ["assistant-request", "tool-calls", "transfer-destination-request", "knowledge-base-request"] {
        let scene = Scene::new();
        let answer = scene.send(&by_vapi(&vapi_message(kind)));
        assert_eq!((answer.status, answer.text()), (501, ""), "{kind}");
        assert_eq!(scene.count_of("webhook_unanswerable"), 1);
        assert_eq!(scene.log.records("webhook_unanswerable")[0]["message_type"], kind);
        scene.assert_untouched();
    }
}

#[test]
fn what_is_signed_and_makes_no_sense_is_left_alone() {
    let of_call = |id: Value| json!({"message": {"type": "end-of-call-report", "call": {"id": id}}});
    for event in [
        json!({}),
        json!([]),
        json!({"message": "text"}),
        json!({"message": {"type": 5}}),
        json!({"message": {"type": "end-of-call-report"}}),
        of_call(5.into()),
        of_call("../../ledger".into()),
    ] {
        let scene = Scene::new();
        assert_eq!(scene.send(&by_vapi(&event)).status, 200, "{event}");
        assert_eq!((scene.count_of("webhook_not_understood"), scene.count_of("webhook_accepted")), (1, 0), "{event}");
        scene.assert_untouched();
    }
}

#[test]
fn nobody_but_vapi_is_believed() {
    let report = vapi_report();
    refused(&plain_vapi(&report), "signature_missing");
    refused(&plain_vapi(&report).header("authorization", "Bearer nobody"), "signature_wrong");
    refused(&plain_vapi(&report).header("authorization", "nobody"), "signature_malformed");
    refused(&plain_vapi(&report).header("x-vapi-secret", "nobody"), "signature_wrong");
    refused(&by_vapi_at(&report, NOW, "nobody"), "signature_wrong");
    refused(&by_vapi_at(&report, NOW, ""), "signature_wrong");
    refused(&by_vapi_at(&report, NOW - 301, VAPI_SECRETS[0]), "signature_stale");
    refused(&by_vapi_at(&report, NOW + 61, VAPI_SECRETS[0]), "signature_early");
    refused(&by_vapi(&report).header("x-timestamp", &(NOW - 1).to_string()), "signature_wrong");
    let other = vapi_message("end-of-call-report").to_string().into_bytes();
    refused(&Request { body: other, ..by_vapi(&report) }, "signature_wrong");
    refused(&plain_vapi(&report).header("x-vapi-secret", VAPI_SECRETS[0]), "signature_wrong");
    refused(&plain_vapi(&report).header("authorization", &format!("Bearer {}", VAPI_SECRETS[2])), "signature_wrong");
}

#[test]
fn the_organisation_is_the_one_whose_credential_is_shown() {
    let scene = Scene::new();
    scene.send(&plain_vapi(&vapi_report()).header("authorization", &format!("Bearer {}", VAPI_SECRETS[1])));
    assert_eq!(scene.only_queued().recording, recording("acme", "mono"));
    assert_eq!(scene.count_of("signed_with_previous_token"), 0);
}

#[test]
fn the_credential_before_a_rotation_counts_whatever_its_scheme_and_is_counted() {
    let scene = Scene::new();
    assert_eq!(scene.send(&plain_vapi(&vapi_report()).header("x-vapi-secret", VAPI_SECRETS[2])).status, 200);
    assert_eq!(scene.only_queued().recording, recording("default", "mono"));
    assert_eq!(scene.count_of("signed_with_previous_token"), 1);
    let scene = Scene::new();
    scene.send(&by_vapi(&vapi_report()));
    assert_eq!(scene.count_of("signed_with_previous_token"), 0);
}

/// A rotation from any scheme to any other, or from one key to another of the same scheme, turns nobody away: what was shown
/// before counts for as long as it is kept as the previous one, within the same window of time, and no longer.
#[test]
fn a_rotation_between_any_two_schemes_loses_nothing() {
    let schemes = |key: &str| {
        [
            json!({"scheme": "bearer", "token": key}),
            json!({"scheme": "bearer", "token": key, "header": "x-our-token", "bearer_prefix": false}),
            json!({"scheme": "x_vapi_secret", "secret": key}),
            json!({"scheme": "hmac", "secret_key": key}),
            json!({"scheme": "hmac", "secret_key": key, "include_timestamp": false, "signature_header": "x-vapi-signature"}),
        ]
    };
    let report = vapi_report();
    let shown = |scheme: usize, key: &str, time: i64| match scheme {
        0 => plain_vapi(&report).header("authorization", &format!("Bearer {key}")),
        1 => plain_vapi(&report).header("x-our-token", key),
        2 => plain_vapi(&report).header("x-vapi-secret", key),
        3 => by_vapi_at(&report, time, key),
        _ => plain_vapi(&report).header("x-vapi-signature", &hmac(key, &report.to_string())),
    };
    let (new, old) = ("vapi-new-6c5b4a39", "vapi-old-28170695");
    for (after, current) in schemes(new).into_iter().enumerate() {
        for (before, previous) in schemes(old).into_iter().enumerate() {
            let answered = |previous: Option<&Value>, request: &Request| {
                let scene = with_webhooks(&current, previous);
                let status = scene.send(request).status;
                (status, scene.queued().len(), scene.count_of("signed_with_previous_token"))
            };
            let during = |request: &Request| answered(Some(&previous), request);
            let case = format!("{previous} to {current}");
            assert_eq!(during(&shown(after, new, NOW)), (200, 1, 0), "{case}");
            assert_eq!(during(&shown(before, old, NOW)), (200, 1, 1), "{case}");
            assert_eq!(during(&shown(before, "nobody-knows-this", NOW)), (403, 0, 0), "{case}");
            assert_eq!(answered(None, &shown(before, old, NOW)), (403, 0, 0), "after {case}");
            if before == 3 {
                assert_eq!(during(&shown(before, old, NOW - 301)), (403, 0, 0), "{case}");
                assert_eq!(during(&shown(before, old, NOW + 61)), (403, 0, 0), "{case}");
            }
        }
    }
}

/// An installation of one organisation, of which Vapi knows these credentials.
fn with_webhooks(current: &Value, previous: Option<&Value>) -> Scene {
    let secrets = json!({
        "link_keys": {"current": "k1", "keys": {"k1": "a key that seals links, 32 long or more"}},
        "organisations": {"default": {"vapi": {"api_key": "v", "webhook": current, "previous_webhook": previous}}},
    });
    Scene::of(settings(), Secrets::parse(&secrets.to_string()).unwrap())
}

/// What is replayed within the window, or delivered twice, is the same request for the same recording.
#[test]
fn the_same_report_again_is_the_same_request_again() {
    let scene = Scene::new();
    let report = by_vapi(&vapi_report());
    assert_eq!([scene.send(&report).status, scene.send(&report).status], [200, 200]);
    let mut requests = scene.queued();
    requests.dedup();
    assert_eq!((requests.len(), scene.keys("open/").len()), (1, 1));
}

#[test]
fn a_report_with_a_long_transcript_is_read_and_a_longer_one_than_lambda_takes_is_not() {
    let of_size = |megabytes: usize| {
        let mut report = vapi_report();
        report["message"]["artifact"]["transcript"] = "x".repeat(megabytes * 1024 * 1024).into();
        by_vapi(&report)
    };
    let scene = Scene::new();
    assert_eq!(scene.send(&of_size(5)).status, 200);
    assert!(scene.world.bodies(QueueName::Transfer)[0].len() < 2_000);
    let scene = Scene::new();
    assert_eq!(scene.send(&of_size(6)).status, 413);
    assert_eq!(scene.count_of("webhook_refused"), 1);
    scene.assert_untouched();
}
