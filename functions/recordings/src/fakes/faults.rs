use std::time::Duration;

use jiff::Timestamp;

use crate::ports::ErrorKind;

/// One call of a port, as the injector sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its place among all calls of the world, from 1.
    pub number: u64,
    /// Who calls.
    pub process: String,
    /// The trait, such as `LedgerWrite`.
    pub port: &'static str,
    /// The method, such as `create`.
    pub operation: &'static str,
    /// On what: a recording, a key, a job.
    pub key: String,
    /// Whether it changes anything outside.
    pub writes: bool,
    /// When.
    pub at: Timestamp,
    /// What went wrong with it on purpose.
    pub fault: Option<Fault>,
}

/// What goes wrong with a call on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and nothing took effect.
    ErrorBefore(ErrorKind),
    /// It took effect, and the caller hears `Unavailable`.
    ReplyLost,
    /// Nothing took effect and no answer comes, until the client's patience ends.
    Hang,
    /// It took effect and no answer comes, until the client's patience ends.
    HangApplied,
    /// No answer comes, and it takes effect after this time, whoever is still alive by then.
    LandsLate(Duration),
    /// The process dies before it took effect.
    Crash,
    /// The process dies after it took effect.
    CrashApplied,
    /// The provider's stream breaks off with an error after so many bytes.
    PartialBody(u64),
    /// The provider's stream ends after so many bytes as if it were whole.
    ShortBody(u64),
    /// The provider's stream sends nothing more after so many bytes, until the client's patience ends.
    HangingBody(u64),
}

/// Longer than any invocation, so that what lands late meets another one.
const LATE: Duration = Duration::from_secs(180);

impl Call {
    /// Each fault that this call should be survived with. Other kinds of error are for tests that mean them.
    pub fn possible_faults(&self) -> Vec<Fault> {
        let mut faults = vec![
            Fault::ErrorBefore(ErrorKind::Unavailable),
            Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None }),
            Fault::Hang,
            Fault::Crash,
        ];
        if self.writes {
            faults.extend([Fault::ReplyLost, Fault::HangApplied, Fault::LandsLate(LATE), Fault::CrashApplied]);
        }
        if self.is_conditional() {
            faults.push(Fault::ErrorBefore(ErrorKind::Conflict));
        }
        if self.gives_a_body() {
            faults.extend([0, 1_000].map(Fault::PartialBody));
            faults.extend([0, 1_000].map(Fault::ShortBody));
            faults.push(Fault::HangingBody(1_000));
        }
        faults
    }

    /// S3 may answer a conditional write with 409 when it merely met another one, and write nothing at all.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    fn is_conditional(&self) -> bool {
        matches!(
            (self.port, self.operation),
            ("LedgerWrite" | "CallControlWrite" | "ListenersWrite", _)
                | ("AudioStore", "put" | "complete")
                | ("AuditLog" | "Receipts" | "ErasureReceipts", "append")
                | ("Orphans", _)
        )
    }

    pub(super) fn gives_a_body(&self) -> bool {
        (self.port, self.operation) == ("AudioSource", "open")
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, at, process, port, operation, key, .. } = self;
        write!(f, "{number} {at} {process} {port}.{operation} {key}")?;
        self.fault.map_or(Ok(()), |fault| write!(f, " !{fault}"))
    }
}
