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
    LinkTarget { recording: RecordingRef::parse("acme", Provider::Twilio, call, recording).unwrap(), generation }
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

#[test]
fn a_token_survives_in_a_url_and_stays_short() {
    let token = keys("k1", &["k1"]).seal(&target(0));
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{token}");
    assert!(token.len() <= 180, "{}", token.len());
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
