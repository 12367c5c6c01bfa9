use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::list::{PAGE_SIZE, next_of};
use super::problem::Problem;
use super::{API_TIMEOUT, Twilio};
use crate::adapters::http::whole_body;
use crate::ports::{ErrorKind, NumberSetting, NumberSettings, PhoneNumbers, PortError, SecretSource};
use crate::recording::{Organisation, Provider};

const LIST: &str = "twilio GET numbers";

/// A number takes about two kilobytes.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// 25,000 numbers, more than which nobody looks through by a message a number.
const MOST_PAGES: usize = 100;

/// A page as Twilio writes it. Source: <https://www.twilio.com/docs/usage/twilios-response>; the list and its fields: twilio
/// 9.13.0 for Python, `rest/api/v2010/account/incoming_phone_number/__init__.py`
#[derive(Deserialize)]
struct Page {
    incoming_phone_numbers: Vec<Value>,
    #[serde(deserialize_with = "Option::deserialize")]
    next_page_uri: Option<String>,
}

impl<S: SecretSource + Send> PhoneNumbers for Twilio<S> {
    async fn numbers(&self, organisation: &Organisation) -> Result<NumberSettings, PortError> {
        let login = self.login_of(LIST, Provider::Twilio, organisation).await?;
        let path = ["2010-04-01", "Accounts", login.account.as_str(), "IncomingPhoneNumbers.json"];
        let (mut told, mut place) = (NumberSettings::default(), None);
        for _ in 0..MOST_PAGES {
            let mut url = self.settings.base_url.join(&path);
            url.query_pairs_mut().append_pair("PageSize", &self.page_size.min(PAGE_SIZE).to_string());
            if let Some(place) = &place {
                super::list::go_to(&mut url, place);
            }
            let request = login.sign(self.http.request(Method::GET, url)).timeout(API_TIMEOUT);
            let response = self.http.send(LIST, request).await?;
            if response.status() != reqwest::StatusCode::OK {
                return Err(Problem::read(response).await.port_error(LIST));
            }
            let body = whole_body(LIST, response, PAGE_BYTES).await?;
            // serde_json's message may quote the body, so it is not kept.
            let page: Page = serde_json::from_slice(&body).map_err(|_| {
                PortError::new(ErrorKind::Unavailable, LIST, "the answer is not a page of numbers' JSON")
            })?;
            for number in &page.incoming_phone_numbers {
                match setting(number) {
                    Some(setting) => told.numbers.push(setting),
                    None => told.strange += 1,
                }
            }
            let Some(uri) = page.next_page_uri else { return Ok(told) };
            place = Some(next_of(LIST, &uri, &path, place.as_ref())?);
        }
        Err(PortError::new(ErrorKind::Invalid, LIST, "the list does not end"))
    }
}

fn setting(number: &Value) -> Option<NumberSetting> {
    let text = |name: &str| number[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Some(NumberSetting {
        id: number["sid"].as_str()?.parse().ok()?,
        voice_url: text("voice_url"),
        status_callback: text("status_callback"),
        handled_elsewhere: text("trunk_sid").or(text("voice_application_sid")).is_some(),
    })
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
