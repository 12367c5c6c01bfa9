use recordings::messages::CompletedCall;
use recordings::recording::{Direction, Parties};

use crate::scene::{ACME_ACCOUNT, ACME_TOKEN, Scene};
use crate::twilio::{CALL, Webhook};

#[test]
fn a_completed_call_is_noted_with_its_job() {
    let scene = Scene::new();
    let answer = scene.send(&Webhook::status().request());
    assert_eq!((answer.status, answer.text()), (204, ""));
    let note = scene.world.document(&format!("calls/default/twilio/{CALL}")).unwrap();
    let note: CompletedCall = serde_json::from_str(&note).unwrap();
    assert_eq!(note.call.call_id.as_str(), CALL);
    assert_eq!(note.job_number.unwrap().as_str(), "JOB456");
    assert_eq!(note.completed_at, scene.world.time());
    assert_eq!(scene.world.journal().len(), 1, "nothing else is written");
}

#[test]
fn the_note_says_who_spoke_as_far_as_they_have_numbers() {
    let number = |number: &str| Some(number.parse().unwrap());
    for (direction, from, to, expected) in [
        (
            "inbound",
            "+14158675309",
            "+18005551212",
            (Some(Direction::Inbound), number("+14158675309"), number("+18005551212")),
        ),
        ("outbound-api", "+18005551212", "client:ada", (Some(Direction::Outbound), number("+18005551212"), None)),
        ("outbound-dial", "sip:ada@example.com", "", (Some(Direction::Outbound), None, None)),
        ("sideways", "anonymous", "+0123", (None, None, None)),
    ] {
        let scene = Scene::new();
        let webhook = Webhook::status().set("Direction", direction).set("From", from).set("To", to);
        assert_eq!(scene.send(&webhook.request()).status, 204);
        let note = scene.world.document(&format!("calls/default/twilio/{CALL}")).unwrap();
        let Parties { direction, from, to } = serde_json::from_str::<CompletedCall>(&note).unwrap().parties;
        assert_eq!((direction, from, to), expected);
        assert!(!scene.log.text().contains("4158675309"), "no number is in the log");
    }
}

#[test]
fn a_call_is_noted_for_the_organisation_whose_token_signed() {
    let scene = Scene::new();
    scene.send(&Webhook::status().set("AccountSid", ACME_ACCOUNT).signed_with(ACME_TOKEN).request());
    assert_eq!(scene.keys("calls/"), [format!("calls/acme/twilio/{CALL}")]);
}

#[test]
fn other_statuses_and_legs_of_calls_need_nothing() {
    let others = ["queued", "initiated", "ringing", "in-progress", "busy", "failed", "no-answer", "canceled"];
    let leg = Webhook::status().set("ParentCallSid", "CAffffffffffffffffffffffffffffffff");
    for webhook in others.map(|status| Webhook::status().set("CallStatus", status)).into_iter().chain([leg]) {
        let scene = Scene::new();
        assert_eq!(scene.send(&webhook.request()).status, 204);
        scene.assert_untouched();
        assert_eq!(scene.count_of("webhook_not_understood"), 0);
    }
}

#[test]
fn an_empty_parent_is_no_parent() {
    let scene = Scene::new();
    scene.send(&Webhook::status().set("ParentCallSid", "").request());
    assert_eq!(scene.keys("calls/").len(), 1);
}

#[test]
fn what_makes_no_sense_is_left_alone_and_counted() {
    for webhook in [
        Webhook::status().set("CallStatus", "vanished"),
        Webhook::status().without("CallStatus"),
        Webhook::status().without("CallSid"),
        Webhook::status().set("CallSid", "CA123"),
        Webhook::status().set("AccountSid", ACME_ACCOUNT),
    ] {
        let scene = Scene::new();
        assert_eq!(scene.send(&webhook.request()).status, 204);
        scene.assert_untouched();
        assert_eq!(scene.count_of("webhook_not_understood"), 1, "{webhook:?}");
    }
}
