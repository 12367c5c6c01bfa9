use jiff::SignedDuration;

use super::*;

fn now() -> Timestamp {
    "2024-03-15T14:30:22Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn ticket(number: u64, at: Timestamp) -> Ticket {
    Ticket::new("acme".parse().unwrap(), number, at + SignedDuration::from_hours(1), at)
}

fn id(name: &str) -> ConnectionId {
    name.parse().unwrap()
}

fn listening(listeners: &Listeners, at: Timestamp) -> Vec<String> {
    listeners.at(at).map(ToString::to_string).collect()
}

#[test]
fn a_ticket_lets_one_in_and_no_second() {
    let mut listeners = Listeners::default();
    listeners.admit(&ticket(1, now()), id("L0SM9cOFvHcCIhw="), now()).unwrap();
    assert_eq!(listeners.admit(&ticket(1, now()), id("b="), now()), Err(Refused::Used));
    listeners.admit(&ticket(2, now()), id("b="), now()).unwrap();
    assert_eq!(listening(&listeners, now()), ["L0SM9cOFvHcCIhw=", "b="]);
    let gone = listeners.strike_off(&[id("L0SM9cOFvHcCIhw=")], after(1));
    assert!(gone && !listeners.strike_off(&[id("L0SM9cOFvHcCIhw=")], after(1)));
    assert_eq!(
        listeners.admit(&ticket(1, now()), id("c="), now()),
        Err(Refused::Used),
        "a ticket outlives its connection"
    );
}

#[test]
fn nobody_hears_anything_behind_their_time_and_nothing_is_kept_of_them() {
    let mut listeners = Listeners::default();
    listeners.admit(&ticket(1, now()), id("a="), now()).unwrap();
    assert_eq!((listening(&listeners, after(59)).len(), listening(&listeners, after(60)).len()), (1, 0));
    listeners.admit(&ticket(2, after(60)), id("b="), after(60)).unwrap();
    let kept = serde_json::to_string(&listeners).unwrap();
    assert_eq!(kept.matches("\"id\"").count() + kept.matches("\"number\"").count(), 2, "{kept}");
    assert_eq!(serde_json::from_str::<Listeners>(&kept).unwrap(), listeners);
}

#[test]
fn a_hundred_listen_and_the_next_waits_for_one_to_go() {
    let mut listeners = Listeners::default();
    for number in 0..100 {
        listeners.admit(&ticket(number, now()), id(&format!("c{number}=")), now()).unwrap();
    }
    assert_eq!(listeners.admit(&ticket(100, now()), id("late="), now()), Err(Refused::Full));
    assert!(listeners.strike_off(&[id("c7=")], after(1)));
    listeners.admit(&ticket(100, now()), id("late="), now()).unwrap();
}

#[test]
fn what_could_lead_elsewhere_is_no_connection() {
    for text in ["", "a/b", "..", "a b", "a?b", "a%2fb", "é", &"x".repeat(129)] {
        assert!(text.parse::<ConnectionId>().is_err(), "{text}");
        assert!(serde_json::from_value::<ConnectionId>(text.into()).is_err(), "{text}");
    }
}

#[test]
fn who_was_let_in_a_moment_ago_is_not_gone() {
    let mut listeners = Listeners::default();
    listeners.admit(&ticket(1, now()), id("a="), now()).unwrap();
    assert!(!listeners.strike_off(&[id("a=")], now() + SignedDuration::from_secs(29)), "it is being opened");
    assert!(listeners.strike_off(&[id("a=")], now() + SignedDuration::from_secs(30)));
}
