//! Which pages of other origins may call the API. They need a token in any case, and no cookie is ever looked at.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::{App, answer};

/// The origins whose pages may call the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// All of them.
    Any,
    /// These, each as a browser sends it.
    These(Vec<String>),
}

impl AllowedOrigins {
    /// Reads origins, separated by commas, or `*`.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let origins: Vec<_> = text.split(',').map(|origin| origin.trim().trim_end_matches('/').to_owned()).collect();
        if origins.iter().any(|origin| origin == "*") {
            return Ok(Self::Any);
        }
        let is_origin = |origin: &String| {
            origin.split_once("://").is_some_and(|(scheme, host)| {
                matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', '?', '#', ' '])
            })
        };
        if origins.iter().all(is_origin) {
            Ok(Self::These(origins))
        } else {
            Err("expected origins such as https://app.example.com, separated by commas, or *")
        }
    }

    fn allow(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match self {
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::These(origins) => {
                let origin = origin?;
                origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
            }
        }
    }

    fn mark(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        headers.extend(self.allow(origin).map(|allowed| (ACCESS_CONTROL_ALLOW_ORIGIN, allowed)));
        if *self != Self::Any {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
    }
}

/// Answers a browser's question beforehand, and lets its pages read the other answers.
pub(super) async fn allow<P: Send + Sync>(State(app): State<Arc<App<P>>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("etag, retry-after, www-authenticate, x-recording-id, x-recording-tier"),
    );
    app.settings.api.cors_allowed_origins.mark(headers, origin.as_ref());
    response
}

/// Source: Fetch standard, *CORS protocol*.
fn preflight() -> Response {
    let mut response = answer::empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, DELETE"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, if-none-match, range"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_send_them() {
        assert_eq!(AllowedOrigins::parse("*"), Ok(AllowedOrigins::Any));
        let two = AllowedOrigins::parse("https://app.example.com, http://localhost:3000/").unwrap();
        assert_eq!(
            two,
            AllowedOrigins::These(vec!["https://app.example.com".to_owned(), "http://localhost:3000".to_owned()])
        );
        for odd in ["", "app.example.com", "ftp://x", "https://", "https://a/b"] {
            assert!(AllowedOrigins::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn another_origin_is_not_named() {
        let origins = AllowedOrigins::parse("https://app.example.com").unwrap();
        let value = HeaderValue::from_static;
        assert_eq!(origins.allow(Some(&value("https://app.example.com"))), Some(value("https://app.example.com")));
        assert_eq!(origins.allow(Some(&value("https://app.example.com.evil.example"))), None);
        assert_eq!(origins.allow(None), None);
        assert_eq!(AllowedOrigins::Any.allow(None), Some(value("*")));
    }
}
