use std::fmt;
use std::ops::Range;

use jiff::Timestamp;

/// Milliseconds from one time to another, the second not included: Vapi's times are no finer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    first: i64,
    end: i64,
}

impl Window {
    /// All of a list's window, and what its ends cut off of a millisecond.
    pub(super) fn whole(window: &Range<Timestamp>) -> Self {
        let first = window.start.as_millisecond();
        let end = window.end.as_millisecond().saturating_add(1).max(first.saturating_add(1));
        Self { first, end }
    }

    /// A window that was written down, if it is one of those within `whole`.
    pub(super) fn parse(text: &str, whole: Self) -> Option<Self> {
        let (first, end) = text.split_once(' ')?;
        let window = Self { first: first.parse().ok()?, end: end.parse().ok()? };
        (whole.first <= window.first && window.first < window.end && window.end <= whole.end).then_some(window)
    }

    /// Its first moment.
    pub(super) fn first(self) -> Timestamp {
        at(self.first)
    }

    /// The moment behind its last.
    pub(super) fn end(self) -> Timestamp {
        at(self.end)
    }

    /// Whether a time is in it.
    pub(super) fn has(self, time: Timestamp) -> bool {
        (self.first..self.end).contains(&time.as_millisecond())
    }

    /// Whether it cannot be divided.
    pub(super) fn is_a_moment(self) -> bool {
        self.end - self.first == 1
    }

    /// Its first half.
    pub(super) fn first_half(self) -> Option<Self> {
        let half = (self.end - self.first) / 2;
        (half > 0).then_some(Self { first: self.first, end: self.first + half })
    }

    /// What follows it, twice as long, so that a quiet night after a busy day takes few pages.
    pub(super) fn behind(self, whole: Self) -> Option<Self> {
        let length = (self.end - self.first).saturating_mul(2);
        (self.end < whole.end).then(|| Self { first: self.end, end: self.end.saturating_add(length).min(whole.end) })
    }
}

fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.first, self.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(first: i64, end: i64) -> Window {
        Window { first, end }
    }

    #[test]
    fn a_window_is_halved_until_it_is_a_moment() {
        assert_eq!(window(0, 9).first_half(), Some(window(0, 4)));
        assert_eq!(window(0, 2).first_half(), Some(window(0, 1)));
        assert!(window(0, 1).is_a_moment());
        assert_eq!(window(0, 1).first_half(), None);
    }

    #[test]
    fn a_place_is_in_its_list_or_nowhere() {
        let whole = window(10, 100);
        assert_eq!(Window::parse("10 100", whole), Some(whole));
        assert_eq!(Window::parse("20 30", whole), Some(window(20, 30)));
        for text in ["", "20", "20 ", " 30", "30 20", "20 20", "9 20", "20 101", "a b", "1 2 3", "20 30 "] {
            assert_eq!(Window::parse(text, whole), None, "{text}");
        }
    }

    #[test]
    fn a_list_begins_and_ends_within_milliseconds() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let whole = Window::whole(&(at("2024-03-15T00:00:00.0015Z")..at("2024-03-15T00:00:01.0005Z")));
        assert!(whole.has(at("2024-03-15T00:00:00.001Z")) && whole.has(at("2024-03-15T00:00:01.000499Z")));
        assert!(!whole.has(at("2024-03-15T00:00:00Z")) && !whole.has(at("2024-03-15T00:00:01.001Z")));
    }

    proptest! {
        /// Whatever is full, each moment is in one window that is taken, and in no other.
        #[test]
        fn windows_cover_the_whole_and_nothing_twice(length in 1_i64..500, full in prop::collection::vec(any::<bool>(), 64)) {
            let whole = window(0, length);
            let (mut here, mut covered, mut full) = (Some(whole), 0, full.into_iter());
            while let Some(at) = here {
                prop_assert_eq!(Window::parse(&at.to_string(), whole), Some(at));
                here = match at.first_half() {
                    Some(half) if full.next() == Some(true) => Some(half),
                    _ => {
                        prop_assert_eq!(at.first, covered);
                        covered = at.end;
                        at.behind(whole)
                    }
                };
            }
            prop_assert_eq!(covered, length);
        }
    }
}
