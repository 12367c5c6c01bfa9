//! Bits whose change can be noticed.
//!
//! Twilio gives neither a checksum of its audio nor an ETag that is one. Over plain HTTP a flipped bit can be told only
//! where the audio itself gives it away: in the headers of its frames. Within a frame's payload every bit may be so. In
//! production TLS keeps the bytes from being changed; from the transfer function to the bucket CRC64NVME does, for every
//! bit. So only bits of headers are flipped on the way from Twilio, and of these only those that a walk over the frames
//! misses; the tests show for each that it does.

use rand::Rng;
use rand::rngs::StdRng;
use standins::Fault;
use standins::speech::Track;

/// By byte of an MPEG header: sync word; the rest of it, version and layer; bit rate, sampling rate and padding. The others
/// (protection, private, mode, copyright, original, emphasis) change neither where the next frame begins nor what it is. Nor
/// does the highest bit of the bit rate here: it makes 128 kbit/s of 32, a frame as long as four, behind which the walk is in
/// step again.
const NOTICED: [u8; 3] = [0xFF, 0xFE, 0x7E];
/// Frames among which one is chosen; a flip farther on would be noticed alike.
const FRAMES: usize = 500;

/// Flips a bit in the header of any frame but the last, behind which nothing would be missed.
pub(super) fn of_a_frame(track: &Track, dice: &mut StdRng) -> Fault {
    let frames = frames(track);
    let frame = frames[dice.random_range(0..frames.len().saturating_sub(1).max(1))];
    let bits: Vec<(u64, u8)> = noticed_bits().collect();
    let (byte, bit) = bits[dice.random_range(0..bits.len())];
    Fault::FlipBit { offset: frame + byte, bit }
}

fn noticed_bits() -> impl Iterator<Item = (u64, u8)> {
    let bits = NOTICED.iter().zip(0..).flat_map(|(mask, byte)| (0..8).map(move |bit| (byte, bit, mask >> bit & 1)));
    bits.filter(|(_, _, noticed)| *noticed == 1).map(|(byte, bit, _)| (byte, bit))
}

/// Where the first frames begin. The stand-in's audio is MPEG-2 layer III at 22,050 Hz and nothing else.
fn frames(track: &Track) -> Vec<u64> {
    const KILOBITS: [u64; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let mut frames = Vec::new();
    let mut at = 0;
    while frames.len() < FRAMES {
        let header = track.read(at, 4);
        let [0xFF, _, third, _] = header[..] else { break };
        let kilobits = KILOBITS.get(usize::from(third >> 4)).copied().unwrap_or_default();
        frames.push(at);
        at += 72 * kilobits * 1_000 / 22_050 + u64::from(third >> 1 & 1);
    }
    frames
}

#[cfg(test)]
pub(super) mod tests {
    use recordings::audio::{Container, Probe, durations_agree};
    use standins::speech::{Channels, Format};

    use super::*;

    /// From the shortest to the longest that is made here.
    pub(in crate::weather) fn all_tracks() -> Vec<Track> {
        [4.0, 11.5, 25.0, 2_700.0].map(|seconds| Track::of_seconds(Format::Mp3, Channels::Mono, seconds)).into()
    }

    /// Whether a transfer would notice it, as far as the audio alone tells.
    fn is_noticed(bytes: &[u8], seconds: f64) -> bool {
        let mut probe = Probe::new();
        probe.feed(bytes);
        let reported = std::time::Duration::from_secs(seconds.round() as u64);
        let is_well = probe.finish().is_ok_and(|facts| facts.duration.is_some_and(|it| durations_agree(reported, it)));
        Container::sniff(bytes) != Some(Container::Mp3) || !is_well
    }

    #[test]
    fn every_bit_that_may_be_flipped_in_a_header_is_noticed() {
        let track = &all_tracks()[0];
        let audio = track.read_all();
        assert!(!is_noticed(&audio, track.seconds()), "nothing is wrong with the audio itself");
        let frames = frames(track);
        assert!(frames.len() > 100, "{}", frames.len());
        for frame in &frames[..frames.len() - 1] {
            for (byte, bit) in noticed_bits() {
                let mut flipped = audio.to_vec();
                flipped[(frame + byte) as usize] ^= 1 << bit;
                assert!(is_noticed(&flipped, track.seconds()), "bit {bit} of byte {byte} of the frame at {frame}");
            }
        }
    }

    #[test]
    fn no_bit_of_a_payload_is_noticed_without_a_checksum() {
        let track = &all_tracks()[0];
        let (audio, frames) = (track.read_all(), frames(track));
        for payload in frames[10] + 4..frames[11] {
            let mut flipped = audio.to_vec();
            flipped[payload as usize] ^= 1;
            assert!(!is_noticed(&flipped, track.seconds()), "the byte at {payload}");
        }
    }
}
