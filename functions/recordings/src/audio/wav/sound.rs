use symphonia_codec_pcm::PcmDecoder;
use symphonia_core::audio::Channels;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use super::super::AudioFacts;
use super::super::listening::{Ear, MOST_CHANNELS, Sound};
use super::super::walk::{End, Next, Walk};
use super::format::{Format, codec_of};
use super::{NotAudio, State, WavWalk};

/// So many bytes are decoded at once.
const AT_ONCE: usize = 16 * 1024;

/// Walks from chunk to chunk, and decodes the samples.
#[derive(Default)]
pub(in crate::audio) struct WavSound {
    walk: WavWalk,
    sound: Option<Decoding>,
    /// What of the samples is not decoded yet.
    waiting: Vec<u8>,
}

struct Decoding {
    decoder: PcmDecoder,
    frame_len: usize,
    samples: Vec<f32>,
    levels: Ear,
}

impl Walk for WavSound {
    const FIRST: usize = WavWalk::FIRST;

    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio> {
        let is_format = matches!(self.walk.state, State::Format { .. });
        let next = self.walk.header(header, at)?;
        if is_format {
            self.sound = self.walk.format.and_then(|format| Decoding::of(&format, header));
        }
        Ok(next)
    }

    fn payload(&mut self, bytes: &[u8]) {
        if !matches!(self.walk.state, State::Data { .. }) {
            return;
        }
        let Some(sound) = &mut self.sound else { return };
        for piece in bytes.chunks(AT_ONCE) {
            self.waiting.extend_from_slice(piece);
            let whole = self.waiting.len() - self.waiting.len() % sound.frame_len;
            sound.decode(&self.waiting[..whole]);
            self.waiting.drain(..whole);
        }
    }

    fn finish(self, end: End<'_>) -> Result<AudioFacts, NotAudio> {
        self.walk.finish(end)
    }
}

impl Sound for WavSound {
    fn into_levels(self) -> Option<Ear> {
        self.sound.map(|sound| sound.levels)
    }
}

impl Decoding {
    fn of(format: &Format, chunk: &[u8]) -> Option<Self> {
        let frame_len = usize::from(format.frame_len?);
        if format.channels > MOST_CHANNELS || frame_len == 0 {
            return None;
        }
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(codec_of(chunk)?)
            .with_sample_rate(format.sample_rate)
            .with_channels(Channels::Discrete(format.channels));
        let decoder = PcmDecoder::try_new(&parameters, &AudioDecoderOptions::default()).ok()?;
        let levels = Ear::new(format.sample_rate, format.channels.into());
        Some(Self { decoder, frame_len, samples: Vec::new(), levels })
    }

    fn decode(&mut self, bytes: &[u8]) {
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, bytes);
        if let Ok(heard) = self.decoder.decode_ref(&packet) {
            heard.copy_to_vec_interleaved(&mut self.samples);
            self.levels.hear(&self.samples);
        }
    }
}
