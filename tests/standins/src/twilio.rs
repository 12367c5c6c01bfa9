//! Twilio's REST API and media host, as far as protocols.md section 1 knows them, and Twilio as a sender of webhooks.

mod account;
mod answers;
mod callbacks;
mod calls;
mod listing;
mod media;
mod numbers;
mod overrides;
mod paging;
mod params;
mod placing;
mod query;
mod recording;
mod removal;
mod resource;
mod signature;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};

use crate::settings::Account;
use crate::world::World;

pub(crate) use answers::{TooMany, not_found};
pub use callbacks::{CallStatusForm, Destination, Forgery, Form, RecordingStatusForm, SignedRequest, VoiceForm};
pub use numbers::PlaceNumber;
pub(crate) use overrides::{Overrides, RetryOn};
pub use placing::{PlaceCall, PlaceRecording, PlacedRecording};
pub use recording::{Audio, Call, Outcome, Ready, Recording, Status};
pub use signature::{signature, url_as_signed};

use media::MediaLink;
use numbers::Number;

/// What can be chosen about Twilio while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TwilioBehaviour {
    /// The API redirects to the media host for audio; otherwise it serves the bytes itself.
    pub redirect: bool,
    /// Audio comes with `Content-Length`; otherwise chunked.
    pub content_length: bool,
    /// Ranges of audio are served; otherwise a `Range` header is ignored and no `Accept-Ranges` is sent.
    pub ranges: bool,
    /// Virtual seconds for which a media link works.
    pub link_seconds: u64,
    /// API requests at once; one more is answered with 429 and code 20429. Unlimited when absent.
    pub concurrency_limit: Option<usize>,
}

impl Default for TwilioBehaviour {
    fn default() -> Self {
        Self { redirect: true, content_length: true, ranges: true, link_seconds: 60, concurrency_limit: None }
    }
}

#[derive(Debug)]
pub(crate) struct Twilio {
    accounts: Vec<Account>,
    store: Mutex<Store>,
    in_flight: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Store {
    behaviour: TwilioBehaviour,
    recordings: HashMap<String, Recording>,
    recordings_of_call: HashMap<String, Vec<String>>,
    calls: HashMap<String, Call>,
    links: HashMap<String, MediaLink>,
    numbers: HashMap<String, Number>,
}

/// The right to be handled, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Twilio {
    pub(crate) fn new(accounts: &[Account]) -> Self {
        let accounts = if accounts.is_empty() { vec![Account::default()] } else { accounts.to_vec() };
        Self { accounts, store: Mutex::default(), in_flight: Arc::default() }
    }

    /// Takes a place among the concurrent requests.
    pub(crate) fn enter(&self) -> Result<Place, TooMany> {
        let limit = self.store().behaviour.concurrency_limit.unwrap_or(usize::MAX);
        let place = Place(Arc::clone(&self.in_flight));
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        if before < limit { Ok(place) } else { Err(TooMany) }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock()
    }
}

pub(crate) fn api_routes() -> Router<World> {
    let of_account = |rest: &str| format!("/2010-04-01/Accounts/{{account}}/{rest}");
    Router::new()
        .route(&of_account("Recordings.json"), get(listing::of_account))
        .route(&of_account("Recordings/{name}"), get(resource::fetch).delete(removal::remove))
        .route(&of_account("Calls.json"), get(calls::list))
        .route(&of_account("Calls/{name}"), get(calls::fetch))
        .route(&of_account("Calls/{name}/Recordings.json"), get(listing::of_call))
        .route(&of_account("IncomingPhoneNumbers.json"), get(numbers::list))
}

pub(crate) fn media_routes() -> Router<World> {
    Router::new().route("/media/{account}/{name}", get(media::serve)).merge(crate::vapi::media_routes())
}
