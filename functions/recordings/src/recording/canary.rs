//! The recording that an installation makes itself, to see whether recordings come home.

use jiff::civil::Date;

use super::{CallId, CallRef, Organisation, Provider, RecordingId, RecordingRef};

/// `canarycanary`, as the digits of a SID. Twilio draws its own at random, so that no call of anybody's begins so.
const MARK: &str = "63616e61727963616e617279";
const DAY: &str = "%Y%m%d";

impl RecordingRef {
    /// The canary of a day. It is named as one of Twilio's, and no provider has it.
    pub fn canary(organisation: Organisation, day: Date) -> Self {
        let digits = format!("{MARK}{}", day.strftime(DAY));
        let (call_id, recording_id) = (CallId::of_canary(&digits), RecordingId::of_canary(&digits));
        Self { organisation, provider: Provider::Twilio, call_id, recording_id }
    }

    /// Whether it is a canary, for which no provider is asked.
    pub fn is_canary(&self) -> bool {
        self.call().canary_day().is_some_and(|day| *self == Self::canary(self.organisation.clone(), day))
    }
}

impl CallRef {
    /// The day whose canary this is the call of, if it is one's.
    pub fn canary_day(&self) -> Option<Date> {
        let day = self.call_id.as_str().strip_prefix("CA")?.strip_prefix(MARK)?;
        let day = Date::strptime(DAY, day).ok()?;
        (RecordingRef::canary(self.organisation.clone(), day).call() == *self).then_some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary() -> RecordingRef {
        RecordingRef::canary(Organisation::default_organisation(), jiff::civil::date(2024, 3, 15))
    }

    #[test]
    fn a_canary_is_known_by_its_ids_alone_wherever_they_are_read_back() {
        let canary = canary();
        let (call, recording) = (canary.call_id.as_str(), canary.recording_id.as_str());
        assert_eq!(call, "CA63616e61727963616e61727920240315");
        let read = RecordingRef::parse("default", Provider::Twilio, call, recording).unwrap();
        assert!(read == canary && read.is_canary());
        assert_eq!(read.call().canary_day(), Some(jiff::civil::date(2024, 3, 15)));
    }

    #[test]
    fn what_is_anybodys_is_no_canary() {
        let canary = canary();
        for (call, recording) in [
            ("CA00000000000000000000000020240315", "RE00000000000000000000000020240315"),
            // No such day.
            ("CA63616e61727963616e61727920241315", "RE63616e61727963616e61727920241315"),
            ("CA63616e61727963616e617279abcdefab", "RE63616e61727963616e617279abcdefab"),
            // Another recording of the call.
            (canary.call_id.as_str(), "RE00000000000000000000000000000001"),
            (canary.call_id.as_str(), "RE63616e61727963616e61727920240316"),
        ] {
            assert!(!RecordingRef::parse("default", Provider::Twilio, call, recording).unwrap().is_canary(), "{call}");
        }
    }
}
