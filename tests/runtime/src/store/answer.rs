use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Response, StatusCode};

/// An answer with these headers.
pub(super) fn answer(status: StatusCode, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    let answer = answer.body(Full::new(body.into()));
    answer.unwrap_or_else(|error| panic!("the store cannot answer with {headers:?}: {error}"))
}

/// What S3 answers to what it does not do.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
    }

    /// The request makes no sense to S3.
    pub(super) fn bad(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn no_such_upload() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchUpload", "it was completed, given up, or never begun")
    }

    pub(super) fn condition_failed() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", "the condition does not hold")
    }

    /// S3 may well understand it, and this does not.
    pub(super) fn not_understood(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &format!("the store does not know {what}"))
    }

    pub(super) fn answer(&self, method: &Method) -> Response<Full<Bytes>> {
        let Self { status, code, message } = self;
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = if method == Method::HEAD { String::new() } else { body };
        answer(*status, &[("content-type", "application/xml")], body)
    }
}
