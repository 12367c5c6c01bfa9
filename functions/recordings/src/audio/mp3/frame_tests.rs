use super::*;

/// Header, version, layer, sample rate, frame length, channels.
type Case = ([u8; 4], Version, Layer, u32, u64, u8);

#[test]
fn headers_tell_kind_length_and_channels() {
    use Layer::{One, Three, Two};
    use Version::{Mpeg1, Mpeg2, Mpeg25};
    let cases: &[Case] = &[
        ([0xFF, 0xFB, 0x90, 0x64], Mpeg1, Three, 44_100, 417, 2),
        ([0xFF, 0xFB, 0x92, 0x64], Mpeg1, Three, 44_100, 418, 2), // padded
        ([0xFF, 0xFA, 0x90, 0xC4], Mpeg1, Three, 44_100, 417, 1), // with a checksum
        ([0xFF, 0xFB, 0xE4, 0x00], Mpeg1, Three, 48_000, 960, 2),
        ([0xFF, 0xFB, 0x18, 0xC0], Mpeg1, Three, 32_000, 144, 1),
        ([0xFF, 0xF3, 0x40, 0xC4], Mpeg2, Three, 22_050, 104, 1),
        ([0xFF, 0xF3, 0x84, 0xC4], Mpeg2, Three, 24_000, 192, 1),
        ([0xFF, 0xF2, 0x28, 0xC4], Mpeg2, Three, 16_000, 72, 1),
        ([0xFF, 0xE3, 0x18, 0xC4], Mpeg25, Three, 8_000, 72, 1),
        ([0xFF, 0xE3, 0x80, 0x40], Mpeg25, Three, 11_025, 417, 2),
        ([0xFF, 0xFD, 0x24, 0xC0], Mpeg1, Two, 48_000, 144, 1),
        ([0xFF, 0xF5, 0x80, 0x00], Mpeg2, Two, 22_050, 417, 2),
        ([0xFF, 0xFF, 0xC0, 0x00], Mpeg1, One, 44_100, 416, 2),
        ([0xFF, 0xFF, 0xC2, 0x00], Mpeg1, One, 44_100, 420, 2), // a slot is four bytes
        ([0xFF, 0xF7, 0xE8, 0xC0], Mpeg2, One, 16_000, 768, 1),
    ];
    for &(header, version, layer, sample_rate, len, channels) in cases {
        let expected = FrameHeader { kind: FrameKind { version, layer, sample_rate }, len, channels };
        assert_eq!(FrameHeader::parse(header), Ok(expected), "{header:02X?}");
    }
}

#[test]
fn impossible_headers_are_named() {
    let cases: &[([u8; 4], &str)] = &[
        ([0xFE, 0xFB, 0x90, 0x64], NO_SYNC),
        ([0xFF, 0xDB, 0x90, 0x64], NO_SYNC),
        ([0xFF, 0xEB, 0x90, 0x64], "an MPEG frame of reserved version"),
        ([0xFF, 0xF9, 0x90, 0x64], "an MPEG frame of reserved layer"),
        ([0xFF, 0xFB, 0x9C, 0x64], "an MPEG frame of reserved sample rate"),
        ([0xFF, 0xFB, 0xF0, 0x64], "an MPEG frame of forbidden bit rate"),
        ([0xFF, 0xFB, 0x00, 0x64], FREE_FORMAT),
    ];
    for &(header, defect) in cases {
        assert_eq!(FrameHeader::parse(header), Err(defect), "{header:02X?}");
    }
}

#[test]
fn every_frame_is_longer_than_its_header() {
    for bits in 0..=u32::from(u16::MAX) {
        let [_, _, rates, kind] = bits.to_be_bytes();
        if let Ok(frame) = FrameHeader::parse([0xFF, kind, rates, 0]) {
            assert!(frame.len >= 24, "{frame:?}");
        }
    }
}

/// Of every header that there can be behind the one that was read: nothing is taken for alike that a parser would see otherwise.
#[test]
fn headers_that_are_alike_tell_the_same() {
    let read = [[0xFF, 0xFB, 0x90, 0x64], [0xFF, 0xF3, 0x42, 0xC4], [0xFF, 0xFF, 0xC2, 0x00], [0xFF, 0xE3, 0x18, 0xC4]];
    for header in read {
        let first = FrameHeader::parse(header).unwrap();
        let alike = Alike::to(header, &first);
        let others = (0..1_u32 << 21).map(|bits| (0xFFE0_0000 | bits).to_be_bytes());
        let (mut same, mut wrong) = (0, Vec::new());
        for other in others {
            let Some(len) = alike.len_of(other) else { continue };
            same += 1;
            if FrameHeader::parse(other).map(|frame| (frame.kind, frame.len)) != Ok((first.kind, len)) {
                wrong.push(other);
            }
        }
        // A checksum or none, padding or none, the private bit, and a byte.
        assert_eq!((same, wrong), (8 * 256, vec![]), "{header:02X?}");
        assert_eq!(alike.len_of([0xFE, header[1], header[2], header[3]]), None, "no frame at all");
    }
}
