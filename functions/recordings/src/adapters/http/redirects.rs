use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use url::Url;

use super::HttpClient;
use crate::ports::{ErrorKind, PortError};

const MAX_HOPS: usize = 3;

/// An answer, and whether it is another host's than the one that was asked.
#[derive(Debug)]
pub(in crate::adapters) struct Fetched {
    pub(in crate::adapters) response: Response,
    pub(in crate::adapters) redirected: bool,
}

impl HttpClient {
    /// Sends a GET and follows up to three redirects, each with a GET that bears `conditions` and nothing else: no other
    /// header of the request, and so none of its credentials, goes along, not even back to the same host.
    pub(in crate::adapters) async fn get_following(
        &self,
        operation: &'static str,
        request: RequestBuilder,
        conditions: &HeaderMap,
    ) -> Result<Fetched, PortError> {
        let mut response = self.send(operation, request.headers(conditions.clone())).await?;
        for hops in 0..=MAX_HOPS {
            if !is_redirect(response.status()) {
                return Ok(Fetched { response, redirected: hops > 0 });
            }
            if hops < MAX_HOPS {
                let target = target(operation, &response)?;
                let request = self.request(Method::GET, target).headers(conditions.clone());
                response = self.send(operation, request).await?;
            }
        }
        Err(PortError::new(ErrorKind::Invalid, operation, "more than 3 redirects"))
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn target(operation: &'static str, response: &Response) -> Result<Url, PortError> {
    let invalid = |detail| PortError::new(ErrorKind::Invalid, operation, detail);
    let location = response.headers().get(LOCATION).ok_or_else(|| invalid("a redirect without a location"))?;
    let location = location.to_str().map_err(|_| invalid("a redirect to what is no URL"))?;
    let target = response.url().join(location).map_err(|_| invalid("a redirect to what is no URL"))?;
    // The client would make an Authorization header of them.
    if !target.username().is_empty() || target.password().is_some() {
        return Err(invalid("a redirect that brings credentials"));
    }
    Ok(target)
}

#[cfg(test)]
#[path = "redirects_tests.rs"]
mod tests;
