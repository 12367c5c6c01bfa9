use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::listing::answer;
use super::paging::Paging;
use super::query::Query;
use super::resource::rfc2822;
use crate::ids::sid;
use crate::journal::Caller;
use crate::world::{World, WorldError};

/// A phone number of an account and what Twilio calls when it rings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceNumber {
    /// The account; the first one when absent.
    pub account_sid: Option<String>,
    /// Its id, to change a number that exists; a new one when absent.
    pub number_sid: Option<String>,
    /// The number in E.164.
    pub phone_number: String,
    /// The URL of the voice webhook.
    pub voice_url: Option<String>,
    /// The URL of the call status callback.
    pub status_callback: Option<String>,
    /// The SIP trunk that handles its calls; the voice URL is of no effect then.
    pub trunk_sid: Option<String>,
    /// The application whose URLs are used instead of the number's own.
    pub voice_application_sid: Option<String>,
}

#[derive(Debug)]
pub(super) struct Number {
    account_sid: String,
    sid: String,
    created: Timestamp,
    settings: PlaceNumber,
}

impl World {
    /// Gives an account a phone number, or changes one; returns its id.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such account.
    pub fn place_number(&self, wanted: PlaceNumber) -> Result<String, WorldError> {
        let account_sid = self.twilio().account(wanted.account_sid.as_deref())?.sid.clone();
        let sid = wanted.number_sid.clone().unwrap_or_else(|| sid("PN"));
        let number = Number { account_sid, sid: sid.clone(), created: self.now(), settings: wanted };
        self.twilio().store().numbers.insert(sid.clone(), number);
        Ok(sid)
    }
}

/// `GET …/IncomingPhoneNumbers.json`: newest first, in pages.
pub(super) async fn list(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    uri: Uri,
) -> Response {
    let query = Query::parse(query.as_deref());
    answer(&caller, &account, &uri, || {
        let paging = Paging::parse(&query, uri.path())?;
        let store = world.twilio().store();
        let found = store.numbers.values().filter(|number| {
            number.account_sid == account
                && query.get("PhoneNumber").is_none_or(|wanted| wanted == number.settings.phone_number)
        });
        let all = found.map(|number| ((number.created, number.sid.clone()), number)).collect();
        Ok(paging.page("incoming_phone_numbers", all, |number| number.json()))
    })
}

impl Number {
    fn json(&self) -> Value {
        let Self { account_sid, sid, created, settings } = self;
        json!({
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "sid": sid,
            "phone_number": settings.phone_number,
            "friendly_name": settings.phone_number,
            "capabilities": { "voice": true, "sms": true, "mms": false },
            "date_created": rfc2822(*created),
            "date_updated": rfc2822(*created),
            "voice_url": settings.voice_url,
            "voice_method": "POST",
            "voice_fallback_url": null,
            "voice_fallback_method": "POST",
            "voice_application_sid": settings.voice_application_sid.as_deref().unwrap_or_default(),
            "status_callback": settings.status_callback.as_deref().unwrap_or_default(),
            "status_callback_method": "POST",
            "trunk_sid": settings.trunk_sid,
            "uri": format!("/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers/{sid}.json"),
        })
    }
}
