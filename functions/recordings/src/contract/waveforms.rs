use super::Names;
use super::outcome::done;
use crate::audio::{ChannelWaveform, Finding, WAVEFORM_VERSION, Waveform};
use crate::ports::{WaveformRead, WaveformStore};

/// What was heard in a recording is what was written last, and nobody else's.
///
/// # Panics
/// When a port does not keep the contract.
pub async fn waveforms(store: &impl WaveformStore, read: &impl WaveformRead, names: &Names) {
    let (recording, other) = (names.recording(), names.recording());
    assert_eq!(done("get", read.get(&recording).await), None, "nobody listened");
    let nothing =
        Waveform { version: WAVEFORM_VERSION, seconds: 0.0, sample_rate: 8_000, channels: vec![], findings: vec![] };
    let heard = Waveform {
        seconds: 0.25,
        channels: vec![ChannelWaveform { peaks: vec![0, 100] }, ChannelWaveform { peaks: vec![0, 0] }],
        findings: vec![Finding::DeadChannel { channel: 2 }],
        ..nothing.clone()
    };
    for waveform in [&nothing, &heard, &heard] {
        done("put", store.put(&recording, waveform).await);
        assert_eq!(done("get", read.get(&recording).await).as_ref(), Some(waveform), "the newest word");
    }
    assert_eq!(done("get", read.get(&other).await), None, "what was heard in another recording");
}
