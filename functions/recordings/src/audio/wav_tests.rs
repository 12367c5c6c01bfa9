use std::time::Duration;

use super::*;
use crate::audio::Probe;

const PCM_16_MONO: [u8; 16] = format(1, 1, 8_000, 2, 16);

const fn format(tag: u16, channels: u16, rate: u32, frame_len: u16, bits: u16) -> [u8; 16] {
    let ([t0, t1], [c0, c1], [r0, r1, r2, r3]) = (tag.to_le_bytes(), channels.to_le_bytes(), rate.to_le_bytes());
    let ([a0, a1], [b0, b1]) = (frame_len.to_le_bytes(), bits.to_le_bytes());
    [t0, t1, c0, c1, r0, r1, r2, r3, 0, 0, 0, 0, a0, a1, b0, b1]
}

fn extensible(subformat: u16, rest: &[u8]) -> Vec<u8> {
    let mut chunk = format(0xFFFE, 2, 8_000, 6, 24).to_vec();
    chunk.extend([22, 0, 24, 0, 3, 0, 0, 0]);
    chunk.extend(subformat.to_le_bytes());
    chunk.extend(rest);
    chunk
}

const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = announced(name, u32::try_from(body.len()).unwrap(), body);
    chunk.resize(chunk.len() + body.len() % 2, 0);
    chunk
}

fn announced(name: &[u8; 4], size: u32, body: &[u8]) -> Vec<u8> {
    [name.as_slice(), &size.to_le_bytes(), body].concat()
}

fn long_sizes(data_len: u64) -> Vec<u8> {
    chunk(b"ds64", &[0_u64.to_le_bytes(), data_len.to_le_bytes(), 0_u64.to_le_bytes()].concat())
}

fn wav(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"RIFF\x00\x00\x00\x00WAVE", chunks.concat().as_slice()].concat()
}

fn probe(bytes: &[u8]) -> Result<AudioFacts, NotAudio> {
    let mut probe = Probe::new();
    probe.feed(bytes);
    probe.finish()
}

#[test]
fn samples_are_measured_however_they_are_announced() {
    let fmt = || chunk(b"fmt ", &PCM_16_MONO);
    let mu_law = || chunk(b"fmt ", &format(7, 1, 8_000, 1, 8));
    let zeros = |len| vec![0; len];
    let cases: &[(&str, Vec<u8>, u64, bool)] = &[
        // what, bytes, sixteenths of a millisecond, ends mid-frame
        ("announced", wav(&[fmt(), chunk(b"data", &zeros(160))]), 160, false),
        (
            "chunks around",
            wav(&[
                chunk(b"LIST", b"odd"),
                fmt(),
                chunk(b"fact", &[0; 4]),
                chunk(b"data", &zeros(160)),
                chunk(b"LIST", b"odd"),
            ]),
            160,
            false,
        ),
        ("odd, filled", wav(&[mu_law(), chunk(b"data", &zeros(81)), chunk(b"LIST", b"")]), 162, false),
        ("odd, not filled at the end", wav(&[mu_law(), announced(b"data", 81, &zeros(81))]), 162, false),
        ("half a sample announced", wav(&[fmt(), chunk(b"data", &zeros(161))]), 160, true),
        ("size zero", wav(&[fmt(), announced(b"data", 0, &zeros(160))]), 160, false),
        ("size of ffmpeg in a pipe", wav(&[fmt(), announced(b"data", 0xFFFF_FFFF, &zeros(160))]), 160, false),
        ("size of sox in a pipe", wav(&[fmt(), announced(b"data", 0x7FFF_F000, &zeros(160))]), 160, false),
        ("half a sample streamed", wav(&[fmt(), announced(b"data", 0, &zeros(161))]), 160, true),
        ("trailing chunk cut", wav(&[fmt(), chunk(b"data", &zeros(160)), announced(b"LIST", 9, b"cut")]), 160, true),
        ("trailing header cut", wav(&[fmt(), chunk(b"data", &zeros(160)), b"LIS".to_vec()]), 160, true),
        ("long", wav(&[long_sizes(160), fmt(), announced(b"data", 0xFFFF_FFFF, &zeros(160))]), 160, false),
        ("long, streamed", wav(&[long_sizes(0), fmt(), announced(b"data", 0xFFFF_FFFF, &zeros(160))]), 160, false),
    ];
    for (what, bytes, sixteenths, ends_mid_frame) in cases {
        let facts = probe(bytes).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
        assert_eq!(facts.duration, Some(Duration::from_nanos(sixteenths * 62_500)), "{what}");
        assert_eq!(facts.ends_mid_frame, *ends_mid_frame, "{what}");
        assert_eq!((facts.channels, facts.sample_rate), (Some(1), Some(8_000)), "{what}");
    }
}

#[test]
fn encodings_whose_bytes_tell_the_time_are_measured() {
    let cases: &[(&str, Vec<u8>, Option<u64>)] = &[
        // what, fmt chunk, milliseconds of 4,800 bytes at 8 kHz
        ("8-bit", format(1, 1, 8_000, 1, 8).to_vec(), Some(600)),
        ("16-bit stereo", format(1, 2, 8_000, 4, 16).to_vec(), Some(150)),
        ("24-bit", format(1, 1, 8_000, 3, 24).to_vec(), Some(200)),
        ("32-bit", format(1, 1, 8_000, 4, 32).to_vec(), Some(150)),
        ("float", format(3, 1, 8_000, 4, 32).to_vec(), Some(150)),
        ("double", format(3, 1, 8_000, 8, 64).to_vec(), Some(75)),
        ("A-law", format(6, 1, 8_000, 1, 8).to_vec(), Some(600)),
        ("mu-law stereo", format(7, 2, 8_000, 2, 8).to_vec(), Some(300)),
        ("extensible PCM", extensible(1, &GUID_TAIL), Some(100)),
        ("extensible, of another scheme", extensible(1, &[9; 14]), None),
        ("extensible, cut", extensible(1, &[]), None),
        ("extensible in extensible", extensible(0xFFFE, &GUID_TAIL), None),
        ("GSM 6.10", format(0x31, 1, 8_000, 65, 0).to_vec(), None),
        ("ADPCM", format(2, 1, 8_000, 256, 4).to_vec(), None),
    ];
    for (what, fmt, millis) in cases {
        let facts = probe(&wav(&[chunk(b"fmt ", fmt), chunk(b"data", &[0; 4_800])])).unwrap();
        assert_eq!(facts.duration, millis.map(Duration::from_millis), "{what}");
        assert!(!facts.ends_mid_frame, "{what}");
    }
}

#[test]
fn damage_is_named() {
    let fmt = || chunk(b"fmt ", &PCM_16_MONO);
    let bad_format = |fields: [u8; 16]| wav(&[chunk(b"fmt ", &fields), chunk(b"data", &[0; 160])]);
    let bad = |offset, defect| NotAudio::BadFrame { offset, defect };
    let contradiction = "a format whose sample size contradicts its encoding";
    let empty_format = "a format without channels or sample rate";
    let shorter = |announced, found| NotAudio::DataShorterThanHeader { announced, found };
    let cases: &[(&str, Vec<u8>, NotAudio)] = &[
        ("nothing", wav(&[]), NotAudio::HeaderOnly),
        ("no data chunk", wav(&[fmt(), chunk(b"LIST", b"odd")]), NotAudio::HeaderOnly),
        ("fmt cut", wav(&[fmt()[..15].to_vec()]), NotAudio::HeaderOnly),
        ("data header cut", wav(&[fmt(), b"data\x10\x00".to_vec()]), NotAudio::HeaderOnly),
        ("no samples", wav(&[fmt(), chunk(b"data", b"")]), NotAudio::HeaderOnly),
        ("half a sample", wav(&[fmt(), chunk(b"data", b"1")]), NotAudio::HeaderOnly),
        ("data cut", wav(&[fmt(), announced(b"data", 160, &[0; 159])]), shorter(160, 159)),
        ("odd data cut", wav(&[fmt(), announced(b"data", 161, &[0; 159])]), shorter(161, 159)),
        ("data missing", wav(&[fmt(), announced(b"data", 160, &[])]), shorter(160, 0)),
        (
            "long data cut",
            wav(&[long_sizes(5_000_000_000), fmt(), announced(b"data", 0xFFFF_FFFF, &[0; 160])]),
            shorter(5_000_000_000, 160),
        ),
        ("data first", wav(&[chunk(b"data", &[0; 160])]), bad(12, "samples before their format")),
        ("two fmt", wav(&[fmt(), fmt()]), bad(36, "a second format")),
        (
            "two data",
            wav(&[fmt(), chunk(b"data", &[0; 2]), chunk(b"data", &[0; 2])]),
            bad(46, "a second chunk of samples"),
        ),
        ("short fmt", wav(&[chunk(b"fmt ", &[0; 14]), vec![0; 60]]), bad(12, "a format chunk that is too short")),
        ("garbage behind", wav(&[fmt(), chunk(b"data", &[0; 2]), vec![0; 8]]), bad(46, NO_CHUNK)),
        ("no channels", bad_format(format(1, 0, 8_000, 2, 16)), bad(20, empty_format)),
        ("no rate", bad_format(format(1, 1, 0, 2, 16)), bad(20, empty_format)),
        ("12-bit", bad_format(format(1, 1, 8_000, 2, 12)), bad(20, contradiction)),
        ("frame too short", bad_format(format(1, 2, 8_000, 2, 16)), bad(20, contradiction)),
        ("frame of nothing", bad_format(format(1, 1, 8_000, 0, 16)), bad(20, contradiction)),
    ];
    for (what, bytes, refusal) in cases {
        assert_eq!(probe(bytes), Err(*refusal), "{what}");
    }
}
