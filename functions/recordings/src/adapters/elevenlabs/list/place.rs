use std::fmt;
use std::str::FromStr;

/// What a kept cursor may be as long as.
const MOST_CURSOR_BYTES: usize = 2_000;

/// A place in ElevenLabs' list: its cursor, which means something to ElevenLabs only, and the number of the page, so that a
/// list which goes round in circles is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    page: u32,
    pub(super) cursor: String,
}

/// A text that is no place. It is not quoted, because it comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPlace;

/// More pages than any window has.
const MOST_PAGES: u32 = 1_000_000;

impl Place {
    /// The place that a cursor leads to from `here`, if it leads on.
    pub(super) fn behind(here: Option<&Self>, cursor: Option<&str>) -> Option<Self> {
        let cursor = cursor.filter(|cursor| is_cursor(cursor))?;
        let page = here.map_or(0, |here| here.page) + 1;
        let leads_on = page <= MOST_PAGES && here.is_none_or(|here| here.cursor != cursor);
        leads_on.then(|| Self { page, cursor: cursor.to_owned() })
    }
}

fn is_cursor(text: &str) -> bool {
    (1..=MOST_CURSOR_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.page, self.cursor)
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (page, cursor) = text.split_once(' ').filter(|(_, cursor)| is_cursor(cursor)).ok_or(NoPlace)?;
        let page = page.parse().ok().filter(|page| (1..=MOST_PAGES).contains(page)).ok_or(NoPlace)?;
        Ok(Self { page, cursor: cursor.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_leads_on_or_nowhere() {
        let first = Place::behind(None, Some("abc")).unwrap();
        assert_eq!(first, Place { page: 1, cursor: "abc".to_owned() });
        assert_eq!(Place::behind(Some(&first), Some("abd")).unwrap().page, 2);
        for cursor in [None, Some(""), Some("abc"), Some("a c"), Some("caf\u{e9}"), Some(&*"a".repeat(2_001))] {
            assert_eq!(Place::behind(Some(&first), cursor), None, "{cursor:?}");
        }
        let last = Place { page: MOST_PAGES, cursor: "a".to_owned() };
        assert_eq!(Place::behind(Some(&last), Some("b")), None);
    }

    proptest! {
        #[test]
        fn a_place_is_written_and_read_back(page in 1..=MOST_PAGES, cursor in "[!-~]{1,200}") {
            let place = Place { page, cursor };
            prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place));
        }

        #[test]
        fn whatever_is_read_as_a_place_is_plain(text in "\\PC{0,40}") {
            if let Ok(place) = text.parse::<Place>() {
                prop_assert!(is_cursor(&place.cursor));
            }
        }
    }
}
