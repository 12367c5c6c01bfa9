//! What can go wrong with each kind of call, and how often compared with the rest.

use super::kind::Kind;
use super::place::Place;

pub(super) const fn menu(place: Place) -> &'static [(Kind, u32)] {
    use Kind::*;
    match place {
        Place::TwilioAudio => &[
            (NotReady, 20),
            (Throttled, 15),
            (Unavailable, 15),
            (InternalError, 10),
            (Reset, 15),
            (ForeignRedirect, 15),
            (PrivateRedirect, 10),
            (Html, 15),
            (Xml, 15),
            (Hang, 1),
        ],
        Place::TwilioMetadata => &[(Unavailable, 1), (Reset, 1)],
        Place::TwilioDeletion => &[(Unavailable, 2), (Throttled, 1), (Reset, 1), (LostReply, 3)],
        Place::MediaHost => &[
            (Cut, 40),
            (Shortened, 15),
            (TooLittleAnnounced, 15),
            (TooMuchAnnounced, 15),
            (FlippedFrame, 30),
            (Trickle, 20),
            (Html, 15),
            (Xml, 15),
            (Unavailable, 10),
            (Denied, 10),
            (Reset, 20),
            (Stall, 2),
        ],
        Place::AirtableFind => &[(Unavailable, 20), (Reset, 20), (Html, 10), (Throttled, 1)],
        Place::AirtableUpdate => &[(LostReply, 40), (Unavailable, 20), (Reset, 20), (Html, 10), (Throttled, 1)],
        Place::AudioPut | Place::UploadPart => &[
            (LostReply, 40),
            (FlippedToBucket, 30),
            (Unavailable, 20),
            (InternalError, 10),
            (Reset, 20),
            (Denied, 5),
            (Hang, 1),
        ],
        Place::UploadBegin => &[(LostReply, 2), (Unavailable, 1), (Reset, 1)],
        Place::UploadComplete => &[(LostReply, 3), (Unavailable, 1), (Reset, 1)],
        Place::UploadAbort => &[(LostReply, 1), (Unavailable, 1)],
        Place::AudioLook => &[(Unavailable, 1), (Reset, 1)],
        Place::AudioRead => &[(FlippedFromBucket, 2), (Cut, 2), (Unavailable, 1)],
        Place::LedgerRead => &[(Unavailable, 1), (Reset, 1), (InternalError, 1)],
        Place::LedgerWrite => &[(LostReply, 4), (Unavailable, 2), (Reset, 2), (Conflict, 2)],
        Place::MarkerOrDay => &[(LostReply, 2), (Unavailable, 1), (Reset, 1)],
        Place::MessageSent => &[(LostReply, 4), (Unavailable, 2), (Reset, 2), (Denied, 1)],
        Place::MessageTaken => &[(LostReply, 2), (Unavailable, 1), (Reset, 1)],
        Place::Secret => &[(Unavailable, 1), (Reset, 1)],
    }
}
