use std::future::Future;

use super::PortError;
use crate::audio::Waveform;
use crate::recording::RecordingRef;

/// Keeps what was heard in recordings. IAM: `s3:PutObject` on `waveforms/*`.
pub trait WaveformStore: Sync {
    /// Writes what was heard in a recording, in place of what was written before.
    fn put(&self, recording: &RecordingRef, waveform: &Waveform) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Reads what was heard in recordings. IAM: `s3:GetObject` on `waveforms/*`.
pub trait WaveformRead: Sync {
    /// What was heard in a recording, or `None` where nobody listened yet.
    fn get(&self, recording: &RecordingRef) -> impl Future<Output = Result<Option<Waveform>, PortError>> + Send;
}
