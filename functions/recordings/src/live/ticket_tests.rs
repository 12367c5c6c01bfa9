use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::*;

const NOW: &str = "2024-03-15T14:30:22.5Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn keys(current: &str) -> LinkKeys {
    let key = |id: &str| (id.to_owned(), format!("{id} is a key that is thirty-two long").into());
    LinkKeys::new(current.to_owned(), BTreeMap::from([key("k1"), key("k2")])).unwrap()
}

fn ticket(hours: i64) -> Ticket {
    Ticket::new("acme".parse().unwrap(), 7, now() + SignedDuration::from_hours(hours), now())
}

#[test]
fn a_ticket_is_read_back_within_its_minute_under_any_key_that_is_left() {
    let sealed = ticket(8).seal(&keys("k1"));
    assert_eq!(Ticket::open(&keys("k2"), &sealed, now()), Ok(ticket(8)));
    let just_before = now() + SignedDuration::from_secs(59);
    assert_eq!(Ticket::open(&keys("k1"), &sealed, just_before), Ok(ticket(8)));
    assert_eq!(Ticket::open(&keys("k1"), &sealed, now() + SignedDuration::from_secs(60)), Err(NotOurLink));
}

#[test]
fn it_outlives_neither_the_token_nor_what_a_connection_may_last() {
    assert_eq!(ticket(8).hears_until, "2024-03-15T16:30:22Z".parse().unwrap());
    assert_eq!(ticket(1).hears_until, "2024-03-15T15:30:22Z".parse().unwrap());
    let over = ticket(0);
    assert_eq!((over.good_until, over.hears_until), (over.hears_until, "2024-03-15T14:30:22Z".parse().unwrap()));
    assert_eq!(Ticket::open(&keys("k1"), &over.seal(&keys("k1")), now()), Err(NotOurLink));
}

#[test]
fn what_was_sealed_for_anything_else_is_none_and_so_is_what_was_changed() {
    let keys = keys("k1");
    let sealed = ticket(1).seal(&keys);
    assert!(keys.open(&sealed).is_err(), "a ticket is no link");
    let place = keys.seal_place("some list", "acme/0000000000000007/4102444800/4102444800");
    assert_eq!(Ticket::open(&keys, &place, now()), Err(NotOurLink));
    let others = LinkKeys::new(
        "k1".to_owned(),
        BTreeMap::from([("k1".to_owned(), "somebody else's, and as long as ours".into())]),
    );
    assert_eq!(Ticket::open(&others.unwrap(), &sealed, now()), Err(NotOurLink));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(Ticket::open(&keys, &changed, now()), Err(NotOurLink), "{changed}");
    }
    for text in ["", "acme", "acme/7/1/2/3", "acme/zz/4102444800/4102444800", "../7/4102444800/4102444800"] {
        assert_eq!(Ticket::open(&keys, &keys.seal_place(PURPOSE, text), now()), Err(NotOurLink), "{text}");
    }
}
