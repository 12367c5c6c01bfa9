use bytes::{BufMut, Bytes, BytesMut};

use super::Channels;

/// Samples of one channel in a second.
pub(super) const SAMPLE_RATE: u32 = 8_000;
/// The length of a canonical RIFF header.
pub(super) const HEADER_LENGTH: usize = 44;

const BYTES_PER_SAMPLE: u16 = 2;

/// The bytes of one sample of all channels.
pub(super) const fn block(channels: Channels) -> u16 {
    channels.count() * BYTES_PER_SAMPLE
}

/// The header of a PCM file with that many bytes of samples. RIFF sizes have 32 bits: a larger file says 0xffffffff,
/// as streaming encoders do.
pub(super) fn header(channels: Channels, data_length: u64) -> Bytes {
    let size = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
    let mut header = BytesMut::with_capacity(HEADER_LENGTH);
    header.put_slice(b"RIFF");
    header.put_u32_le(size(data_length + HEADER_LENGTH as u64 - 8));
    header.put_slice(b"WAVEfmt ");
    header.put_u32_le(16);
    header.put_u16_le(1);
    header.put_u16_le(channels.count());
    header.put_u32_le(SAMPLE_RATE);
    header.put_u32_le(SAMPLE_RATE * u32::from(block(channels)));
    header.put_u16_le(block(channels));
    header.put_u16_le(BYTES_PER_SAMPLE * 8);
    header.put_slice(b"data");
    header.put_u32_le(size(data_length));
    header.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::{Clip, Format, conversation, mono};

    #[test]
    fn header_equals_the_one_that_sox_wrote() {
        for (channels, clip) in
            [(Channels::Mono, mono(Clip::Caller, Format::Wav)), (Channels::Dual, conversation(Format::Wav))]
        {
            let data_length = (clip.len() - HEADER_LENGTH) as u64;
            assert_eq!(header(channels, data_length), clip[..HEADER_LENGTH], "{channels:?}");
        }
    }

    #[test]
    fn sizes_beyond_32_bits_are_saturated() {
        let header = header(Channels::Mono, 5 << 30);
        assert_eq!((&header[4..8], &header[40..]), (&[0xff; 4][..], &[0xff; 4][..]));
    }
}
