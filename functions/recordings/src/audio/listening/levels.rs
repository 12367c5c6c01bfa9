use super::super::ChannelWaveform;
use super::loudness::Loudness;

/// A player has no more to draw. Even, so that two and two can be made one.
const MOST_PEAKS: usize = 1_000;

/// How long one peak stands for at first.
const PEAKS_A_SECOND: u32 = 100;

/// The peaks of each channel. How long the audio is shows only at its end: whenever there are too many peaks, two and two
/// become one, which then stands for twice the time.
#[derive(Debug, Clone)]
pub(crate) struct Levels {
    sample_rate: u32,
    channels: Vec<Channel>,
    samples: u64,
    samples_a_peak: u64,
    samples_in_last: u64,
}

#[derive(Debug, Clone)]
struct Channel {
    peaks: Vec<f32>,
    last: f32,
    loudness: Loudness,
}

impl Levels {
    /// For so many channels, of which there is at least one.
    pub(crate) fn new(sample_rate: u32, channels: usize) -> Self {
        let sample_rate = sample_rate.max(1);
        let channel = Channel { peaks: Vec::new(), last: 0.0, loudness: Loudness::new(sample_rate) };
        Self {
            sample_rate,
            channels: vec![channel; channels.max(1)],
            samples: 0,
            samples_a_peak: u64::from(sample_rate / PEAKS_A_SECOND).max(1),
            samples_in_last: 0,
        }
    }

    /// Hears the next samples, one of each channel after another; full scale is 1.
    pub(crate) fn hear(&mut self, interleaved: &[f32]) {
        for frame in interleaved.chunks_exact(self.channels.len()) {
            for (channel, sample) in self.channels.iter_mut().zip(frame) {
                let level = if sample.is_finite() { sample.abs() } else { 0.0 };
                channel.last = channel.last.max(level);
                channel.loudness.hear(level);
            }
            self.samples += 1;
            self.samples_in_last += 1;
            if self.samples_in_last == self.samples_a_peak {
                self.next_peak();
            }
        }
    }

    /// Whether there was one sample.
    pub(crate) fn heard_anything(&self) -> bool {
        self.samples > 0
    }

    /// Samples per second and channel.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// How long what was heard plays.
    pub(crate) fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.sample_rate)
    }

    /// How loud each channel is.
    pub(crate) fn loudness(&self) -> impl Iterator<Item = &Loudness> {
        self.channels.iter().map(|channel| &channel.loudness)
    }

    /// What a player draws.
    pub(crate) fn into_channels(mut self) -> Vec<ChannelWaveform> {
        if self.samples_in_last > 0 {
            self.next_peak();
        }
        let percent = |peak: &f32| (peak.min(1.0) * 100.0).round() as u8;
        let drawn = |channel: &Channel| ChannelWaveform { peaks: channel.peaks.iter().map(percent).collect() };
        self.channels.iter().map(drawn).collect()
    }

    fn next_peak(&mut self) {
        self.samples_in_last = 0;
        for channel in &mut self.channels {
            channel.peaks.push(std::mem::take(&mut channel.last));
        }
        if self.channels.iter().any(|channel| channel.peaks.len() > MOST_PEAKS) {
            return;
        }
        if self.channels.iter().all(|channel| channel.peaks.len() == MOST_PEAKS) {
            self.samples_a_peak *= 2;
            for channel in &mut self.channels {
                let halved = channel.peaks.chunks(2).map(|pair| pair.iter().copied().fold(0.0, f32::max));
                channel.peaks = halved.collect();
            }
        }
    }
}
