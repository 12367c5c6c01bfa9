use proptest::prelude::*;
use recordings::fakes::{Effect, QueueName};
use recordings::messages::{Origin, TransferRequest};
use recordings::recording::{Outcome, Provider, RecordingRef};

use crate::scene::{ACME_ACCOUNT, ACME_TOKEN, Scene};
use crate::twilio::{CALL, RECORDING, Webhook};

fn recording_of(organisation: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::Twilio, CALL, RECORDING).unwrap()
}

#[test]
fn a_completed_recording_is_queued_and_marked_with_all_that_twilio_said() {
    for path in ["/api/twilio/recording", "/api/twilio/recording-status"] {
        let scene = Scene::new();
        let answer = scene.send(&Webhook::recording().at(&format!("{path}?job=JOB456")).request());
        assert_eq!((answer.status, answer.text()), (204, ""));

        let request = scene.only_queued();
        assert_eq!(request.recording, recording_of("default"));
        assert_eq!(request.job_number.as_ref().unwrap().as_str(), "JOB456");
        assert_eq!(request.report.outcome, Outcome::Completed);
        assert_eq!((request.report.duration_seconds, request.report.channels), (Some(62), Some(1)));
        assert_eq!(request.report.started_at, Some("2024-03-15T14:29:20Z".parse().unwrap()));
        assert_eq!((request.received_at, request.origin, request.attempt), (scene.world.time(), Origin::Webhook, 0));

        let marker = scene.world.document(&format!("open/default/twilio/{CALL}/{RECORDING}")).unwrap();
        assert_eq!(serde_json::from_str::<TransferRequest>(&marker).unwrap(), request);
        assert_eq!(scene.count_of("webhook_accepted"), 1);
        assert_eq!(scene.log.records("webhook_accepted").len(), 1);
    }
}

#[test]
fn the_url_in_the_form_goes_nowhere() {
    let scene = Scene::new();
    scene.send(&Webhook::recording().request());
    let everything = scene.world.bodies(QueueName::Transfer).concat() + &format!("{:?}", scene.world.journal());
    assert!(!everything.contains("elsewhere.example"));
}

#[test]
fn the_same_webhook_twice_is_the_same_message_twice_and_one_marker() {
    let scene = Scene::new();
    for _ in 0..2 {
        assert_eq!(scene.send(&Webhook::recording().request()).status, 204);
    }
    let [first, second] = <[_; 2]>::try_from(scene.queued()).unwrap();
    assert_eq!(first, second);
    assert_eq!(scene.world.open_markers().len(), 1);
}

#[test]
fn a_recording_that_will_never_be_says_why() {
    let table = [
        ("absent", Some("16101"), "too short (16101)"),
        ("absent", Some("16102"), "silent (16102)"),
        ("failed", Some("16105"), "encryption failed (16105)"),
        ("failed", Some("16199"), "the recording failed at Twilio (16199)"),
        ("absent", Some("99"), "no recording was made (99)"),
        ("absent", Some("0"), "no recording was made"),
        ("absent", Some(""), "no recording was made"),
        ("absent", Some("<b>16101"), "no recording was made"),
        ("absent", Some("1234567"), "no recording was made"),
        ("absent", None, "no recording was made"),
        ("failed", None, "the recording failed at Twilio"),
    ];
    for (status, code, expected) in table {
        let scene = Scene::new();
        let mut webhook = Webhook::recording().set("RecordingStatus", status);
        for missing in ["RecordingUrl", "RecordingDuration", "RecordingChannels", "RecordingStartTime"] {
            webhook = webhook.without(missing);
        }
        if let Some(code) = code {
            webhook = webhook.set("ErrorCode", code);
        }
        assert_eq!(scene.send(&webhook.request()).status, 204);
        let report = scene.only_queued().report;
        assert_eq!(report.outcome, Outcome::Absent { reason: expected.to_owned() }, "{status} {code:?}");
        assert_eq!((report.duration_seconds, report.channels, report.started_at), (None, None, None));
    }
}

#[test]
fn what_is_not_over_yet_needs_nothing() {
    for status in ["in-progress", "paused", "stopped", "processing"] {
        let scene = Scene::new();
        assert_eq!(scene.send(&Webhook::recording().set("RecordingStatus", status).request()).status, 204);
        scene.assert_untouched();
        assert_eq!(scene.count_of("webhook_not_understood"), 0);
    }
}

#[test]
fn what_is_signed_and_makes_no_sense_is_left_alone_counted_and_explained() {
    let table = [
        (Webhook::recording().set("RecordingStatus", "melted"), "RecordingStatus has a value that is not known"),
        (Webhook::recording().without("RecordingStatus"), "the form lacks RecordingStatus"),
        (Webhook::recording().set("RecordingSid", ""), "the form lacks RecordingSid"),
        (Webhook::recording().without("CallSid"), "the form lacks CallSid"),
        (Webhook::recording().without("AccountSid"), "the form lacks AccountSid"),
        (Webhook::recording().set("AccountSid", ACME_ACCOUNT), "the account is not the organisation's own"),
        (Webhook::recording().set("CallSid", "CA/../../x"), "not a valid call id"),
        (Webhook::recording().set("CallSid", &format!(" {CALL}")), "not a valid call id"),
        (Webhook::recording().set("RecordingSid", &RECORDING[..33]), "not a valid recording id"),
        (Webhook::recording().set("RecordingSid", &format!("{RECORDING}\0")), "not a valid recording id"),
    ];
    for (webhook, explanation) in table {
        let scene = Scene::new();
        assert_eq!(scene.send(&webhook.request()).status, 204, "{explanation}");
        scene.assert_untouched();
        assert_eq!(scene.count_of("webhook_not_understood"), 1, "{explanation}");
        let [record] = <[_; 1]>::try_from(scene.log.records("webhook_not_understood")).unwrap();
        assert!(record["error"].as_str().unwrap().starts_with(explanation), "{record}");
    }
}

#[test]
fn figures_that_cannot_be_read_cost_no_recording() {
    let scene = Scene::new();
    let webhook = Webhook::recording()
        .set("RecordingDuration", "-1")
        .set("RecordingChannels", "300")
        .set("RecordingStartTime", "yesterday");
    assert_eq!(scene.send(&webhook.request()).status, 204);
    let report = scene.only_queued().report;
    assert_eq!((report.duration_seconds, report.channels, report.started_at), (None, None, None));
}

#[test]
fn the_organisation_is_the_one_whose_token_signed() {
    let scene = Scene::new();
    let of_acme = Webhook::recording().set("AccountSid", ACME_ACCOUNT).signed_with(ACME_TOKEN);
    // Naming somebody else changes nothing.
    let of_acme = of_acme.at("/api/twilio/recording?organisation=default").set("organisation", "default");
    assert_eq!(scene.send(&of_acme.request()).status, 204);
    assert_eq!(scene.only_queued().recording, recording_of("acme"));
    assert_eq!(scene.keys("open/"), [format!("open/acme/twilio/{CALL}/{RECORDING}")]);
    assert!(scene.world.journal().iter().all(|entry| !format!("{:?}", entry.effect).contains("\"default\"")));
}

#[test]
fn the_job_is_the_urls_else_the_custom_parameters_else_unknown() {
    let table = [
        ("?job=JOB456", None, Some("JOB456"), 0),
        ("?job=JOB456", Some("JOB9"), Some("JOB456"), 0),
        ("?x=1&job=A.b_c-9&y=%20", None, Some("A.b_c-9"), 0),
        ("?job=JOB%2D456", None, Some("JOB-456"), 0),
        ("", Some("JOB9"), Some("JOB9"), 0),
        ("?job=", Some("JOB9"), Some("JOB9"), 0),
        ("?job=../../etc", Some("JOB9"), Some("JOB9"), 1),
        ("?job=JOB%00", None, None, 1),
        ("?job=%27%29%2COR%281", None, None, 1),
        ("?job=-JOB456", None, None, 1),
        ("?job=JOB+456", Some("J\u{f6}B"), None, 2),
        ("", None, None, 0),
    ];
    for (query, custom, expected, warnings) in table {
        let scene = Scene::new();
        let mut webhook = Webhook::recording().at(&format!("/api/twilio/recording{query}"));
        if let Some(custom) = custom {
            webhook = webhook.set("job", custom);
        }
        assert_eq!(scene.send(&webhook.request()).status, 204);
        let job = scene.only_queued().job_number;
        assert_eq!(job.as_ref().map(|job| job.as_str()), expected, "{query} {custom:?}");
        assert_eq!(scene.log.records("job_number_odd").len(), warnings, "{query} {custom:?}");
    }
}

#[test]
fn the_longest_job_number_is_taken_and_a_longer_one_is_not() {
    for (length, taken) in [(64, true), (65, false), (5_000, false)] {
        let scene = Scene::new();
        let webhook = Webhook::recording().at(&format!("/api/twilio/recording?job={}", "J".repeat(length)));
        assert_eq!(scene.send(&webhook.request()).status, 204);
        assert_eq!(scene.only_queued().job_number.is_some(), taken, "{length}");
    }
}

#[test]
fn nothing_but_the_queue_and_the_marker_is_written() {
    let scene = Scene::new();
    scene.send(&Webhook::recording().request());
    let effects: Vec<_> = scene.world.journal().into_iter().map(|entry| entry.effect).collect();
    assert_eq!(effects.len(), 2, "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::MessageSent { queue: QueueName::Transfer, .. })));
    assert!(effects.contains(&Effect::MarkerPut(recording_of("default"))));
}

proptest! {
    /// Whatever is signed is answered, and either understood whole or left alone.
    #[test]
    fn any_signed_form_gets_a_definite_answer(
        params in prop::collection::vec(("(AccountSid|CallSid|RecordingSid|RecordingStatus|[a-zA-Z]{0,8})", ".{0,40}"), 0..8),
        query in "[a-z0-9=&%+.]{1,30}",
    ) {
        let scene = Scene::new();
        let mut webhook = Webhook::recording().at(&format!("/api/twilio/recording?{query}"));
        for (name, value) in params {
            webhook = webhook.set(&name, &value);
        }
        prop_assert_eq!(scene.send(&webhook.request()).status, 204);
        prop_assert!(scene.queued().len() <= 1);
        prop_assert_eq!(scene.queued().len(), scene.world.open_markers().len());
    }
}
