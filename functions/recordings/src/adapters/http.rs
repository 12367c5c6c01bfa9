//! The one HTTP client for everybody who is not AWS.
//!
//! It connects to public addresses only, checked after the name is resolved, so that no answer from outside, and no name
//! that changes its address, leads into our own network. It follows no redirect unless asked to, and never carries
//! credentials along. Nothing limits the whole of a download; silence between two chunks does.

mod answer;
mod base_url;
mod body;
mod failure;
mod problem;
pub(super) mod range;
mod reach;
mod redirects;
mod resolver;

#[cfg(test)]
pub(super) mod wire;

use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use url::Url;

use super::tls::Tls;
use crate::ports::{ErrorKind, PortError};

pub(super) use answer::{json_of, read_json};
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub(super) use body::{error_body, whole_body};
pub(super) use failure::failure;
pub(super) use problem::{Problem, plain_word};
pub use reach::Reach;
pub(super) use redirects::Fetched;

use resolver::{GuardedResolver, SystemResolver};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("tapeline/", env!("CARGO_PKG_VERSION"));

/// How the client behaves.
#[derive(Debug, Clone, Copy)]
pub struct HttpSettings {
    /// The longest silence: until the answer's head, and between two chunks of its body. `RECORDING_DOWNLOAD_TIMEOUT_MS`.
    pub idle_timeout: Duration,
    /// Where it may connect to.
    pub reach: Reach,
}

/// The client. Cloning it shares its connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client,
    reach: Reach,
}

/// The client refuses its settings.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built")]
pub struct HttpClientError(#[source] reqwest::Error);

impl HttpClient {
    /// Makes a client that asks the system for addresses.
    ///
    /// # Errors
    /// [`HttpClientError`], which a program that works once never meets.
    pub fn new(settings: HttpSettings, tls: &Tls) -> Result<Self, HttpClientError> {
        Self::resolving_with(SystemResolver, settings, tls)
    }

    fn resolving_with(
        resolver: impl Resolve + 'static,
        settings: HttpSettings,
        tls: &Tls,
    ) -> Result<Self, HttpClientError> {
        let HttpSettings { idle_timeout, reach } = settings;
        let client = Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&tls.config()))
            .dns_resolver(GuardedResolver::new(resolver, reach))
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(idle_timeout)
            .user_agent(USER_AGENT)
            .build()
            .map_err(HttpClientError)?;
        Ok(Self { client, reach })
    }

    /// Begins a request, to be given to [`send`](Self::send) or [`get_following`](Self::get_following).
    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and waits for the head of its answer, whatever the status. Redirects are answers too.
    pub(super) async fn send(&self, operation: &'static str, request: RequestBuilder) -> Result<Response, PortError> {
        let request = request.build().map_err(|error| failure(operation, error))?;
        // A literal address is never resolved, so that the resolver cannot guard it.
        self.reach
            .permit_url(request.url())
            .map_err(|forbidden| PortError::new(ErrorKind::Invalid, operation, "not sent").because(forbidden))?;
        self.client.execute(request).await.map_err(|error| failure(operation, error))
    }
}

/// How long the other side asks to be left alone, where it says so in seconds.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds: u32 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}

#[cfg(test)]
#[path = "http/http_tests.rs"]
mod tests;
