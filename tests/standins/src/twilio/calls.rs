use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::Uri;
use axum::response::Response;
use serde_json::{Value, json};

use super::Store;
use super::answers::ApiError;
use super::listing::answer;
use super::paging::{Days, Paging};
use super::query::Query;
use super::recording::Call;
use super::resource::rfc2822;
use crate::clock::later;
use crate::journal::Caller;
use crate::world::World;

/// `GET …/Calls.json`: newest first, by status and by day of the start, in pages.
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
        let days = Days::parse(&query, "StartTime")?;
        let store = world.twilio().store();
        let wanted = |call: &&Call| {
            call.account_sid == account
                && query.get("Status").is_none_or(|status| status == call.status)
                && days.choose(call.started_at)
        };
        let found = store.calls.values().filter(wanted);
        let all = found.map(|call| ((call.started_at, call.sid.clone()), call)).collect();
        Ok(paging.page("calls", all, |call| call.json()))
    })
}

/// `GET …/Calls/{CA}.json`.
pub(super) async fn fetch(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path((account, name)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    answer(&caller, &account, &uri, || {
        let sid = name.strip_suffix(".json").ok_or_else(|| ApiError::not_found(uri.path()))?;
        world.twilio().store().call(&account, sid).map(Call::json)
    })
}

impl Store {
    pub(super) fn call(&self, account: &str, sid: &str) -> Result<&Call, ApiError> {
        let found = self.calls.get(sid).filter(|call| call.account_sid == account);
        found.ok_or_else(|| ApiError::not_found(&format!("/2010-04-01/Accounts/{account}/Calls/{sid}")))
    }
}

impl Call {
    fn json(&self) -> Value {
        let uri = format!("/2010-04-01/Accounts/{}/Calls/{}", self.account_sid, self.sid);
        let ended_at = later(self.started_at, Duration::from_secs(self.seconds.into()));
        let ended = !matches!(self.status.as_str(), "queued" | "initiated" | "ringing" | "in-progress");
        json!({
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "sid": self.sid,
            "parent_call_sid": null,
            "from": self.from,
            "to": self.to,
            "direction": self.direction,
            "status": self.status,
            "date_created": rfc2822(self.started_at),
            "date_updated": rfc2822(ended_at),
            "start_time": rfc2822(self.started_at),
            "end_time": ended.then(|| rfc2822(ended_at)),
            "duration": ended.then(|| self.seconds.to_string()),
            "price": null,
            "price_unit": "USD",
            "uri": format!("{uri}.json"),
            "subresource_uris": { "recordings": format!("{uri}/Recordings.json") },
        })
    }
}
