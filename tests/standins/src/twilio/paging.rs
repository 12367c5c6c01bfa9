use form_urlencoded::Serializer;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answers::ApiError;
use super::query::Query;

const DEFAULT_PAGE_SIZE: usize = 50;
const LARGEST_PAGE_SIZE: usize = 1000;

/// Where a resource stands in its list, newest first: its date, then its id.
pub(super) type Position = (Timestamp, String);

/// Which page of a list is asked for (protocols.md 1.7).
///
/// A page hangs on the position of the last resource before it, so what is made or deleted between two pages neither
/// repeats nor hides one.
pub(super) struct Paging<'a> {
    query: &'a Query,
    path: &'a str,
    size: usize,
    number: usize,
    after: Option<Position>,
}

impl<'a> Paging<'a> {
    pub(super) fn parse(query: &'a Query, path: &'a str) -> Result<Self, ApiError> {
        let token = query.get("PageToken").map(|token| position_of(token).ok_or_else(|| invalid("PageToken")));
        Ok(Self {
            query,
            path,
            size: number(query, "PageSize", DEFAULT_PAGE_SIZE)?.clamp(1, LARGEST_PAGE_SIZE),
            number: number(query, "Page", 0)?,
            after: token.transpose()?,
        })
    }

    /// The page, with the resources under that name; only those that are shown are turned into JSON.
    pub(super) fn page<R>(&self, name: &str, mut all: Vec<(Position, R)>, json: impl Fn(&R) -> Value) -> Value {
        all.sort_by(|(left, _), (right, _)| right.cmp(left));
        let begin = self.after.as_ref().map_or(0, |after| all.partition_point(|(position, _)| position >= after));
        let end = all.len().min(begin + self.size);
        let shown: Vec<Value> = all[begin..end].iter().map(|(_, resource)| json(resource)).collect();
        let before = |index: usize| index.checked_sub(1).map(|last| &all[last].0);
        json!({
            name: shown,
            "first_page_uri": self.link(0, None),
            "next_page_uri": (end < all.len()).then(|| self.link(self.number + 1, before(end))),
            "previous_page_uri": (begin > 0).then(|| {
                self.link(self.number.saturating_sub(1), before(begin.saturating_sub(self.size)))
            }),
            "page": self.number,
            "page_size": self.size,
            "start": begin,
            "end": end.saturating_sub(1),
            "uri": self.link(self.number, self.after.as_ref()),
        })
    }

    fn link(&self, page: usize, after: Option<&Position>) -> String {
        let ours = ["Page", "PageSize", "PageToken"];
        let mut link = Serializer::new(String::new());
        link.extend_pairs(self.query.pairs().filter(|(name, _)| !ours.contains(name)));
        link.append_pair("PageSize", &self.size.to_string());
        link.append_pair("Page", &page.to_string());
        if let Some(position) = after {
            link.append_pair("PageToken", &token_of(position));
        }
        format!("{}?{}", self.path, link.finish())
    }
}

fn token_of((at, sid): &Position) -> String {
    format!("PA{}-{sid}", at.as_nanosecond())
}

fn position_of(token: &str) -> Option<Position> {
    let (at, sid) = token.strip_prefix("PA")?.split_once('-')?;
    let at = Timestamp::from_nanosecond(at.parse().ok()?).ok()?;
    Some((at, sid.to_owned()))
}

/// A choice of days in GMT by a parameter and its two inequalities.
///
/// `DateCreated<=day` is documented as "on or before midnight of this date", `>=` as "on or after midnight": read to
/// the letter, the first leaves that day itself out. Of a date with a time the day is taken.
#[derive(Debug)]
pub(super) struct Days {
    on: Option<Date>,
    until_midnight_of: Option<Date>,
    since: Option<Date>,
}

impl Days {
    pub(super) fn parse(query: &Query, name: &str) -> Result<Self, ApiError> {
        Ok(Self {
            on: day(query, name)?,
            until_midnight_of: day(query, &format!("{name}<"))?,
            since: day(query, &format!("{name}>"))?,
        })
    }

    pub(super) fn choose(&self, time: Timestamp) -> bool {
        let time = time.to_zoned(TimeZone::UTC).datetime();
        self.on.is_none_or(|day| time.date() == day)
            && self.until_midnight_of.is_none_or(|day| time <= day.to_datetime(jiff::civil::Time::midnight()))
            && self.since.is_none_or(|day| time.date() >= day)
    }
}

fn day(query: &Query, name: &str) -> Result<Option<Date>, ApiError> {
    let parse = |text: &str| text.get(..10).unwrap_or(text).parse().map_err(|_| invalid(name));
    query.get(name).map(parse).transpose()
}

fn number(query: &Query, name: &str, default: usize) -> Result<usize, ApiError> {
    query.get(name).map_or(Ok(default), |text| text.parse().map_err(|_| invalid(name)))
}

fn invalid(parameter: &str) -> ApiError {
    ApiError::invalid_parameter(format!("Invalid parameter {parameter}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn days(query: &str) -> Days {
        Days::parse(&Query::parse(Some(query)), "DateCreated").unwrap()
    }

    #[test]
    fn days_are_chosen_to_the_letter_of_the_documents() {
        let noon: Timestamp = "2024-03-15T12:00:00Z".parse().unwrap();
        for (query, expected) in [
            ("", true),
            ("DateCreated=2024-03-15", true),
            ("DateCreated=2024-03-14", false),
            ("DateCreated>=2024-03-15", true),
            ("DateCreated%3E=2024-03-16", false),
            ("DateCreated<=2024-03-15", false),
            ("DateCreated<=2024-03-16", true),
            ("DateCreated>=2024-03-15T23:00:00Z", true),
            ("DateCreated>=2024-03-14&DateCreated<=2024-03-16", true),
        ] {
            assert_eq!(days(query).choose(noon), expected, "{query}");
        }
        assert!(days("DateCreated<=2024-03-15").choose("2024-03-15T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn nonsense_is_refused() {
        for query in ["DateCreated=yesterday", "DateCreated<=2024-13-01"] {
            assert!(Days::parse(&Query::parse(Some(query)), "DateCreated").is_err(), "{query}");
        }
        for query in ["PageSize=x", "Page=-1", "PageToken=PA", "PageToken=XX1-RE1", "PageToken=PAx-RE1"] {
            assert!(Paging::parse(&Query::parse(Some(query)), "/").is_err(), "{query}");
        }
    }

    /// Follows `next_page_uri` to the end, or `previous_page_uri` to the beginning.
    fn walk(positions: &[Position], first: &str, link: &str) -> (Vec<String>, String) {
        let (mut seen, mut uri) = (Vec::new(), first.to_owned());
        loop {
            let query = Query::parse(uri.split_once('?').map(|(_, query)| query));
            let all = positions.iter().map(|position| (position.clone(), position.1.clone())).collect();
            let page = Paging::parse(&query, "/list.json").unwrap().page("sids", all, |sid| json!(sid));
            let sids: Vec<String> = serde_json::from_value(page["sids"].clone()).unwrap();
            seen.extend(sids);
            match page[link].as_str() {
                Some(next) => uri = next.to_owned(),
                None => return (seen, uri),
            }
        }
    }

    proptest! {
        #[test]
        fn pages_show_everything_once_newest_first_in_both_directions(
            seconds in proptest::collection::vec(0_i64..20, 0..40), size in 1_usize..12,
        ) {
            let positions: Vec<Position> = seconds
                .iter()
                .enumerate()
                .map(|(index, second)| (Timestamp::from_second(*second).unwrap(), format!("RE{index:03}")))
                .collect();
            let (forward, last) = walk(&positions, &format!("/list.json?PageSize={size}&CallSid=CA1"), "next_page_uri");
            let mut expected = positions.clone();
            expected.sort_by(|left, right| right.cmp(left));
            let expected: Vec<String> = expected.into_iter().map(|(_, sid)| sid).collect();
            prop_assert_eq!(&forward, &expected);
            prop_assert!(last.contains("CallSid=CA1"));
            let (mut backward, _) = walk(&positions, &last, "previous_page_uri");
            backward.sort();
            let mut all = expected;
            all.sort();
            prop_assert_eq!(backward, all);
        }
    }
}
