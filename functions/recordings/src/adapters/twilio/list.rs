mod entry;
mod place;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::problem::Problem;
use super::{API_TIMEOUT, Twilio};
use crate::adapters::http::whole_body;
use crate::ports::{ErrorKind, ListCursor, ListPage, PortError, ProviderList, RecordingList, SecretSource};
use crate::recording::AccountSid;

use entry::Entries;
use place::Place;

const LIST: &str = "twilio GET recordings";

/// Twilio gives up to a thousand. A page is what is done again when its reader dies, and what has to arrive within
/// [`API_TIMEOUT`], so it is smaller; a day of ten thousand recordings still takes no more than forty requests.
pub(super) const PAGE_SIZE: u16 = 250;

/// Four times what a page of entries of about a kilobyte takes, for encrypted recordings and what Twilio adds one day.
const PAGE_BYTES: usize = 1024 * 1024;

/// A page as Twilio writes it. Source: <https://www.twilio.com/docs/usage/twilios-response>
#[derive(Deserialize)]
struct Page {
    recordings: Vec<Value>,
    /// A page that does not say whether it is the last one is none: a list cut short would look complete.
    #[serde(deserialize_with = "Option::deserialize")]
    next_page_uri: Option<String>,
}

/// Twilio says nothing of what is made or deleted between two pages. Its page tokens name a resource, not a number, so
/// that a new one moves nothing; and deleted recordings stay in the list because they are asked for, so that deleting
/// the one that a token names, as reconciling does, does not take the place away. A link without a token is refused.
impl<S: SecretSource + Send> ProviderList for Twilio<S> {
    async fn page(&self, at: &ListCursor) -> Result<ListPage, PortError> {
        let list = at.list();
        let login = self.login_of(LIST, list.provider(), list.organisation()).await?;
        let place = at.position().map(place_of).transpose()?;
        let path = path_of(list, &login.account);
        let url = self.page_url(list, &path, place.as_ref());
        let request = login.sign(self.http.request(Method::GET, url)).timeout(API_TIMEOUT);
        let page = read(self.http.send(LIST, request).await?).await?;
        let next = page.next_page_uri.map(|uri| next_of(LIST, &uri, &path, place.as_ref())).transpose()?;
        let Entries { recordings, oddities } = Entries::read(&page.recordings, list, &login.account);
        Ok(ListPage { recordings, oddities, next: next.map(|next| at.moved_to(next)) })
    }
}

impl<S> Twilio<S> {
    /// Built from checked ids and a checked place each time: of a link that Twilio gave only the place is kept.
    fn page_url(&self, list: &RecordingList, path: &[&str], place: Option<&Place>) -> Url {
        let mut url = self.settings.base_url.join(path);
        let mut query = url.query_pairs_mut();
        for (name, day) in days_of(list) {
            query.append_pair(name, &day.to_string());
        }
        query.append_pair("IncludeSoftDeleted", "true");
        query.append_pair("PageSize", &self.page_size.to_string());
        drop(query);
        if let Some(place) = place {
            go_to(&mut url, place);
        }
        url
    }
}

/// Has a list go on from a place.
pub(super) fn go_to(url: &mut Url, place: &Place) {
    let page = place.page.to_string();
    url.query_pairs_mut().append_pair("Page", &page).append_pair("PageToken", &place.token);
}

fn path_of<'a>(list: &'a RecordingList, account: &'a AccountSid) -> Vec<&'a str> {
    let mut path = vec!["2010-04-01", "Accounts", account.as_str()];
    if let RecordingList::OfCall(call) = list {
        path.extend(["Calls", call.call_id.as_str()]);
    }
    path.push("Recordings.json");
    path
}

/// The days in GMT that hold the list, and one more: Twilio chooses by day only, and `DateCreated<=` is documented as
/// "on or before midnight of this date", which may leave the day itself out. The names lack the equals sign, which
/// separates them from the value.
fn days_of(list: &RecordingList) -> Vec<(&'static str, Date)> {
    let RecordingList::CreatedWithin { window, .. } = list else { return Vec::new() };
    let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let until = day(window.end).checked_add(1.day()).ok();
    [("DateCreated>", Some(day(window.start))), ("DateCreated<", until)]
        .into_iter()
        .filter_map(|(name, day)| Some((name, day?)))
        .collect()
}

async fn read(response: Response) -> Result<Page, PortError> {
    if response.status() != StatusCode::OK {
        let problem = Problem::read(response).await;
        // That a call is not known may explain why it has no recording: the word of somebody in between does not do.
        if problem.kind() == ErrorKind::NotFound && !problem.is_twilios_own() {
            return Err(PortError::new(ErrorKind::Unavailable, LIST, "HTTP 404, but not from Twilio"));
        }
        return Err(problem.port_error(LIST));
    }
    let body = whole_body(LIST, response, PAGE_BYTES).await?;
    // serde_json's message may quote the body, so it is not kept.
    serde_json::from_slice(&body)
        .map_err(|_| PortError::new(ErrorKind::Unavailable, LIST, "the answer is not a page of recordings' JSON"))
}

fn place_of(position: &str) -> Result<Place, PortError> {
    let not_ours = || PortError::new(ErrorKind::Invalid, LIST, "the cursor is not a place in Twilio's list");
    position.parse().map_err(|_| not_ours())
}

pub(super) fn next_of(
    operation: &'static str,
    uri: &str,
    path: &[&str],
    here: Option<&Place>,
) -> Result<Place, PortError> {
    let path = format!("/{}", path.join("/"));
    Place::linked(uri, &path, here).ok_or_else(|| {
        PortError::new(ErrorKind::Invalid, operation, "the link to the next page does not lead on in the list")
    })
}

#[cfg(test)]
#[path = "list/list_tests.rs"]
mod tests;
