use symphonia_bundle_mp3::MpaDecoder;
use symphonia_core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use super::super::AudioFacts;
use super::super::listening::{Ear, Sound};
use super::super::walk::{End, Next, Walk};
use super::frame::Layer;
use super::{MARKER_LEN, Mp3Walk, NotAudio, State};

/// Walks from frame to frame, and decodes each.
#[derive(Default)]
pub(in crate::audio) struct Mp3Sound {
    walk: Mp3Walk,
    /// The bytes of the frame that is passing.
    frame: Vec<u8>,
    decoder: Option<MpaDecoder>,
    samples: Vec<f32>,
    levels: Option<Ear>,
}

impl Walk for Mp3Sound {
    const FIRST: usize = MARKER_LEN;

    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio> {
        if matches!(self.walk.state, State::Marker) {
            self.decode();
            self.frame.clear();
        }
        self.frame.extend_from_slice(header);
        self.walk.header(header, at)
    }

    fn payload(&mut self, bytes: &[u8]) {
        if self.walk.in_audio_frame {
            self.frame.extend_from_slice(bytes);
        }
    }

    fn finish(self, end: End<'_>) -> Result<AudioFacts, NotAudio> {
        self.walk.finish(end)
    }
}

impl Sound for Mp3Sound {
    fn into_levels(mut self) -> Option<Ear> {
        self.decode();
        self.levels
    }
}

impl Mp3Sound {
    /// Decodes the frame that has passed, if it was one. A damaged one, or one whose bits began in a frame that is not there,
    /// is left out: so is it by players.
    fn decode(&mut self) {
        let Some(first) = self.walk.first.filter(|_| self.walk.in_audio_frame) else { return };
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => match decoder(first.kind.layer) {
                Some(new) => none.insert(new),
                None => return,
            },
        };
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, &self.frame);
        let Ok(heard) = decoder.decode_ref(&packet) else { return };
        heard.copy_to_vec_interleaved(&mut self.samples);
        let levels = self.levels.get_or_insert_with(|| Ear::new(heard.spec().rate(), heard.num_planes()));
        levels.hear(&self.samples);
    }
}

fn decoder(layer: Layer) -> Option<MpaDecoder> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(match layer {
        Layer::One => CODEC_ID_MP1,
        Layer::Two => CODEC_ID_MP2,
        Layer::Three => CODEC_ID_MP3,
    });
    MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default()).ok()
}
