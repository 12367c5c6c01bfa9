//! What is presented as a link's token, and the tokens that we seal.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use recordings::link::{LinkKeys, LinkTarget, NotOurLink};
use recordings::recording::{Provider, RecordingRef};
use secrecy::SecretString;

use crate::input::Input;
use crate::targets::{Target, Verdict};

pub(crate) const TARGET: Target = Target { name: "link_tokens", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let presented = opened(&String::from_utf8_lossy(data));
    sealed(Input::new(data));
    presented
}

/// Only what one of our keys sealed opens, and it is the one text that the key seals for what it names.
fn opened(token: &str) -> Verdict {
    match keys("k2").open(token) {
        Err(NotOurLink) => Verdict::Refused,
        Ok(target) => {
            assert!(["k1", "k2"].iter().any(|key| keys(key).seal(&target) == token), "{token} is not ours");
            Verdict::Taken
        }
    }
}

/// What is sealed opens as what it was, and no token beside it does.
fn sealed(mut input: Input<'_>) {
    let target = target(&mut input);
    let (at, other) = (usize::from(input.byte()), char::from(input.byte() & 0x7f));
    let token = keys("k1").seal(&target);
    assert!(token.len() <= 200 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{token}");
    for keys in [keys("k1"), keys("k2")] {
        assert_eq!(keys.open(&token).as_ref(), Ok(&target));
    }
    let at = at % token.len();
    let (before, after) = (&token[..at], &token[at..]);
    let beside = [
        format!("{before}{other}{}", &after[1..]),
        format!("{before}{other}{after}"),
        format!("{before}{}", &after[1..]),
        before.to_owned(),
        format!("{token}{other}"),
        token.replacen("k1", "k2", 1),
        token.to_uppercase(),
    ];
    for text in beside.iter().filter(|text| **text != token) {
        assert_eq!(keys("k2").open(text), Err(NotOurLink), "{text} opens beside {token}");
    }
}

fn target(input: &mut Input<'_>) -> LinkTarget {
    let (choice, generation) = (input.byte(), u32::from_le_bytes(input.array()));
    let (call, recording): ([u8; 16], [u8; 16]) = (input.array(), input.array());
    let organisation = if choice & 1 == 0 { "default" } else { "acme-2" };
    let (call, recording) = (format!("CA{}", hex::encode(call)), format!("RE{}", hex::encode(recording)));
    let recording = RecordingRef::parse(organisation, Provider::Twilio, &call, &recording).unwrap();
    if choice & 2 == 0 {
        return LinkTarget::new(recording, generation);
    }
    let seconds = i64::from_le_bytes(input.array()) % Timestamp::MAX.as_second();
    LinkTarget::stand_in(recording, Timestamp::from_second(seconds).unwrap())
}

/// Two keys, one of which seals.
fn keys(current: &'static str) -> &'static LinkKeys {
    static KEYS: OnceLock<[LinkKeys; 2]> = OnceLock::new();
    let of = |current: &str| {
        let key = |id: &str| (id.to_owned(), SecretString::from(id.repeat(32)));
        LinkKeys::new(current.to_owned(), BTreeMap::from([key("k1"), key("k2")])).unwrap()
    };
    &KEYS.get_or_init(|| [of("k1"), of("k2")])[usize::from(current == "k2")]
}

fn seeds() -> Vec<Vec<u8>> {
    let numbers: Vec<u8> = (0..60).collect();
    let stands_in = [&[3][..], &numbers[1..]].concat();
    let targets = [&numbers, &stands_in].map(|bytes| target(&mut Input::new(bytes)));
    let tokens = ["k1", "k2"].into_iter().flat_map(|key| targets.iter().map(move |target| keys(key).seal(target)));
    tokens.map(String::into_bytes).collect()
}
