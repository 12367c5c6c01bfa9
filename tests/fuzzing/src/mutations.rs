//! Inputs for the property tests: real ones, changed here and there, and now and then any bytes at all.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::canary::CANARIES;

/// What the parsers look for, and what they should not fall for.
const WORDS: [&str; 40] = [
    "&",
    "=",
    "%",
    "%00",
    "%2",
    "+",
    "?",
    "#",
    "/",
    "..",
    "\\",
    "\"",
    "'",
    "|",
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{202e}",
    "{",
    "}",
    "[",
    "]",
    "[]",
    "{}",
    "null",
    "true",
    "-1",
    "0",
    "1e400",
    "18446744073709551615",
    "-9223372036854775808",
    "9999-12-31T23:59:59Z",
    "-009999-01-01T00:00:00Z",
    "<Code>",
    "</Code>",
    "---- | ",
    " | Event: Recording | ",
    "\"version\":1",
    "RIFF",
    "OggS",
];

/// One change to an input.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Replace(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
    Cut(Index),
}

/// The seeds, changed a few times each.
pub(crate) fn of(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let seed = prop::sample::select(seeds);
    let changed = (seed.clone(), prop::collection::vec(change(), 0..6))
        .prop_map(|(seed, changes)| changes.into_iter().fold(seed, |bytes, change| change.made_to(bytes)));
    let joined = (seed.clone(), any::<Index>(), seed, any::<Index>()).prop_map(|(front, end, back, start)| {
        [&front[..end.index(front.len())], &back[start.index(back.len())..]].concat()
    });
    prop_oneof![12 => changed, 2 => joined, 1 => prop::collection::vec(any::<u8>(), 0..300)]
}

fn change() -> impl Strategy<Value = Change> {
    let words = WORDS.iter().chain(&CANARIES).map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    let bytes = prop_oneof![4 => prop::sample::select(words), 1 => prop::collection::vec(any::<u8>(), 1..9)];
    prop_oneof![
        (any::<Index>(), 1..=255_u8).prop_map(|(at, flips)| Change::Flip(at, flips)),
        (any::<Index>(), bytes.clone()).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Replace(at, bytes)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Remove(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
        any::<Index>().prop_map(Change::Cut),
    ]
}

impl Change {
    fn made_to(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let len = bytes.len();
        if len == 0 {
            return bytes;
        }
        // A range of a few bytes: taking out half of an input leaves nothing to be understood.
        let range = |from: Index, to: Index| from.index(len)..len.min(from.index(len) + 1 + to.index(24));
        match self {
            Self::Flip(at, flips) => bytes[at.index(len)] ^= flips,
            Self::Insert(at, word) => drop(bytes.splice(at.index(len)..at.index(len), word)),
            Self::Replace(at, word) => drop(bytes.splice(at.index(len)..len.min(at.index(len) + word.len()), word)),
            Self::Remove(from, to) => drop(bytes.drain(range(from, to))),
            Self::Repeat(from, to) => {
                let repeated = bytes[range(from, to)].to_vec();
                let at = range(from, to).end;
                bytes.splice(at..at, repeated);
            }
            Self::Cut(at) => bytes.truncate(at.index(len)),
        }
        bytes
    }
}
