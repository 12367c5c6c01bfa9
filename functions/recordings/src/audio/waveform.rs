use serde::{Deserialize, Serialize};

use super::Finding;

/// The version of what is written under `waveforms/`.
pub const WAVEFORM_VERSION: u32 = 1;

/// What a player draws of a recording, and what was found in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waveform {
    /// Always [`WAVEFORM_VERSION`].
    pub version: u32,
    /// How long what was heard plays.
    pub seconds: f64,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Each channel, in the file's order.
    pub channels: Vec<ChannelWaveform>,
    /// What was found.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// What a player draws of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelWaveform {
    /// The loudest sample of each of up to a thousand equal stretches of time, from 0, silence, to 100, full scale.
    pub peaks: Vec<u8>,
}
