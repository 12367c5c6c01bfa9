use std::error::Error;
use std::fmt;
use std::time::Duration;

/// How a call to the outside failed, told by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind}{}{detail}", if .detail.is_empty() { "" } else { ": " })]
pub struct PortError {
    /// The meaning of the failure.
    pub kind: ErrorKind,
    /// What was attempted, such as `s3 PutObject ledger`.
    pub operation: &'static str,
    /// What more is known, without anything secret.
    pub detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The meaning of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The other side cannot be reached, hangs or fails by itself; whether it acted is not known.
    Unavailable,
    /// The other side asks for less; it did not act.
    Throttled {
        /// How long it wants to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// The allowance of the month is used up; it did not act, and will not for days.
    QuotaExhausted,
    /// There is no such thing.
    NotFound,
    /// Somebody else was first: the condition of a conditional write does not hold.
    Conflict,
    /// Our credentials or permissions do not suffice.
    Refused,
    /// The request, or the answer, cannot be understood; sending it again changes nothing.
    Invalid,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The same call may succeed later.
    Retry,
    /// Read again what is there, and decide anew.
    Reread,
    /// The same call will never succeed.
    GiveUp,
    /// Somebody has to change the configuration; then the same call may succeed.
    FixConfiguration,
}

impl PortError {
    /// A failure without a cause of its own.
    pub fn new(kind: ErrorKind, operation: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, operation, detail: detail.into(), source: None }
    }

    /// Keeps the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What to do about it.
    pub fn advice(&self) -> Advice {
        self.kind.advice()
    }
}

impl ErrorKind {
    /// The one place that says what is retried.
    pub fn advice(self) -> Advice {
        match self {
            Self::Unavailable | Self::Throttled { .. } => Advice::Retry,
            Self::Conflict => Advice::Reread,
            Self::NotFound | Self::Invalid => Advice::GiveUp,
            Self::Refused | Self::QuotaExhausted => Advice::FixConfiguration,
        }
    }

    /// A stable word for logs, metrics and the ledger.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Throttled { .. } => "throttled",
            Self::QuotaExhausted => "quota_exhausted",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
