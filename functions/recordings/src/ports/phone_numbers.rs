use std::fmt;
use std::future::Future;
use std::str::FromStr;

use super::PortError;
use crate::recording::{InvalidId, Organisation};

/// Tells how an organisation's phone numbers are set at Twilio. The numbers themselves are not given.
pub trait PhoneNumbers: Sync {
    /// Every number of the organisation's account.
    ///
    /// # Errors
    /// [`Refused`](super::ErrorKind::Refused) also for an organisation without an account in the secret.
    fn numbers(&self, organisation: &Organisation) -> impl Future<Output = Result<NumberSettings, PortError>> + Send;
}

/// What Twilio tells of an account's numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSettings {
    /// Each that makes sense.
    pub numbers: Vec<NumberSetting>,
    /// How many make none.
    pub strange: u32,
}

/// How a number is set.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberSetting {
    /// Which.
    pub id: NumberId,
    /// What is called when it rings.
    pub voice_url: Option<String>,
    /// What is told of its calls.
    pub status_callback: Option<String>,
    /// Whether a SIP trunk or an application handles its calls, so that the voice URL is of no effect.
    pub handled_elsewhere: bool,
}

/// URLs of others may hold a password.
impl fmt::Debug for NumberSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberSetting").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The id of a number, which says nothing of the number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumberId(String);

impl fmt::Display for NumberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for NumberId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_id = text
            .strip_prefix("PN")
            .is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let invalid = InvalidId { what: "phone number id", expected: "^PN[0-9a-fA-F]{32}$" };
        if is_id { Ok(Self(text.to_owned())) } else { Err(invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_no_id() {
        assert!(format!("PN{:032x}", 1).parse::<NumberId>().is_ok());
        for bad in ["", "PN", "+15551234567", &format!("AC{:032x}", 1), &format!("PN{:033x}", 1), &"PN+".repeat(11)] {
            assert!(bad.parse::<NumberId>().is_err(), "{bad}");
        }
    }
}
