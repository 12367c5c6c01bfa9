use bytes::Bytes;

const RATE: u32 = 8_000;
/// How long the canary's audio plays.
pub const CANARY_SECONDS: u32 = 2;

/// The canary's audio, the same each time: two tones after each other, in a WAV file of one channel with 16 bits a sample.
pub fn canary() -> Bytes {
    let samples = (0..CANARY_SECONDS).flat_map(|second| tone(8 + 8 * second)).flat_map(i16::to_le_bytes);
    let samples: Vec<u8> = samples.collect();
    let bytes = CANARY_SECONDS * RATE * 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend_from_slice(&samples);
    file.into()
}

/// A second of a triangle wave that goes up for so many samples, and down for as many.
fn tone(rise: u32) -> impl Iterator<Item = i16> {
    const STEP: i16 = 500;
    let height = move |at: u32| {
        let at = at % (2 * rise);
        let up = at.min(2 * rise - at);
        i16::try_from(up).unwrap_or_default() - i16::try_from(rise / 2).unwrap_or_default()
    };
    (0..RATE).map(move |at| height(at) * STEP)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audio::{Container, Measurement};

    #[test]
    fn it_is_audio_of_its_length_and_the_same_each_time() {
        let audio = canary();
        assert_eq!(Container::sniff(&audio), Some(Container::Wav));
        assert_eq!(audio, canary());
        let mut measurement = Measurement::new();
        measurement.feed(&audio);
        let facts = measurement.finish().facts.unwrap();
        assert_eq!(facts.duration, Some(Duration::from_secs(CANARY_SECONDS.into())));
    }
}
