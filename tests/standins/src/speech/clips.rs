use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Channels, Format};

/// The three sentences that can be told apart by ear and by hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clip {
    /// "Hello, this is Maria from Oak Street …", 5.8 s.
    #[default]
    Caller,
    /// "Thank you for calling …", 5.3 s.
    Dispatcher,
    /// "I am at the door now …", 5.2 s.
    Technician,
}

/// One sentence, mono.
pub const fn mono(clip: Clip, format: Format) -> Bytes {
    Bytes::from_static(match (clip, format) {
        (Clip::Caller, Format::Mp3) => include_bytes!("../../../audio/caller.mp3"),
        (Clip::Caller, Format::Wav) => include_bytes!("../../../audio/caller.wav"),
        (Clip::Dispatcher, Format::Mp3) => include_bytes!("../../../audio/dispatcher.mp3"),
        (Clip::Dispatcher, Format::Wav) => include_bytes!("../../../audio/dispatcher.wav"),
        (Clip::Technician, Format::Mp3) => include_bytes!("../../../audio/technician.mp3"),
        (Clip::Technician, Format::Wav) => include_bytes!("../../../audio/technician.wav"),
    })
}

/// A question on the first channel and its answer on the second, 5.5 s.
pub const fn conversation(format: Format) -> Bytes {
    Bytes::from_static(match format {
        Format::Mp3 => include_bytes!("../../../audio/conversation.mp3"),
        Format::Wav => include_bytes!("../../../audio/conversation.wav"),
    })
}

/// What is repeated when audio of any length is asked for.
pub(super) const fn loop_of(clip: Clip, format: Format, channels: Channels) -> Bytes {
    match channels {
        Channels::Mono => mono(clip, format),
        Channels::Dual => conversation(format),
    }
}
