//! Whether the bytes of a recording are audio that can be trusted, and how long it plays.
//!
//! A [`Probe`] watches a recording stream through, in pieces of any size, without seeking and without keeping any of
//! it. It is strict on purpose: a demultiplexer for players resynchronises silently past damage, whereas here a byte
//! that is neither audio nor a known tag is a reason not to trust the copy.
//!
//! MP3, WAV and Ogg are walked frame by frame and measured. MP4 and WebM are only recognised: their duration stays
//! `None`, so a recording in one of them is never treated as verified.

mod agreement;
mod canary;
mod container;
mod filled;
mod finding;
#[cfg(feature = "listening")]
mod listening;
mod measurement;
mod mp3;
mod not_audio;
mod ogg;
mod probe;
mod text;
mod walk;
mod wav;
mod waveform;

pub use agreement::{durations_agree, is_no_longer};
pub use canary::{CANARY_SECONDS, canary};
pub use container::Container;
pub use finding::Finding;
#[cfg(feature = "listening")]
pub use listening::Listener;
pub use measurement::{Measured, Measurement, crc64nvme};
pub use not_audio::NotAudio;
pub use probe::{AudioFacts, Probe};
pub use text::TextKind;
pub use waveform::{ChannelWaveform, WAVEFORM_VERSION, Waveform};
