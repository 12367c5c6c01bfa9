use std::time::Duration;

use super::*;
use crate::audio::Probe;

/// MPEG 1 layer III, 32 kbit/s, 32 kHz, mono: 144 bytes that play 36 ms.
const FRAME: [u8; 4] = [0xFF, 0xFB, 0x18, 0xC0];
const FRAME_LEN: usize = 144;
const FRAME_TIME: Duration = Duration::from_millis(36);

fn frame(header: [u8; 4], len: usize) -> Vec<u8> {
    let mut frame = vec![0x55; len];
    frame[..4].copy_from_slice(&header);
    frame
}

fn frames(count: usize) -> Vec<u8> {
    frame(FRAME, FRAME_LEN).repeat(count)
}

fn index_frame(name: &[u8; 4], at: usize) -> Vec<u8> {
    let mut frame = frame(FRAME, FRAME_LEN);
    frame[4..].fill(0);
    frame[at..at + 4].copy_from_slice(name);
    frame
}

fn id3v1() -> Vec<u8> {
    let mut tag = vec![0; 128];
    tag[..3].copy_from_slice(b"TAG");
    tag
}

fn id3v2(size: [u8; 4], flags: u8, body: usize) -> Vec<u8> {
    let mut tag = vec![b'I', b'D', b'3', 4, 0, flags];
    tag.extend(size);
    tag.resize(10 + body, 0);
    tag
}

fn ape(has_header: bool) -> Vec<u8> {
    let part = |flags: u32| {
        let mut part = b"APETAGEX".to_vec();
        for field in [2000, 32 + 20, 1, flags, 0, 0] {
            part.extend(u32::to_le_bytes(field));
        }
        part
    };
    if !has_header {
        return part(0);
    }
    let mut tag = part(1 << 31 | 1 << 29);
    tag.extend([0xFF; 20]);
    tag.extend(part(1 << 31));
    tag
}

fn probe(bytes: &[u8]) -> Result<AudioFacts, NotAudio> {
    let mut probe = Probe::new();
    probe.feed(bytes);
    probe.finish()
}

fn bad(offset: usize, defect: &'static str) -> NotAudio {
    NotAudio::BadFrame { offset: offset as u64, defect }
}

#[test]
fn frames_between_tags_are_counted() {
    let cases: &[(&str, Vec<u8>, u32, bool)] = &[
        // what, bytes, frames, ends mid-frame
        ("bare frames", frames(3), 3, false),
        ("one frame", frames(1), 1, false),
        ("ID3v2 ahead", [id3v2([0, 0, 1, 2], 0, 130), frames(3)].concat(), 3, false),
        ("ID3v2 with footer", [id3v2([0, 0, 0, 5], 0x10, 15), frames(3)].concat(), 3, false),
        ("two ID3v2", [id3v2([0; 4], 0, 0), id3v2([0; 4], 0, 0), frames(3)].concat(), 3, false),
        ("ID3v1 behind", [frames(3), id3v1()].concat(), 3, false),
        ("APE and ID3v1 behind", [frames(3), ape(true), id3v1()].concat(), 3, false),
        ("APE footer alone", [frames(3), ape(false)].concat(), 3, false),
        ("ID3v2 behind", [frames(3), id3v2([0, 0, 0, 5], 0x10, 15)].concat(), 3, false),
        ("Info", [index_frame(b"Info", 21), frames(3)].concat(), 3, false),
        ("Xing", [index_frame(b"Xing", 21), frames(3)].concat(), 3, false),
        ("Xing behind a checksum", [index_frame(b"Xing", 23), frames(3)].concat(), 3, false),
        ("VBRI", [index_frame(b"VBRI", 36), frames(3)].concat(), 3, false),
        ("Info elsewhere is audio", [index_frame(b"Info", 22), frames(3)].concat(), 4, false),
        ("Info later is audio", [frames(3), index_frame(b"Info", 21)].concat(), 4, false),
        ("last frame cut", frames(3)[..FRAME_LEN * 3 - 1].to_vec(), 2, true),
        ("last header cut", frames(3)[..FRAME_LEN * 2 + 3].to_vec(), 2, true),
        ("one byte of a header", frames(3)[..FRAME_LEN * 2 + 1].to_vec(), 2, true),
        ("last tag cut", [frames(3), id3v1()[..100].to_vec()].concat(), 3, true),
        ("last tag's marker cut", [frames(3), b"TA".to_vec()].concat(), 3, true),
        ("last tag's header cut", [frames(3), ape(true)[..20].to_vec()].concat(), 3, true),
    ];
    for (what, bytes, count, ends_mid_frame) in cases {
        let facts = probe(bytes).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
        assert_eq!(facts.duration, Some(FRAME_TIME * *count), "{what}");
        assert_eq!(facts.ends_mid_frame, *ends_mid_frame, "{what}");
        assert_eq!((facts.channels, facts.sample_rate), (Some(1), Some(32_000)), "{what}");
    }
}

#[test]
fn damage_is_found_where_it_is() {
    let other_rate = frame([0xFF, 0xFB, 0x14, 0xC0], 96);
    let other_layer = frame([0xFF, 0xFD, 0x18, 0xC0], 144);
    let other_version = frame([0xFF, 0xF3, 0x18, 0xC0], 72);
    let changed = "an MPEG frame of another version, layer or sample rate than the first";
    let lost_byte = [&frames(2)[..FRAME_LEN - 1], &frames(2)].concat();
    let cases: &[(&str, Vec<u8>, NotAudio)] = &[
        ("zeros behind", [frames(2), vec![0; 64]].concat(), bad(288, frame::NO_SYNC)),
        ("one zero behind", [frames(2), vec![0]].concat(), bad(288, frame::NO_SYNC)),
        ("half a sync behind", [frames(2), vec![0xFF, 0x1F]].concat(), bad(288, frame::NO_SYNC)),
        ("text in between", [frames(2), b"<Error/>".to_vec(), frames(2)].concat(), bad(288, frame::NO_SYNC)),
        ("a byte lost", lost_byte, bad(144, frame::NO_SYNC)),
        ("sample rate changes", [frames(2), other_rate].concat(), bad(288, changed)),
        ("layer changes", [frames(2), other_layer].concat(), bad(288, changed)),
        ("version changes", [frames(2), other_version].concat(), bad(288, changed)),
        ("free format", frame([0xFF, 0xFB, 0x08, 0xC0], 200), bad(0, frame::FREE_FORMAT)),
        (
            "audio behind a tag",
            [frames(2), id3v1(), frames(1)].concat(),
            bad(288 + 128, "an MPEG frame behind a trailing tag"),
        ),
        ("ID3v2 size", id3v2([0x80, 0, 0, 0], 0, 100), bad(4, "a damaged tag header")),
        ("APE name", [frames(2), b"APETAGEY".repeat(4)].concat(), bad(292, "a damaged tag header")),
        ("ID3v1 ahead", [id3v2([0; 4], 0, 0), id3v1(), frames(2)].concat(), bad(10, "a trailing tag before any audio")),
        ("no frame", id3v2([0, 0, 1, 0], 0, 128), NotAudio::NoAudioFrames),
        ("tag cut", id3v2([0, 0, 1, 0], 0, 100), NotAudio::NoAudioFrames),
        ("only an index", index_frame(b"Info", 21), NotAudio::NoAudioFrames),
        ("only frame cut", frames(1)[..FRAME_LEN - 1].to_vec(), NotAudio::NoAudioFrames),
    ];
    for (what, bytes, refusal) in cases {
        assert_eq!(probe(bytes), Err(*refusal), "{what}");
    }
}
