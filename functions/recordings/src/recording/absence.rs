/// How Twilio says that a recording has no audio: in its webhook, or in its list.
/// Source: <https://support.twilio.com/hc/en-us/articles/360014251313>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Nothing was recorded: `absent`.
    NeverMade,
    /// What was recorded could not be kept: `failed`, which webhooks alone say.
    Failed,
}

impl Absence {
    /// Why there is no audio, in words for people, with the code that Twilio gives. A code that is none is left out:
    /// the words are shown as they are.
    pub fn reason(self, code: Option<&str>) -> String {
        match code.filter(|code| (1..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())) {
            Some("0") | None => self.words().to_owned(),
            Some(code @ "16101") => format!("too short ({code})"),
            Some(code @ "16102") => format!("silent ({code})"),
            Some(code @ "16105") => format!("encryption failed ({code})"),
            Some(code) => format!("{} ({code})", self.words()),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::NeverMade => "no recording was made",
            Self::Failed => "the recording failed at Twilio",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_twilio_explains_are_told_in_words() {
        for (absence, code, expected) in [
            (Absence::NeverMade, Some("16101"), "too short (16101)"),
            (Absence::NeverMade, Some("16102"), "silent (16102)"),
            (Absence::Failed, Some("16105"), "encryption failed (16105)"),
            (Absence::Failed, Some("16199"), "the recording failed at Twilio (16199)"),
            (Absence::NeverMade, Some("99"), "no recording was made (99)"),
            (Absence::NeverMade, Some("0"), "no recording was made"),
            (Absence::NeverMade, None, "no recording was made"),
            (Absence::Failed, None, "the recording failed at Twilio"),
        ] {
            assert_eq!(absence.reason(code), expected, "{absence:?} {code:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_repeated() {
        for code in ["", "<b>16101", "1234567", "-1", "16101 ", "\u{0661}"] {
            assert_eq!(Absence::NeverMade.reason(Some(code)), "no recording was made", "{code:?}");
        }
    }
}
