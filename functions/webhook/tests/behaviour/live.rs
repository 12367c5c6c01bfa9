//! Who may hear news as it happens.

use std::time::Duration;

use jiff::SignedDuration;
use recordings::fakes::{Fault, Plan, Where};
use recordings::live::{Listeners, Ticket};
use recordings::object_key::ObjectKey;
use recordings::ports::ErrorKind;
use serde_json::{Value, json};
use webhook::config::Settings;

use crate::gateway::{Answer, Request};
use crate::scene::{Scene, settings};
use crate::token::{Token, bearing};

const CONNECT: &str = include_str!("../../../../events/webhook-live-connect.json");
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);

fn asked(scene: &Scene, token: &Token) -> Answer {
    scene.send(&bearing("POST", "/api/live/tickets", &token.text()))
}

/// A ticket for somebody who may look.
fn ticket(scene: &Scene, organisation: &str) -> String {
    let answer = asked(scene, &Token::with(scene, &["view_call_history"]).of(organisation));
    assert_eq!((answer.status, answer.header("cache-control")), (200, "private, no-store"), "{}", answer.text());
    body(&answer)["ticket"].as_str().unwrap().to_owned()
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(answer.text()).unwrap()
}

/// The event of a page that connects.
fn event(connection: &str, ticket: Option<&str>) -> Value {
    let mut event: Value = serde_json::from_str(CONNECT).unwrap();
    event["requestContext"]["connectionId"] = connection.into();
    event["queryStringParameters"] = ticket.map_or(Value::Null, |ticket| json!({ "ticket": ticket }));
    event["multiValueQueryStringParameters"] = ticket.map_or(Value::Null, |ticket| json!({ "ticket": [ticket] }));
    event
}

/// What API Gateway is answered.
fn connect(scene: &Scene, connection: &str, ticket: Option<&str>) -> u16 {
    let status = scene.answer_event(&event(connection, ticket).to_string()).unwrap().status;
    assert!(
        ticket.is_none_or(|ticket| ticket.is_empty() || !scene.log.text().contains(ticket)),
        "{}",
        scene.log.text()
    );
    status
}

fn listening(scene: &Scene, organisation: &str) -> Vec<String> {
    let key = ObjectKey::Listeners(&organisation.parse().unwrap()).to_string();
    let listeners: Listeners =
        scene.world.document(&key).map_or_else(Listeners::default, |text| serde_json::from_str(&text).unwrap());
    listeners.at(scene.world.time()).map(ToString::to_string).collect()
}

#[test]
fn a_ticket_admits_one_connection_to_the_news_of_its_organisation() {
    let scene = Scene::new();
    let sealed = ticket(&scene, "acme");
    assert_eq!(connect(&scene, "UnqGsdRxliACJZQ=", Some(&sealed)), 200);
    assert_eq!(
        (listening(&scene, "acme"), listening(&scene, "default")),
        (vec!["UnqGsdRxliACJZQ=".to_owned()], vec![])
    );
    assert_eq!(connect(&scene, "another=", Some(&sealed)), 403, "once");
    assert_eq!(connect(&scene, "another=", Some(&ticket(&scene, "acme"))), 200);
    assert_eq!(listening(&scene, "acme").len(), 2);
    assert_eq!(scene.count_of("live_refused"), 1);
}

#[test]
fn a_page_learns_where_to_connect_and_for_how_long() {
    let scene = Scene::new();
    let told = body(&asked(&scene, &Token::with(&scene, &["view_call_history"])));
    let after = |time: SignedDuration| json!((scene.world.time() + time).round(jiff::Unit::Second).unwrap());
    assert_eq!(told["url"], "wss://live.example.com/live");
    assert_eq!(told["expires_at"], after(SignedDuration::from_secs(60)));
    assert_eq!(told["hears_until"], after(SignedDuration::from_hours(1)), "as long as the token is good");
}

#[test]
fn nobody_without_the_permission_gets_a_ticket_and_where_no_news_is_sent_there_is_none() {
    let scene = Scene::new();
    assert_eq!(asked(&scene, &Token::with(&scene, &["operate"])).status, 403);
    assert_eq!(scene.send(&Request::new("POST", "/api/live/tickets")).status, 401);
    let silent = Scene::with(Settings { live_url: None, ..settings() });
    assert_eq!(asked(&silent, &Token::with(&silent, &["view_call_history"])).status, 404);
}

#[test]
fn nothing_but_a_ticket_that_is_still_good_opens_a_connection() {
    let scene = Scene::new();
    let (now, keys) = (scene.world.time(), &scene.world.secrets().link_keys);
    let late = ticket(&scene, "default");
    let of_nobody = Ticket::new("default".parse().unwrap(), 1, now, now).seal(keys);
    scene.world.advance(Duration::from_secs(61));
    let token = Token::with(&scene, &["view_call_history"]).text();
    for wrong in [Some(late.as_str()), Some(&of_nobody), Some(&token), Some(""), Some("k1.x.y"), None] {
        assert_eq!(connect(&scene, "a=", wrong), 403, "{wrong:?}");
    }
    assert_eq!(connect(&scene, "../other", Some(&ticket(&scene, "default"))), 403, "no connection id");
    assert_eq!(listening(&scene, "default"), Vec::<String>::new());
    scene.assert_untouched();
}

#[test]
fn pages_that_connect_at_once_are_all_let_in() {
    let scene = Scene::new();
    let sealed = ticket(&scene, "default");
    let other = ticket(&scene, "default");
    // Somebody else is admitted between this one's look and its word.
    scene.world.set_plan(Plan::none().nth(
        1,
        Where::ports(&["ListenersWrite"]),
        Fault::ErrorBefore(ErrorKind::Conflict),
    ));
    assert_eq!(connect(&scene, "a=", Some(&sealed)), 200);
    assert_eq!(connect(&scene, "b=", Some(&other)), 200);
    assert_eq!(listening(&scene, "default"), ["a=", "b="]);
    let looks = scene.world.calls().iter().filter(|call| call.port == "ListenersRead").count();
    assert_eq!(looks, 3, "one of them looked again");
}

#[test]
fn where_the_bucket_cannot_be_reached_the_page_is_told_to_come_again() {
    for port in ["ListenersRead", "ListenersWrite"] {
        let scene = Scene::new();
        let sealed = ticket(&scene, "default");
        scene.world.set_plan(Plan::none().always(Where::ports(&[port]), DOWN));
        assert_eq!(connect(&scene, "a=", Some(&sealed)), 503, "{port}");
        assert!(scene.log.text().contains("live_not_admitted"));
        scene.world.set_plan(Plan::none());
        assert_eq!(connect(&scene, "a=", Some(&sealed)), 200, "the ticket was not used");
    }
}

#[test]
fn what_a_page_says_is_answered_and_does_nothing() {
    let scene = Scene::new();
    for kind in ["MESSAGE", "DISCONNECT"] {
        let mut event = event("a=", None);
        event["requestContext"]["eventType"] = kind.into();
        event["body"] = r#"{"action":"erase"}"#.into();
        assert_eq!(scene.answer_event(&event.to_string()).unwrap().status, 200, "{kind}");
    }
    assert_eq!(listening(&scene, "default"), Vec::<String>::new());
}

/// Were it told 2xx, and were it a webhook in a form that nobody knows yet, its recording would be nowhere.
#[test]
fn an_event_that_is_neither_apis_is_no_success() {
    let scene = Scene::new();
    for kind in [Value::Null, "SOMETHING".into()] {
        let mut odd = event("a=", None);
        odd["requestContext"]["eventType"] = kind.clone();
        assert_eq!(scene.answer_event(&odd.to_string()).unwrap().status, 500, "{kind}");
    }
    assert_eq!(scene.count_of("live_event_unknown"), 2);
}

#[test]
fn a_connection_whose_note_may_have_been_written_is_refused_and_the_page_comes_again() {
    let scene = Scene::new();
    let sealed = ticket(&scene, "default");
    scene.world.set_plan(Plan::none().nth(1, Where::ports(&["ListenersWrite"]), Fault::ReplyLost));
    assert_eq!(connect(&scene, "a=", Some(&sealed)), 503);
    assert_eq!(connect(&scene, "b=", Some(&sealed)), 403, "the ticket was used all the same");
    assert_eq!(connect(&scene, "b=", Some(&ticket(&scene, "default"))), 200);
}
