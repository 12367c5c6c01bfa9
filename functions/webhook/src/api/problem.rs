//! Every error of the API, in one place: problem documents by RFC 9457.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::tiers::TierReason;

/// A kind of error, told by what the caller can do about it. Its code never changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $title:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Kind = Kind { status: StatusCode::$status, code: $code, title: $title };)*

        /// All of them, for the tests.
        #[cfg(test)]
        const ALL: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    /// No token came along.
    TOKEN_MISSING = UNAUTHORIZED, "token_missing", "A token is needed";
    /// A token that is not to be believed. It says no more, so that nobody learns which part of a forgery is good.
    TOKEN_INVALID = UNAUTHORIZED, "token_invalid", "The token is not valid";
    /// A token of ours whose time is over.
    TOKEN_EXPIRED = UNAUTHORIZED, "token_expired", "The token has expired";
    /// The token does not give the permission that the route asks for.
    PERMISSION_MISSING = FORBIDDEN, "permission_missing", "The token does not give this permission";
    /// There is no such thing, or it is another organisation's: nobody can tell which.
    NOT_FOUND = NOT_FOUND, "not_found", "There is no such thing";
    /// No tier has a recording's audio.
    AUDIO_NOWHERE = NOT_FOUND, "audio_nowhere", "No tier has the audio";
    /// The path exists, and not for this method.
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here";
    /// The call has no audio, or none yet.
    NO_AUDIO = CONFLICT, "no_audio", "There is no audio, or none yet";
    /// The audio was there and is deleted.
    GONE = GONE, "gone", "The audio was deleted";
    /// A legal hold forbids it.
    ON_HOLD = CONFLICT, "on_hold", "A legal hold is on";
    /// There is nothing left to hold.
    ERASED = CONFLICT, "erased", "The call was erased";
    /// Its recordings were erased, or their retention has ended.
    NOTHING_LEFT = CONFLICT, "nothing_left", "Nothing is left of the call";
    /// The body is larger than any that makes sense.
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large";
    /// The body is of another type than the route reads.
    MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body is not of a type that is read here";
    /// A parameter or a body that makes no sense.
    INVALID = UNPROCESSABLE_ENTITY, "invalid_request", "The request makes no sense";
    /// What is needed cannot be reached just now.
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable", "It cannot be reached just now";
}

impl Kind {
    /// The kind in one word.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }
}

/// How many seconds a caller waits before it asks again for what could not be reached.
const AGAIN_IN: u16 = 5;

/// An error as it is answered.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: &'static Kind,
    detail: Option<Cow<'static, str>>,
    tiers: Vec<TierReason>,
    headers: Box<HeaderMap>,
}

/// A problem document by RFC 9457.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// What kind of problem it is; the same for each of its kind.
    #[serde(rename = "type")]
    #[schema(example = "urn:tapeline:problem:not_found")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The kind in one word, which never changes.
    #[schema(example = "not_found")]
    code: &'static str,
    /// What can be said of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    detail: Option<Cow<'static, str>>,
    /// Where the audio was looked for, and why it is not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    tiers: Vec<TierReason>,
}

impl Problem {
    /// A problem of which there is no more to say than its kind.
    pub(crate) fn new(kind: &'static Kind) -> Self {
        let problem = Self { kind, detail: None, tiers: Vec::new(), headers: Box::default() };
        match kind.status {
            StatusCode::UNAUTHORIZED => problem.header(WWW_AUTHENTICATE, challenge(kind)),
            StatusCode::SERVICE_UNAVAILABLE => problem.header(RETRY_AFTER, HeaderValue::from(AGAIN_IN)),
            _ => problem,
        }
    }

    /// Says more. Nothing that came from outside belongs in here, but the names that the caller used.
    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says why each tier has no audio.
    pub(crate) fn tiers(mut self, tiers: Vec<TierReason>) -> Self {
        self.tiers = tiers;
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn document(&self) -> ProblemDocument {
        let Kind { status, code, title } = self.kind;
        let kind = format!("urn:tapeline:problem:{code}");
        ProblemDocument {
            kind,
            title,
            status: status.as_u16(),
            code,
            detail: self.detail.clone(),
            tiers: self.tiers.clone(),
        }
    }
}

/// How to do better.
/// Source: RFC 6750, 3.
fn challenge(kind: &Kind) -> HeaderValue {
    let missing = "Bearer realm=\"tapeline\"";
    let invalid = "Bearer realm=\"tapeline\", error=\"invalid_token\"";
    HeaderValue::from_static(if *kind == TOKEN_MISSING { missing } else { invalid })
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = serde_json::to_vec(&self.document()).unwrap_or_default();
        let mut response = Response::new(Body::from(document));
        *response.status_mut() = self.kind.status;
        *response.headers_mut() = *self.headers;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn answer(problem: Problem) -> (u16, HeaderMap, Value) {
        let response = problem.into_response();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), parts.headers, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_problem_says_what_it_is_for_programs_and_for_people() {
        let (status, headers, body) = answer(Problem::new(&INVALID).detail("unknown parameter page")).await;
        assert_eq!(status, 422);
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
        let expected = json!({
            "type": "urn:tapeline:problem:invalid_request",
            "title": "The request makes no sense",
            "status": 422,
            "code": "invalid_request",
            "detail": "unknown parameter page",
        });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn who_is_refused_or_has_to_wait_is_told_how_to_go_on() {
        let (_, headers, _) = answer(Problem::new(&TOKEN_MISSING)).await;
        assert_eq!(headers[WWW_AUTHENTICATE], "Bearer realm=\"tapeline\"");
        for kind in [&TOKEN_INVALID, &TOKEN_EXPIRED] {
            let (_, headers, _) = answer(Problem::new(kind)).await;
            assert_eq!(headers[WWW_AUTHENTICATE], "Bearer realm=\"tapeline\", error=\"invalid_token\"");
        }
        let (_, headers, _) = answer(Problem::new(&UNAVAILABLE)).await;
        assert_eq!(headers[RETRY_AFTER], "5");
    }

    #[test]
    fn each_kind_has_its_own_code() {
        let codes: BTreeSet<_> = ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), ALL.len());
    }
}
