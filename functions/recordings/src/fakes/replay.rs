use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Fault;
use crate::ports::ErrorKind;

/// The faults of a run by the numbers of their calls, in a form that fits into one line: `12=crash,15=partial-body:1000`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay(pub Vec<(u64, Fault)>);

/// A line that is no replay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected faults such as 12=crash,15=partial-body:1000")]
pub struct InvalidReplay;

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (number, fault)) in self.0.iter().enumerate() {
            write!(f, "{}{number}={fault}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for Replay {
    type Err = InvalidReplay;

    fn from_str(line: &str) -> Result<Self, InvalidReplay> {
        let fault = |part: &str| {
            let (number, fault) = part.split_once('=').ok_or(InvalidReplay)?;
            Ok((number.parse().map_err(|_| InvalidReplay)?, fault.parse()?))
        };
        line.split(',').filter(|part| !part.is_empty()).map(fault).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorBefore(ErrorKind::Throttled { retry_after: Some(wait) }) => {
                write!(f, "error:throttled_for:{}", wait.as_secs())
            }
            Self::ErrorBefore(kind) => write!(f, "error:{kind}"),
            Self::ReplyLost => f.write_str("reply-lost"),
            Self::Hang => f.write_str("hang"),
            Self::HangApplied => f.write_str("hang-applied"),
            Self::LandsLate(after) => write!(f, "lands-late:{}", after.as_secs()),
            Self::Crash => f.write_str("crash"),
            Self::CrashApplied => f.write_str("crash-applied"),
            Self::PartialBody(bytes) => write!(f, "partial-body:{bytes}"),
            Self::ShortBody(bytes) => write!(f, "short-body:{bytes}"),
            Self::HangingBody(bytes) => write!(f, "hanging-body:{bytes}"),
        }
    }
}

impl FromStr for Fault {
    type Err = InvalidReplay;

    fn from_str(text: &str) -> Result<Self, InvalidReplay> {
        let number = |digits: &str| digits.parse::<u64>().map_err(|_| InvalidReplay);
        Ok(match text.split_once(':').unwrap_or((text, "")) {
            ("error", kind) => Self::ErrorBefore(error_kind(kind)?),
            ("reply-lost", "") => Self::ReplyLost,
            ("hang", "") => Self::Hang,
            ("hang-applied", "") => Self::HangApplied,
            ("lands-late", seconds) => Self::LandsLate(Duration::from_secs(number(seconds)?)),
            ("crash", "") => Self::Crash,
            ("crash-applied", "") => Self::CrashApplied,
            ("partial-body", bytes) => Self::PartialBody(number(bytes)?),
            ("short-body", bytes) => Self::ShortBody(number(bytes)?),
            ("hanging-body", bytes) => Self::HangingBody(number(bytes)?),
            _ => return Err(InvalidReplay),
        })
    }
}

fn error_kind(text: &str) -> Result<ErrorKind, InvalidReplay> {
    if let Some(seconds) = text.strip_prefix("throttled_for:") {
        let wait = Duration::from_secs(seconds.parse().map_err(|_| InvalidReplay)?);
        return Ok(ErrorKind::Throttled { retry_after: Some(wait) });
    }
    let kinds = [
        ErrorKind::Unavailable,
        ErrorKind::Throttled { retry_after: None },
        ErrorKind::QuotaExhausted,
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::Refused,
        ErrorKind::Invalid,
    ];
    kinds.into_iter().find(|kind| kind.code() == text).ok_or(InvalidReplay)
}
