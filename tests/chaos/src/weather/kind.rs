//! How calls go wrong.

use rand::Rng;
use rand::rngs::StdRng;
use standins::Fault;
use standins::speech::Track;

use super::flips;
use super::menu::menu;
use super::place::Place;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 404, as while the audio is not ready.
    NotReady,
    /// 429.
    Throttled,
    /// 503, S3's `SlowDown` among them.
    Unavailable,
    /// 500.
    InternalError,
    /// 403.
    Denied,
    /// 409 to a conditional write.
    Conflict,
    /// The connection is closed before anything is done.
    Reset,
    /// It takes effect, and the connection is closed instead of answering.
    LostReply,
    /// Nobody answers.
    Hang,
    /// The client is sent to another host.
    ForeignRedirect,
    /// The client is sent to an address of a private network.
    PrivateRedirect,
    /// A page that calls itself audio, or JSON.
    Html,
    /// Twilio's XML that calls itself audio.
    Xml,
    /// The connection breaks within the body.
    Cut,
    /// The body goes on no further.
    Stall,
    /// The body ends early, and the announced length agrees.
    Shortened,
    /// The announced length is less than the body's.
    TooLittleAnnounced,
    /// The announced length is more than the body's.
    TooMuchAnnounced,
    /// A bit of a frame's header is inverted.
    FlippedFrame,
    /// A bit of what is sent to the bucket is inverted.
    FlippedToBucket,
    /// A bit of what the bucket gives back is inverted.
    FlippedFromBucket,
    /// The body comes slowly.
    Trickle,
}

impl Kind {
    /// What goes wrong at a place, one of it by chance. `first` says that nothing went wrong with the recording before.
    pub(super) fn at(place: Place, first: bool, dice: &mut StdRng) -> Option<Self> {
        let menu: Vec<_> = menu(place).iter().filter(|(kind, _)| first || !kind.is_doubtful()).collect();
        let all: u32 = menu.iter().map(|(_, weight)| weight).sum();
        let mut chosen = dice.random_range(0..all.max(1));
        menu.iter().find_map(|(kind, weight)| match chosen.checked_sub(*weight) {
            Some(rest) => {
                chosen = rest;
                None
            }
            None => Some(*kind),
        })
    }

    /// Whether the transfer function can tell it only by what the audio is, and asks again later. After the last try it
    /// takes such audio in as suspect, which is right; here no recording is to meet that.
    fn is_doubtful(self) -> bool {
        matches!(self, Self::Shortened | Self::TooLittleAnnounced | Self::FlippedFrame)
    }

    /// Whether the next calls at this place meet it too. Airtable's own 429 is left alone for half a minute, which is long
    /// enough.
    pub(super) fn comes_in_bursts(self, place: Place) -> bool {
        let is_overload = matches!(self, Self::Throttled | Self::Unavailable);
        is_overload && !matches!(place, Place::AirtableFind | Place::AirtableUpdate)
    }

    /// The same as a fault of one call about a recording that sounds like this.
    pub(super) fn fault(self, place: Place, track: &Track, foreign: &str, dice: &mut StdRng) -> Fault {
        let length = track.length();
        match self {
            Self::NotReady => twilio_not_found(),
            Self::Throttled if place == Place::AirtableFind || place == Place::AirtableUpdate => Fault::status(429),
            Self::Throttled => Fault::twilio_too_many_requests(),
            Self::Unavailable if is_s3(place) => Fault::s3_slow_down(),
            Self::Unavailable => Fault::status(503),
            Self::InternalError if is_s3(place) => Fault::s3_internal_error(),
            Self::InternalError => Fault::status(500),
            Self::Denied if is_s3(place) => Fault::s3_access_denied(),
            Self::Denied if place == Place::MessageSent => Fault::aws_access_denied(),
            Self::Denied => Fault::status(403),
            Self::Conflict => Fault::s3_conflict(),
            Self::Reset => Fault::CloseBeforeAnswer,
            Self::LostReply => Fault::LoseReply,
            Self::Hang => Fault::Hang,
            Self::ForeignRedirect => Fault::Redirect { location: format!("{foreign}/audio.mp3") },
            Self::PrivateRedirect => {
                Fault::Redirect { location: "http://169.254.169.254/latest/meta-data/".to_owned() }
            }
            Self::Html => Fault::html_as_audio(),
            Self::Xml => Fault::xml_as_audio(),
            Self::Cut => Fault::CutBody { after: dice.random_range(0..length) },
            Self::Stall => Fault::Stall { after: dice.random_range(0..length) },
            Self::Shortened => Fault::ShortenBody { to: dice.random_range(0..beyond_doubt(track)) },
            Self::TooLittleAnnounced => Fault::ContentLength { announced: dice.random_range(0..beyond_doubt(track)) },
            Self::TooMuchAnnounced => Fault::ContentLength { announced: length + dice.random_range(1..=length) },
            Self::FlippedFrame => flips::of_a_frame(track, dice),
            Self::FlippedToBucket => {
                // A last part may be small, and a bit behind its end would be none.
                let within = length.min(1_000);
                Fault::FlipSentBit { offset: dice.random_range(0..within), bit: dice.random_range(0..8) }
            }
            Self::FlippedFromBucket => {
                Fault::FlipBit { offset: dice.random_range(0..length), bit: dice.random_range(0..8) }
            }
            Self::Trickle => Fault::Trickle { bytes_per_second: length.max(2_000) / dice.random_range(1..=2) },
        }
    }

    /// As the figures call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotReady => "404",
            Self::Throttled => "429",
            Self::Unavailable => "503",
            Self::InternalError => "500",
            Self::Denied => "403",
            Self::Conflict => "409",
            Self::Reset => "reset",
            Self::LostReply => "reply lost",
            Self::Hang => "hang",
            Self::ForeignRedirect => "redirect to a foreign host",
            Self::PrivateRedirect => "redirect to a private address",
            Self::Html => "HTML with 200",
            Self::Xml => "XML with 200",
            Self::Cut => "cut",
            Self::Stall => "stall",
            Self::Shortened => "shortened",
            Self::TooLittleAnnounced => "too little announced",
            Self::TooMuchAnnounced => "too much announced",
            Self::FlippedFrame => "bit of a frame's header flipped",
            Self::FlippedToBucket => "bit flipped on the way to the bucket",
            Self::FlippedFromBucket => "bit flipped on the way from the bucket",
            Self::Trickle => "trickle",
        }
    }
}

/// How many bytes of a recording can come and be found too few, with a second to spare for what Twilio rounds: the durations
/// may differ by two seconds or two per cent, whichever is more.
fn beyond_doubt(track: &Track) -> u64 {
    let tolerance = f64::max(2.0, track.seconds() * 0.02) + 1.0;
    let kept = (1.0 - tolerance / track.seconds()).max(0.0);
    ((track.length() as f64 * kept) as u64).max(1)
}

fn is_s3(place: Place) -> bool {
    !matches!(
        place,
        Place::TwilioAudio
            | Place::TwilioMetadata
            | Place::TwilioDeletion
            | Place::MediaHost
            | Place::AirtableFind
            | Place::AirtableUpdate
            | Place::MessageSent
            | Place::MessageTaken
            | Place::Secret
    )
}

/// Source: <https://www.twilio.com/docs/usage/twilios-response>: XML, where the path does not end in `.json`.
fn twilio_not_found() -> Fault {
    match Fault::xml_as_audio() {
        Fault::Answer { body, retry_after, .. } => {
            Fault::Answer { status: 404, body, content_type: Some("application/xml".to_owned()), retry_after }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::flips::tests::all_tracks;
    use super::*;
    use crate::numbers::dice;

    #[test]
    fn what_is_doubtful_strikes_first_or_not_at_all() {
        let mut dice = dice(1, 0, 0);
        let kinds = |first: bool, dice: &mut StdRng| -> Vec<Kind> {
            (0..1_000).filter_map(|_| Kind::at(Place::MediaHost, first, dice)).collect()
        };
        let (first, later) = (kinds(true, &mut dice), kinds(false, &mut dice));
        assert_eq!((first.len(), later.len()), (1_000, 1_000));
        assert!(first.iter().any(|kind| kind.is_doubtful()) && !later.iter().any(|kind| kind.is_doubtful()));
    }

    #[test]
    fn what_is_cut_off_consistently_is_beyond_doubt() {
        for track in all_tracks() {
            let lost = track.seconds() * (1.0 - beyond_doubt(&track) as f64 / track.length() as f64);
            assert!(lost > 2.5 && lost > track.seconds() * 0.02, "{lost} of {}", track.seconds());
        }
    }
}
