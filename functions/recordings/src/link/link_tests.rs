use proptest::prelude::*;

use super::*;
use crate::recording::Provider;

fn keys(current: &str, ids: &[&str]) -> LinkKeys {
    let keys = ids.iter().map(|id| ((*id).to_owned(), SecretString::from(id.repeat(32)))).collect();
    LinkKeys::new(current.to_owned(), keys).unwrap()
}

fn target(generation: u32) -> LinkTarget {
    let call = "CA0123456789abcdef0123456789abcdef";
    let recording = "RE0123456789abcdef0123456789abcdef";
    LinkTarget::new(RecordingRef::parse("acme", Provider::Twilio, call, recording).unwrap(), generation)
}

#[test]
fn a_sealed_link_names_its_recording() {
    let keys = keys("k1", &["k1"]);
    assert_eq!(keys.open(&keys.seal(&target(3))), Ok(target(3)));
}

#[test]
fn the_same_recording_has_the_same_link_every_time() {
    let keys = keys("k1", &["k1"]);
    assert_eq!(keys.seal(&target(0)), keys.seal(&target(0)));
    assert_ne!(keys.seal(&target(0)), keys.seal(&target(1)));
}

/// Links are kept in jobs for years: what was sealed once has to open for good.
#[test]
fn a_link_has_the_text_that_it_always_had() {
    let token = "k1.YWNtZS90d2lsaW8vQ0EwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZi9SRTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmLzA.eokBk8usWARzVbq3qQ1nBw";
    assert_eq!(keys("k1", &["k1"]).seal(&target(0)), token);
}

#[test]
fn a_stand_in_link_says_until_when_it_needs_no_ledger() {
    let (keys, now) = (keys("k1", &["k1"]), "2024-03-15T14:30:22Z".parse::<Timestamp>().unwrap());
    let target = LinkTarget::stand_in(target(0).recording, now);
    let opened = keys.open(&keys.seal(&target)).unwrap();
    assert_eq!(opened, target);
    let until: Timestamp = "2024-03-16T02:30:00Z".parse().unwrap();
    assert_eq!((opened.generation, opened.without_ledger_until), (0, Some(until)));
    assert!(opened.stands_in(now) && opened.stands_in(until - SignedDuration::from_secs(1)));
    assert!(!opened.stands_in(until));
}

#[test]
fn an_ordinary_link_never_stands_in() {
    assert!(!target(0).stands_in(Timestamp::MIN));
}

#[test]
fn a_payload_with_anything_more_is_no_link() {
    let keys = keys("k1", &["k1"]);
    let whole = target(0).recording.to_string();
    for end in ["/0/", "/0/x", "/0/28508550/1", "/0/99999999999999999999", "/0/999999999999999999"] {
        let payload = URL_SAFE_NO_PAD.encode(format!("{whole}{end}"));
        let seal = mac(&keys.keys["k1"], "k1", &payload).finalize().into_bytes();
        let token = format!("k1.{payload}.{}", URL_SAFE_NO_PAD.encode(&seal[..SEAL_BYTES]));
        assert_eq!(keys.open(&token), Err(NotOurLink), "{end}");
    }
}

#[test]
fn a_token_survives_in_a_url_and_stays_short() {
    for target in [target(0), LinkTarget::stand_in(target(0).recording, "2199-12-31T23:59:59Z".parse().unwrap())] {
        let token = keys("k1", &["k1"]).seal(&target);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{token}");
        assert!(token.len() <= 180, "{}", token.len());
    }
}

#[test]
fn a_retired_key_still_opens_what_it_sealed_and_a_removed_one_does_not() {
    let token = keys("k1", &["k1"]).seal(&target(0));
    assert_eq!(keys("k2", &["k1", "k2"]).open(&token), Ok(target(0)));
    assert_eq!(keys("k2", &["k2"]).open(&token), Err(NotOurLink));
}

#[test]
fn a_seal_of_one_key_is_not_taken_for_anothers() {
    let both = keys("k1", &["k1", "k2"]);
    let token = both.seal(&target(0)).replacen("k1", "k2", 1);
    assert_eq!(both.open(&token), Err(NotOurLink));
}

#[test]
fn keys_that_could_not_work_are_refused_by_rule() {
    let long = || SecretString::from("x".repeat(32));
    let cases = [
        (vec![("k1", long())], "k2", InvalidLinkKeys::NoCurrent),
        (vec![("k.1", long())], "k.1", InvalidLinkKeys::KeyId),
        (vec![("k1", SecretString::from("short"))], "k1", InvalidLinkKeys::TooShort),
    ];
    for (keys, current, expected) in cases {
        let keys = keys.into_iter().map(|(id, key)| (id.to_owned(), key)).collect();
        assert_eq!(LinkKeys::new(current.to_owned(), keys).err(), Some(expected));
    }
}

proptest! {
    #[test]
    fn nothing_but_a_token_we_sealed_is_opened(token in "\\PC{0,200}") {
        prop_assert_eq!(keys("k1", &["k1"]).open(&token), Err(NotOurLink));
    }

    #[test]
    fn a_token_with_one_changed_character_is_not_opened(at in 0usize..150, replacement in "[A-Za-z0-9_.-]") {
        let keys = keys("k1", &["k1"]);
        let token = keys.seal(&target(0));
        let at = at % token.len();
        let mut changed = token.clone();
        changed.replace_range(at..=at, &replacement);
        prop_assume!(changed != token);
        prop_assert_eq!(keys.open(&changed), Err(NotOurLink));
    }
}

#[test]
fn a_place_comes_back_for_its_own_list_alone() {
    let keys = keys("k1", &["k1"]);
    let sealed = keys.seal_place("default\nstatus=failed", "2024-03-15 2024-03-16 days/default/2024-03-15/x");
    assert_eq!(
        keys.open_place("default\nstatus=failed", &sealed).as_deref(),
        Ok("2024-03-15 2024-03-16 days/default/2024-03-15/x")
    );
    for list in ["acme\nstatus=failed", "default\nstatus=pending", "default", ""] {
        assert_eq!(keys.open_place(list, &sealed), Err(NotOurLink), "{list}");
    }
    for odd in ["", ".", "..", "k1..", "a.b.c", &sealed[1..], &format!("{sealed}A"), &"x".repeat(5_000)] {
        assert_eq!(keys.open_place("default\nstatus=failed", odd), Err(NotOurLink), "{odd}");
    }
    let link = keys.seal(&target(0));
    assert_eq!(keys.open_place("", &link), Err(NotOurLink), "a link is no place");
    assert_eq!(
        keys.open(&keys.seal_place("", &format!("{}/0", target(0).recording))),
        Err(NotOurLink),
        "nor a place a link"
    );
}
