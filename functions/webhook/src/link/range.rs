//! What a `Range` header asks for.

use axum::http::HeaderMap;
use axum::http::header::{IF_RANGE, RANGE};

/// The part of the audio that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// From a byte to the end.
    From(u64),
    /// From a byte to another one, both included.
    Between(u64, u64),
    /// So many bytes at the end.
    Last(u64),
}

impl Wanted {
    /// The one range of bytes that the headers ask for. Other units, several ranges and what makes no sense ask for
    /// nothing; so does a range that is to count only if nothing has changed, because we say of no audio what it was.
    /// Source: RFC 9110, sections 13.1.5, 14.1 and 14.2.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(RANGE).into_iter();
        let (Some(range), None, false) = (given.next(), given.next(), headers.contains_key(IF_RANGE)) else {
            return None;
        };
        let (unit, ranges) = range.to_str().ok()?.split_once('=')?;
        let mut ranges = ranges.split(',').map(str::trim).filter(|range| !range.is_empty());
        let (Some(range), None, true) = (ranges.next(), ranges.next(), unit.eq_ignore_ascii_case("bytes")) else {
            return None;
        };
        match range.split_once('-')? {
            ("", count) => Some(Self::Last(number(count)?)),
            (first, "") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }
}

/// A number of any length; what is larger than any audio is as good as the largest number.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn wanted(range: &str) -> Option<Wanted> {
        Wanted::of(&HeaderMap::from_iter([(RANGE, HeaderValue::from_str(range).unwrap())]))
    }

    #[test]
    fn one_range_of_bytes_is_understood() {
        for (range, expected) in [
            ("bytes=0-", Wanted::From(0)),
            ("bytes=4194304-", Wanted::From(4_194_304)),
            ("bytes=0-0", Wanted::Between(0, 0)),
            ("bytes=10-19", Wanted::Between(10, 19)),
            ("bytes=-500", Wanted::Last(500)),
            ("bytes=-0", Wanted::Last(0)),
            ("Bytes=0-", Wanted::From(0)),
            ("bytes= 1-2 ,", Wanted::Between(1, 2)),
            ("bytes=007-", Wanted::From(7)),
            ("bytes=99999999999999999999-", Wanted::From(u64::MAX)),
            ("bytes=1-99999999999999999999", Wanted::Between(1, u64::MAX)),
        ] {
            assert_eq!(wanted(range), Some(expected), "{range}");
        }
    }

    #[test]
    fn everything_else_asks_for_no_range() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=,",
            "bytes=5",
            "bytes=2-1",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=0x1-",
            "bytes=1.5-",
            "bytes=--1",
            "bytes=1-2-3",
            "bytes=0-1,5-6",
            "bytes=0-,-1",
            "items=0-1",
            "0-1",
            "bytes:0-1",
        ] {
            assert_eq!(wanted(range), None, "{range}");
        }
        assert_eq!(Wanted::of(&HeaderMap::new()), None);
    }

    #[test]
    fn two_headers_and_a_condition_ask_for_no_range() {
        let range = || (RANGE, HeaderValue::from_static("bytes=0-"));
        let mut twice = HeaderMap::from_iter([range()]);
        twice.append(RANGE, HeaderValue::from_static("bytes=5-"));
        assert_eq!(Wanted::of(&twice), None);
        let condition = (IF_RANGE, HeaderValue::from_static("\"etag\""));
        assert_eq!(Wanted::of(&HeaderMap::from_iter([range(), condition])), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(range in "[ -~]{0,40}") {
            let _ = wanted(&range);
        }

        #[test]
        fn what_players_send_is_understood(first in 0u64..1 << 40, length in 0u64..1 << 30) {
            let last = first + length;
            prop_assert_eq!(wanted(&format!("bytes={first}-{last}")), Some(Wanted::Between(first, last)));
            prop_assert_eq!(wanted(&format!("bytes={first}-")), Some(Wanted::From(first)));
        }
    }
}
