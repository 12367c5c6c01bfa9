//! Everything that a provider, AWS, or the network in front of them, can do wrong to one call.

mod rules;
mod spoil;
mod weather;

use serde::{Deserialize, Serialize};

use crate::journal::Service;

pub(crate) use rules::Faults;
pub(crate) use spoil::{Dropped, pause, spoil, spoil_sent};
pub(crate) use weather::Sky;
pub use weather::Weather;

/// What goes wrong. Times are real, not virtual: they test the caller's own time-outs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The call is not handled; this is answered instead.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The whole body.
        #[serde(default)]
        body: String,
        /// The content type; none is sent when absent.
        #[serde(default)]
        content_type: Option<String>,
        /// The seconds of a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// The call is not handled; the client is sent elsewhere (to a foreign or a private address, say).
    Redirect {
        /// The `Location`.
        location: String,
    },
    /// The call is handled, late.
    Delay {
        /// Milliseconds before it is handled.
        ms: u64,
    },
    /// The call is never answered and the connection stays open.
    Hang,
    /// The connection is closed before the call is handled.
    CloseBeforeAnswer,
    /// The call is handled, takes effect, and the connection is closed instead of answering.
    LoseReply,
    /// The connection is closed after that many bytes of body; `Content-Length` still announces all of it.
    CutBody {
        /// Bytes that arrive.
        after: u64,
    },
    /// Nothing comes after that many bytes of body, and the connection stays open.
    Stall {
        /// Bytes that arrive.
        after: u64,
    },
    /// The body ends after that many bytes and `Content-Length` agrees with it.
    ShortenBody {
        /// Bytes that arrive.
        to: u64,
    },
    /// `Content-Length` says this whatever the body is; the connection is closed if the body is shorter.
    ContentLength {
        /// Bytes announced.
        announced: u64,
    },
    /// One bit of the body is inverted.
    FlipBit {
        /// The byte's position.
        offset: u64,
        /// 0 (lowest) to 7.
        #[serde(default)]
        bit: u8,
    },
    /// One bit of what the client sends is inverted on its way.
    FlipSentBit {
        /// The byte's position.
        offset: u64,
        /// 0 (lowest) to 7.
        #[serde(default)]
        bit: u8,
    },
    /// The body arrives slowly.
    Trickle {
        /// Bytes in a second.
        bytes_per_second: u64,
    },
}

impl Fault {
    /// A status without a body.
    pub const fn status(status: u16) -> Self {
        Self::Answer { status, body: String::new(), content_type: None, retry_after: None }
    }

    /// A status with a JSON body.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer {
            status,
            body: body.to_string(),
            content_type: Some("application/json".to_owned()),
            retry_after: None,
        }
    }

    /// An error page of some proxy that calls itself audio.
    pub fn html_as_audio() -> Self {
        Self::as_audio("<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body></body></html>")
    }

    /// Twilio's own XML error that calls itself audio (protocols.md 1.5: such bodies were saved as mp3).
    pub fn xml_as_audio() -> Self {
        Self::as_audio(
            "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>20404</Code>\
             <Message>The requested resource was not found</Message><Status>404</Status></RestException>\
             </TwilioResponse>",
        )
    }

    /// Twilio's refusal of too many concurrent requests: 429 with code 20429 (protocols.md 1.9).
    pub fn twilio_too_many_requests() -> Self {
        Self::json(
            429,
            &serde_json::json!({
                "code": 20429,
                "message": "Too Many Requests",
                "more_info": "https://www.twilio.com/docs/errors/20429",
                "status": 429,
            }),
        )
    }

    /// ElevenLabs' refusal of more requests at once than the plan allows, or of any while it is busy: `word` is
    /// `too_many_concurrent_requests` or `system_busy`. That it says for how long is not documented, and its own clients
    /// look for it. Source: <https://help.elevenlabs.io/hc/en-us/articles/19571824571921-API-Error-Code-429>
    pub fn elevenlabs_too_many_requests(word: &str, retry_after: Option<u32>) -> Self {
        let detail = serde_json::json!({"detail": {"status": word, "message": "Try again later."}});
        Self::throttling(&detail, retry_after)
    }

    /// Vapi's refusal of too many requests. That there is one is not documented, so it has the shape of its other errors.
    pub fn vapi_too_many_requests(retry_after: Option<u32>) -> Self {
        let error =
            serde_json::json!({"message": "Too Many Requests", "error": "Too Many Requests", "statusCode": 429});
        Self::throttling(&error, retry_after)
    }

    fn throttling(body: &serde_json::Value, retry_after: Option<u32>) -> Self {
        let content_type = Some("application/json".to_owned());
        Self::Answer { status: 429, body: body.to_string(), content_type, retry_after }
    }

    /// Airtable's refusal until the month ends or the plan changes (protocols.md 2.2).
    pub fn airtable_quota_exhausted() -> Self {
        Self::json(
            429,
            &serde_json::json!({"errors": [{
                "error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
                "message": "The API request limit of your workspace's plan was exceeded",
            }]}),
        )
    }

    /// S3's refusal of what a policy does not allow.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub fn s3_access_denied() -> Self {
        Self::s3(403, "AccessDenied", "Access Denied")
    }

    /// S3's answer to who asks for too much at once.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub fn s3_slow_down() -> Self {
        Self::s3(503, "SlowDown", "Please reduce your request rate.")
    }

    /// S3's answer when it failed itself.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub fn s3_internal_error() -> Self {
        Self::s3(500, "InternalError", "We encountered an internal error. Please try again.")
    }

    /// S3's answer to a conditional write that met another one; nothing was written.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    pub fn s3_conflict() -> Self {
        Self::s3(409, "ConditionalRequestConflict", "The conditional request conflicts with another one.")
    }

    /// S3's answer where the bucket was deleted, or never was.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub fn s3_no_such_bucket() -> Self {
        Self::s3(404, "NoSuchBucket", "The specified bucket does not exist")
    }

    /// The refusal of a service with a JSON protocol, such as SQS, of what a policy does not allow.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
    pub fn aws_access_denied() -> Self {
        let body = serde_json::json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "message": "User is not authorized to perform this action",
        });
        Self::Answer {
            status: 403,
            body: body.to_string(),
            content_type: Some("application/x-amz-json-1.0".to_owned()),
            retry_after: None,
        }
    }

    fn s3(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId></Error>"
        );
        Self::Answer { status, body, content_type: Some("application/xml".to_owned()), retry_after: None }
    }

    fn as_audio(body: &str) -> Self {
        Self::Answer {
            status: 200,
            body: body.to_owned(),
            content_type: Some("audio/mpeg".to_owned()),
            retry_after: None,
        }
    }
}

/// Which calls a fault strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// The listener.
    pub service: Service,
    /// The method; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// What the path with its query must look like. At the door before AWS, an operation of a service with a JSON protocol is
    /// compared as `/{operation}/{queue} {body}`, such as `/AmazonSQS.SendMessage/history.fifo {"QueueUrl":…}`.
    #[serde(default)]
    pub path: PathPattern,
    /// Matching calls that are let through first.
    #[serde(default)]
    pub skip: u32,
    /// Calls that are struck before the rule is spent; all when absent.
    #[serde(default)]
    pub count: Option<u32>,
    /// What happens to them.
    pub fault: Fault,
}

/// A condition on a path with its query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathPattern {
    /// Every path.
    #[default]
    Any,
    /// Paths that begin so.
    Prefix(String),
    /// Paths in which the expression matches somewhere.
    Regex(String),
}

impl FaultRule {
    /// Strikes every call of a service.
    pub const fn new(service: Service, fault: Fault) -> Self {
        Self { service, method: None, path: PathPattern::Any, skip: 0, count: None, fault }
    }

    /// Strikes calls of this method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Strikes calls whose path begins so.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.path = PathPattern::Prefix(prefix.to_owned());
        self
    }

    /// Strikes calls in whose path and query the expression matches.
    #[must_use]
    pub fn regex(mut self, expression: &str) -> Self {
        self.path = PathPattern::Regex(expression.to_owned());
        self
    }

    /// Strikes the nth matching call (from 1) and those that follow it.
    #[must_use]
    pub const fn from_nth(mut self, nth: u32) -> Self {
        self.skip = nth.saturating_sub(1);
        self
    }

    /// Strikes that many calls, then is spent.
    #[must_use]
    pub const fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Strikes one call.
    #[must_use]
    pub const fn once(self) -> Self {
        self.times(1)
    }
}

/// A rule and what it has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// The name by which it is cleared.
    pub id: u64,
    /// The rule.
    pub rule: FaultRule,
    /// Calls that matched.
    pub matched: u32,
    /// Calls that were struck.
    pub struck: u32,
}
