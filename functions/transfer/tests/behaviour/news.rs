//! What those who have a page open are told, and that nothing waits or fails because of it.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use recordings::fakes::{Fault, Plan, ProviderRecording, Where, World, sample};
use recordings::ledger_entry::State;
use recordings::live::{ConnectionId, Listeners, Ticket};
use recordings::messages::TransferRequest;
use recordings::object_key::ObjectKey;
use recordings::ports::{ErrorKind, RetrievalWrite, TransferQueue};
use recordings::recording::{Organisation, Outcome, Report, RetrievalId};
use recordings::retrieval::{Retrieval, RetrievalPlace};
use serde_json::{Value, json};

use crate::logs;
use crate::stage::{Stage, recorded, recorded_as};

const LIVE: (&str, &str) = ("LIVE_ENDPOINT", "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live");
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);
const A_DAY: Duration = Duration::from_secs(86_400);

fn stage() -> Stage {
    Stage::configured(World::new(1), &[LIVE])
}

fn id(name: &str) -> ConnectionId {
    name.parse().unwrap()
}

/// Somebody of an organisation opens a page, and is let in.
fn opens_a_page(stage: &Stage, organisation: &Organisation, name: &str) {
    let key = ObjectKey::Listeners(organisation).to_string();
    let mut listeners: Listeners =
        stage.world.document(&key).map_or_else(Listeners::default, |text| serde_json::from_str(&text).unwrap());
    let now = stage.world.time();
    let number = name.bytes().map(u64::from).sum();
    let ticket = Ticket::new(organisation.clone(), number, now + SignedDuration::from_hours(48), now);
    listeners.admit(&ticket, id(name), now).unwrap();
    stage.world.put_document(&key, &serde_json::to_string(&listeners).unwrap());
    stage.world.open_socket(&id(name));
}

fn heard(stage: &Stage, name: &str) -> Vec<Value> {
    stage.world.heard_at(&id(name)).iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn types(stage: &Stage, name: &str) -> Vec<String> {
    heard(stage, name).iter().map(|news| news["type"].as_str().unwrap().to_owned()).collect()
}

fn listening(stage: &Stage) -> String {
    stage.world.document(&ObjectKey::Listeners(&sample::organisation()).to_string()).unwrap()
}

#[test]
fn a_recording_that_came_home_is_told_once_to_its_organisation_and_to_nobody_else() {
    let stage = stage();
    let (ours, other): (_, Organisation) = (sample::organisation(), "acme".parse().unwrap());
    for (organisation, name) in [(&ours, "a="), (&ours, "b="), (&other, "c=")] {
        opens_a_page(&stage, organisation, name);
    }
    let recording = sample::recording(1);
    let request = recorded(&stage.world, &recording, 1);
    stage.report(&request);
    stage.report(&request);
    let expected = json!({
        "type": "recording_ready", "status": "available", "provider": "twilio",
        "call_id": recording.call_id.to_string(), "recording_id": recording.recording_id.to_string(),
        "job_number": sample::job_number(1).to_string(),
        "recording_url": stage.link(&recording), "expires_at": null,
    });
    for name in ["a=", "b="] {
        assert_eq!(heard(&stage, name), std::slice::from_ref(&expected), "{name}");
    }
    assert_eq!(heard(&stage, "c="), Vec::<Value>::new());
}

#[test]
fn where_histories_have_signed_urls_news_has_one_with_its_end() {
    let stage = Stage::configured(World::new(1), &[LIVE, ("RECORDING_URL_KIND", "signed")]);
    opens_a_page(&stage, &sample::organisation(), "a=");
    stage.report(&recorded(&stage.world, &sample::recording(1), 1));
    let news = &heard(&stage, "a=")[0];
    assert!(news["recording_url"].as_str().unwrap().starts_with("https://bucket.s3.test/"), "{news}");
    let ends: Timestamp = news["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(ends > stage.world.time(), "{news}");
}

#[test]
fn one_that_cannot_be_had_is_told_when_the_quick_tries_are_used_up_and_again_when_it_is_there_after_all() {
    let stage = stage();
    opens_a_page(&stage, &sample::organisation(), "a=");
    let recording = sample::recording(1);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), DOWN));
    stage.report(&recorded(&stage.world, &recording, 1));
    assert_eq!(heard(&stage, "a="), Vec::<Value>::new(), "it is tried again");
    stage.live_for(Duration::from_secs(2 * 3_600));
    assert_eq!((types(&stage, "a="), stage.state(&recording)), (vec!["recording_failed".to_owned()], State::Failed));
    let news = &heard(&stage, "a=")[0];
    assert_eq!((&news["status"], news["reason"].is_string()), (&json!("failed"), true), "{news}");
    // Connections last for two hours at the most; a page connects again.
    opens_a_page(&stage, &sample::organisation(), "b=");
    stage.world.set_plan(Plan::none());
    assert!(stage.becomes_quiet_within(A_DAY));
    assert_eq!(types(&stage, "b="), ["recording_ready"]);
    assert_eq!(types(&stage, "a="), ["recording_failed"], "its time was over");
    assert_eq!(stage.state(&recording), State::Settled);
}

#[test]
fn one_that_never_was_is_told_with_the_providers_word_for_it() {
    let stage = stage();
    opens_a_page(&stage, &sample::organisation(), "a=");
    let recording = sample::recording(1);
    let request = recorded_as(&stage.world, &recording, 1, ProviderRecording::completed(Bytes::new()));
    let report = Report::of(Outcome::Absent { reason: "too_short".parse().unwrap() });
    stage.report(&TransferRequest { report, ..request });
    let news = &heard(&stage, "a=")[0];
    assert_eq!((&news["type"], &news["status"]), (&json!("recording_failed"), &json!("unavailable")), "{news}");
    assert!(news["reason"].as_str().unwrap().contains("too"), "{news}");
}

#[test]
fn a_job_that_fetches_what_is_missing_says_that_it_came_further() {
    let stage = stage();
    opens_a_page(&stage, &sample::organisation(), "a=");
    let recording = sample::recording(1);
    stage.world.set_plan(Plan::none().always(Where::ports(&["AudioSource"]), DOWN));
    stage.report(&recorded(&stage.world, &recording, 1));
    stage.world.set_plan(Plan::none());
    let entry = stage.world.entry(&recording).unwrap();
    let retrieval =
        Retrieval::new(RetrievalId::of(7), sample::organisation(), std::slice::from_ref(&entry), stage.world.time());
    stage.world.run(RetrievalWrite::create(&stage.world, &retrieval)).unwrap();
    let place = Some(RetrievalPlace { id: retrieval.id.clone(), number: 0 });
    let request = TransferRequest { retrieval: place, ..TransferRequest::on_demand(&entry) };
    stage.world.run(TransferQueue::send(&stage.world, &request)).unwrap();
    stage.deliver();
    assert_eq!(types(&stage, "a="), ["recording_ready", "job_progress"]);
    assert_eq!(heard(&stage, "a=")[1]["id"], retrieval.id.to_string());
}

#[test]
fn who_has_gone_is_struck_off_and_the_others_hear_on() {
    let stage = stage();
    for name in ["a=", "b="] {
        opens_a_page(&stage, &sample::organisation(), name);
    }
    stage.world.close_socket(&id("a="));
    stage.world.advance(Duration::from_secs(30));
    stage.report(&recorded(&stage.world, &sample::recording(1), 1));
    assert!(!listening(&stage).contains("a=") && listening(&stage).contains("b="), "{}", listening(&stage));
    stage.report(&recorded(&stage.world, &sample::recording(2), 1));
    assert_eq!((types(&stage, "b=").len(), stage.called("LiveChannel", "send")), (2, 3));
}

#[test]
fn where_nobody_listens_an_invocation_looks_once_and_where_no_news_is_sent_never() {
    for (stage, looks) in [(stage(), 1), (Stage::new(World::new(1)), 0)] {
        for n in 1..=3 {
            let request = recorded(&stage.world, &sample::recording(n), n);
            assert!(stage.webhook(&request));
        }
        stage.transfer();
        stage.deliver();
        assert_eq!((stage.called("ListenersRead", "get"), stage.called("LiveChannel", "send")), (looks, 0));
    }
}

#[test]
fn what_fails_on_the_way_costs_nothing_but_the_news() {
    for (port, faults) in [("ListenersRead", DOWN), ("LiveChannel", DOWN), ("ListenersWrite", DOWN)] {
        let stage = stage();
        for name in ["a=", "b="] {
            opens_a_page(&stage, &sample::organisation(), name);
        }
        stage.world.close_socket(&id("b="));
        stage.world.advance(Duration::from_secs(30));
        stage.world.set_plan(Plan::none().always(Where::ports(&[port]), faults));
        let recording = sample::recording(1);
        let records = logs::during(|| stage.report(&recorded(&stage.world, &recording, 1)));
        assert_eq!(stage.state(&recording), State::Settled, "{port}");
        assert!(logs::types(&records).contains(&"live_not_sent"), "{port}");
        assert!(stage.metrics.of("live_not_sent") >= 1.0, "{port}");
    }
}

#[test]
fn what_hangs_delays_one_invocation_for_a_second_and_the_next_ones_not_at_all() {
    let stage = stage();
    opens_a_page(&stage, &sample::organisation(), "a=");
    stage.world.set_plan(Plan::none().always(Where::ports(&["LiveChannel"]), Fault::Hang));
    let invoke = |n| {
        assert!(stage.webhook(&recorded(&stage.world, &sample::recording(n), 1)));
        let began = stage.world.time();
        assert!(stage.transfer());
        stage.world.time().duration_since(began).as_millis()
    };
    assert!((1_000..2_000).contains(&invoke(1)));
    assert!(invoke(2) < 1_000 && stage.called("LiveChannel", "send") == 1);
    stage.deliver();
    stage.world.set_plan(Plan::none());
    stage.world.advance(Duration::from_secs(60));
    stage.report(&recorded(&stage.world, &sample::recording(3), 1));
    assert_eq!(types(&stage, "a="), ["recording_ready"]);
}

#[test]
fn a_page_that_is_only_being_opened_is_not_taken_for_one_that_has_gone() {
    let stage = stage();
    opens_a_page(&stage, &sample::organisation(), "a=");
    stage.world.close_socket(&id("a="));
    stage.report(&recorded(&stage.world, &sample::recording(1), 1));
    stage.world.open_socket(&id("a="));
    stage.report(&recorded(&stage.world, &sample::recording(2), 1));
    assert_eq!(types(&stage, "a="), ["recording_ready"]);
}
