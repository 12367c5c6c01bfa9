use std::fmt;
use std::str::FromStr;

const MOST_TOKEN_BYTES: usize = 200;

/// A place in one of Twilio's lists: all that is kept of a link to a page.
///
/// Such a link has a page's number, which is for the client only, and a token, which finds the page.
/// Source: <https://www.twilio.com/docs/usage/twilios-response>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters::twilio) struct Place {
    pub(super) page: u32,
    pub(super) token: String,
}

/// A text that is no place. It is not quoted, because it comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters::twilio) struct NoPlace;

impl Place {
    /// The place that a link from `here` leads to, if it leads on in the list at `path`: a link to another host, list or
    /// account is none, nor is one that leads back, which would go round for ever.
    pub(super) fn linked(uri: &str, path: &str, here: Option<&Self>) -> Option<Self> {
        let query = uri.strip_prefix(path)?.strip_prefix('?')?;
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes()).find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        let next =
            Self { page: value("Page")?.parse().ok()?, token: value("PageToken").filter(|token| is_token(token))? };
        (next.page > here.map_or(0, |here| here.page)).then_some(next)
    }
}

/// Twilio's tokens are letters and digits; other signs that need no escaping are let in, in case that changes.
fn is_token(text: &str) -> bool {
    (1..=MOST_TOKEN_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.page, self.token)
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (page, token) = text.split_once(' ').filter(|(_, token)| is_token(token)).ok_or(NoPlace)?;
        Ok(Self { page: page.parse().map_err(|_| NoPlace)?, token: token.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "/2010-04-01/Accounts/AC1/Recordings.json";

    fn place(page: u32) -> Place {
        Place { page, token: "PARE1".to_owned() }
    }

    #[test]
    fn a_link_leads_on_in_its_list_or_nowhere() {
        let on = "?DateCreated%3E=2024-03-15&PageSize=250&Page=2&PageToken=PARE1";
        assert_eq!(Place::linked(&format!("{PATH}{on}"), PATH, Some(&place(1))), Some(place(2)));
        for uri in [
            format!("https://evil.example{PATH}{on}"),
            format!("https://api.twilio.com{PATH}{on}"),
            format!("//evil.example{PATH}{on}"),
            format!("https://AC1:token@evil.example{PATH}{on}"),
            format!("@evil.example{PATH}{on}"),
            format!("\\\\evil.example{PATH}{on}"),
            format!("{PATH}/../../AC2/Recordings.json{on}"),
            format!("{PATH}.evil{on}"),
            format!("/other/path{on}"),
            PATH.replace("AC1", "AC2") + on,
            on.to_owned(),
            PATH.to_owned(),
            String::new(),
        ] {
            assert_eq!(Place::linked(&uri, PATH, Some(&place(1))), None, "{uri}");
        }
    }

    #[test]
    fn a_link_needs_a_later_page_and_a_token() {
        for query in [
            "",
            "Page=2",
            "PageToken=PARE1",
            "Page=x&PageToken=PARE1",
            "Page=-2&PageToken=PARE1",
            "Page=1&PageToken=PARE1",
            "Page=0&PageToken=PARE1",
            "Page=2&PageToken=",
            "Page=2&PageToken=a%26DateCreated%3C%3D2000-01-01",
            "Page=2&PageToken=..%2F..",
            "Page=2&PageToken=caf%C3%A9",
            &format!("Page=2&PageToken={}", "P".repeat(MOST_TOKEN_BYTES + 1)),
        ] {
            assert_eq!(Place::linked(&format!("{PATH}?{query}"), PATH, Some(&place(1))), None, "{query}");
        }
        assert_eq!(Place::linked(&format!("{PATH}?Page=1&PageToken=PARE1"), PATH, None), Some(place(1)));
        assert_eq!(Place::linked(&format!("{PATH}?Page=0&PageToken=PARE1"), PATH, None), None);
    }

    proptest! {
        #[test]
        fn a_place_is_written_and_read_back(page: u32, token in "[A-Za-z0-9_.-]{1,200}") {
            let place = Place { page, token };
            prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place));
        }

        #[test]
        fn whatever_is_read_as_a_place_needs_no_escaping(text in "\\PC{0,40}") {
            if let Ok(place) = text.parse::<Place>() {
                prop_assert!(is_token(&place.token));
            }
        }
    }
}
