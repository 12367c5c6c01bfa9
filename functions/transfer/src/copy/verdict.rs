use std::time::Duration;

use recordings::audio::{AudioFacts, Container, Finding, Measured, NotAudio, durations_agree, is_no_longer};
use recordings::ledger_entry::VerifiedAudio;
use recordings::recording::LengthOf;

use super::CopyError;

/// The sample rates of telephone lines, of browsers, and of what providers make of both.
const SAMPLE_RATES: [u32; 9] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/// Of less, two lengths that have nothing to do with each other may differ by such a factor.
const TOO_SHORT_TO_TELL: Duration = Duration::from_secs(10);

/// What the audio is held against.
pub(super) struct Limits {
    /// The length that the provider gave.
    pub(super) reported_seconds: Option<u32>,
    /// What that is the length of.
    pub(super) length_of: LengthOf,
    /// Whether the provider announced the size, so that a stream which is cut is known to be.
    pub(super) announced: bool,
    /// Whether doubtful audio is let in, because no further try will tell.
    pub(super) doubtful_too: bool,
    /// What the provider calls the audio.
    pub(super) said: Option<Container>,
}

/// What speaks against audio that is audio nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Doubt {
    /// The frames sum to another length than the provider gave, or to more than the length of the call that it gave.
    #[error("the provider reports {reported_seconds} s and the audio lasts {measured_ms} ms")]
    Duration {
        /// What the provider gave.
        reported_seconds: u32,
        /// What the frames sum to.
        measured_ms: u64,
    },
    /// The container does not tell how long it is.
    #[error("the audio's length cannot be measured in this container")]
    Unmeasured,
    /// The provider gave no length to hold it against.
    #[error("the provider does not say how long the audio is")]
    Unreported,
    /// It breaks off within a frame, and nobody announced where it ends.
    #[error("the audio breaks off within a frame")]
    BrokenOff,
    /// Some of it cannot be read.
    #[error("some of the audio cannot be read: {0}")]
    Damaged(NotAudio),
}

impl Doubt {
    /// Whether another try could tell. What the provider never said it will not say next time.
    fn may_be_lifted(&self) -> bool {
        !matches!(self, Self::Unmeasured | Self::Unreported)
    }

    /// Whether the provider said too little to hold the audio against, and nothing else is wrong with it.
    pub(crate) fn is_the_providers_silence(&self) -> bool {
        matches!(self, Self::Unreported)
    }

    /// A stable word for logs, metrics and the ledger.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Duration { .. } => "duration_disagrees",
            Self::Unmeasured => "duration_unmeasured",
            Self::Unreported => "duration_unreported",
            Self::BrokenOff => "broken_off",
            Self::Damaged(what) => what.code(),
        }
    }
}

impl Limits {
    /// Whether what was measured may be kept: as verified, as doubtful, or not at all.
    pub(super) fn judge(
        &self,
        container: Container,
        measured: &Measured,
    ) -> Result<(VerifiedAudio, Option<Doubt>), CopyError> {
        let (facts, doubt) = match &measured.facts {
            Ok(facts) => (Some(facts), self.doubt(facts)),
            // A header that promises audio and keeps nothing of it is no audio, however often it is looked at.
            Err(what @ NotAudio::DataShorterThanHeader { found: 0, .. }) => return Err(CopyError::NotAudio(*what)),
            Err(what @ (NotAudio::BadFrame { .. } | NotAudio::DataShorterThanHeader { .. })) => {
                (None, Some(Doubt::Damaged(*what)))
            }
            Err(what) => return Err(CopyError::NotAudio(*what)),
        };
        match doubt {
            Some(doubt) if !self.doubtful_too && doubt.may_be_lifted() => Err(CopyError::Doubtful(doubt)),
            doubt => {
                let findings = self.findings(container, measured);
                Ok((VerifiedAudio { findings, ..audio(container, measured, facts) }, doubt))
            }
        }
    }

    /// What a person should know of the audio, as far as its headers tell.
    fn findings(&self, container: Container, measured: &Measured) -> Vec<Finding> {
        let other_format = self.said.is_some_and(|said| said != container).then_some(Finding::OtherFormat);
        let of_the_frames = match &measured.facts {
            Ok(facts) => {
                let truncated = facts.ends_mid_frame.then_some(Finding::Truncated);
                [truncated, self.has_a_wrong_rate(facts).then_some(Finding::SampleRate)]
            }
            Err(refusal) => [Some(Finding::of(refusal)), None],
        };
        other_format.into_iter().chain(of_the_frames.into_iter().flatten()).collect()
    }

    /// Whether the header's sample rate is none that calls are recorded at, or the audio plays longer or shorter than its
    /// provider says by what two such rates differ.
    fn has_a_wrong_rate(&self, facts: &AudioFacts) -> bool {
        let Some(rate) = facts.sample_rate else { return false };
        if !SAMPLE_RATES.contains(&rate) {
            return true;
        }
        let (Some(measured), Some(reported)) = (facts.duration, self.reported_seconds) else { return false };
        let reported = Duration::from_secs(reported.into());
        if self.length_of != LengthOf::Recording || reported < TOO_SHORT_TO_TELL || durations_agree(reported, measured)
        {
            return false;
        }
        let at = |other: &u32| measured.mul_f64(f64::from(rate) / f64::from(*other));
        SAMPLE_RATES.iter().any(|other| durations_agree(reported, at(other)))
    }

    fn doubt(&self, facts: &AudioFacts) -> Option<Doubt> {
        let Some(measured) = facts.duration else { return Some(Doubt::Unmeasured) };
        if facts.ends_mid_frame && !self.announced {
            return Some(Doubt::BrokenOff);
        }
        let agree = match self.length_of {
            LengthOf::Recording => durations_agree,
            LengthOf::Call => is_no_longer,
        };
        match (self.reported_seconds, self.length_of) {
            (None, LengthOf::Recording) => Some(Doubt::Unreported),
            (None, LengthOf::Call) => None,
            (Some(seconds), _) if agree(Duration::from_secs(seconds.into()), measured) => None,
            (Some(reported_seconds), _) => {
                Some(Doubt::Duration { reported_seconds, measured_ms: milliseconds(measured) })
            }
        }
    }
}

fn audio(container: Container, measured: &Measured, facts: Option<&AudioFacts>) -> VerifiedAudio {
    VerifiedAudio {
        bytes: measured.bytes,
        sha256: measured.sha256.clone(),
        crc64nvme: measured.crc64nvme.clone(),
        container,
        content_type: container.content_type().to_owned(),
        duration_measured_ms: facts.and_then(|facts| facts.duration).map(milliseconds),
        channels: facts.and_then(|facts| facts.channels),
        findings: Vec::new(),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
