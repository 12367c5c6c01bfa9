/// Samples of one channel in a frame of MPEG-2 layer III.
pub(super) const SAMPLES_PER_FRAME: u32 = 576;
/// The sampling rate of the embedded clips.
pub(super) const SAMPLE_RATE: u32 = 22_050;

const KILOBITS: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// The end of each frame of an MPEG-2 layer III stream that begins with a frame and holds nothing else.
pub(super) fn frame_ends(stream: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(length) = stream.get(at..).and_then(frame_length) {
        at += length;
        ends.push(at);
    }
    ends
}

/// Only the rate of our own clips is understood; anything else is not a frame.
fn frame_length(bytes: &[u8]) -> Option<usize> {
    let header: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let ours = header[0] == 0xff && header[1] & 0xfe == 0xf2 && header[2] & 0x0c == 0;
    let kilobits = *KILOBITS.get(usize::from(header[2] >> 4))?;
    let padding = u32::from(header[2] >> 1 & 1);
    let length = (SAMPLES_PER_FRAME / 8 * kilobits * 1000 / SAMPLE_RATE + padding) as usize;
    (ours && kilobits > 0 && bytes.len() >= length).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::{Clip, Format, conversation, mono};

    #[test]
    fn embedded_clips_are_nothing_but_frames() {
        for clip in [Clip::Caller, Clip::Dispatcher, Clip::Technician] {
            let bytes = mono(clip, Format::Mp3);
            assert_eq!(frame_ends(&bytes).last(), Some(&bytes.len()), "{clip:?}");
        }
        let bytes = conversation(Format::Mp3);
        assert_eq!(frame_ends(&bytes).last(), Some(&bytes.len()));
    }

    #[test]
    fn embedded_clips_carry_no_xing_frame() {
        for format in [mono(Clip::Caller, Format::Mp3), conversation(Format::Mp3)] {
            let first = &format[..200];
            assert!(!first.windows(4).any(|tag| tag == b"Xing" || tag == b"Info"));
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let xml = b"<?xml version='1.0'?>".as_slice();
        let cut = &mono(Clip::Caller, Format::Mp3)[..50];
        let reserved_rate = [0xff, 0xf3, 0xfc, 0xc4].as_slice();
        for bytes in [xml, cut, reserved_rate, &[]] {
            assert_eq!(frame_ends(bytes), Vec::<usize>::new());
        }
    }
}
