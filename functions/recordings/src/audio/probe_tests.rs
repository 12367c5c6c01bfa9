use proptest::prelude::*;

use super::*;

struct Fixture {
    name: &'static str,
    bytes: &'static [u8],
    facts: AudioFacts,
    /// What ffprobe 5.1 says, in milliseconds, where it measures the same thing.
    ffprobe: Option<u64>,
}

macro_rules! fixtures {
    ($(($name:literal, $container:ident, $nanos:expr, $channels:expr, $rate:expr, $ffprobe:expr),)*) => {
        [$(Fixture {
            name: $name,
            bytes: include_bytes!(concat!("fixtures/", $name)),
            facts: AudioFacts {
                container: Container::$container,
                duration: match $nanos {
                    Some(nanos) => Some(Duration::from_nanos(nanos)),
                    None => None,
                },
                channels: $channels,
                sample_rate: $rate,
                ends_mid_frame: false,
            },
            ffprobe: $ffprobe,
        }),*]
    };
}

const FIXTURES: [Fixture; 17] = fixtures![
    ("cbr_32k_22050_mono.mp3", Mp3, Some(1_567_346_938), Some(1), Some(22_050), Some(1_567)),
    ("cbr_8k_8000_mono.mp3", Mp3, Some(1_656_000_000), Some(1), Some(8_000), Some(1_656)),
    ("cbr_16k_16000_mono_crc.mp3", Mp3, Some(1_584_000_000), Some(1), Some(16_000), Some(1_584)),
    ("vbr_24000_mono.mp3", Mp3, Some(1_560_000_000), Some(1), Some(24_000), Some(1_560)),
    ("cbr_64k_44100_stereo_tags.mp3", Mp3, Some(1_227_755_102), Some(2), Some(44_100), Some(1_228)),
    ("layer2_48000_mono.mp3", Mp3, Some(816_000_000), Some(1), Some(48_000), Some(816)),
    ("pcm16_8000_mono.wav", Wav, Some(1_000_000_000), Some(1), Some(8_000), Some(1_000)),
    ("pcm16_8000_stereo.wav", Wav, Some(600_000_000), Some(2), Some(8_000), Some(600)),
    ("pcm24_extensible_stereo.wav", Wav, Some(300_000_000), Some(2), Some(8_000), Some(300)),
    ("rf64_8000_mono.wav", Wav, Some(300_000_000), Some(1), Some(8_000), Some(300)),
    ("mulaw_8000_mono.wav", Wav, Some(1_500_000_000), Some(1), Some(8_000), Some(1_500)),
    // ffprobe believes the length that sox wrote without knowing it: 268,435 seconds.
    ("alaw_8000_streamed_by_sox.wav", Wav, Some(500_000_000), Some(1), Some(8_000), None),
    ("float_8000_streamed_by_ffmpeg.wav", Wav, Some(400_000_000), Some(1), Some(8_000), Some(400)),
    // ffprobe counts the 6.5 ms of pre-skip, which are not played.
    ("opus_mono.ogg", Ogg, Some(1_500_000_000), Some(1), Some(48_000), Some(1_507)),
    ("vorbis_22050_mono.ogg", Ogg, Some(1_500_000_000), Some(1), Some(22_050), Some(1_500)),
    ("aac_22050_mono.m4a", Mp4, None, None, None, None),
    ("opus_mono.webm", WebM, None, None, None, None),
];

fn probe(bytes: &[u8]) -> Result<AudioFacts, NotAudio> {
    probe_in_pieces(bytes, &[])
}

/// Cuts the bytes into pieces of these lengths, over and over.
fn probe_in_pieces(mut bytes: &[u8], lengths: &[usize]) -> Result<AudioFacts, NotAudio> {
    let mut probe = Probe::new();
    for &length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        probe.feed(piece);
        bytes = rest;
    }
    probe.feed(bytes);
    probe.finish()
}

#[test]
fn real_files_are_measured_as_ffprobe_measures_them() {
    for Fixture { name, bytes, facts, ffprobe } in FIXTURES {
        assert_eq!(probe(bytes), Ok(facts), "{name}");
        let Some(millis) = ffprobe else { continue };
        let apart = Duration::from_millis(millis).abs_diff(facts.duration.unwrap());
        assert!(apart < Duration::from_millis(10), "{name}: {apart:?} from ffprobe");
    }
}

#[test]
fn pieces_of_one_byte_make_no_difference() {
    for Fixture { name, bytes, facts, .. } in FIXTURES {
        assert_eq!(probe_in_pieces(bytes, &[1]), Ok(facts), "{name}");
    }
}

#[test]
fn a_cut_file_never_measures_longer_nor_passes_for_whole() {
    for Fixture { name, bytes, facts, .. } in FIXTURES {
        let Some(whole) = facts.duration else { continue };
        for len in 0..bytes.len() {
            match probe(&bytes[..len]) {
                Err(NotAudio::BadFrame { .. }) => panic!("{name} cut at {len} is short, not damaged"),
                Err(_) => {}
                Ok(cut) => {
                    let duration = cut.duration.unwrap();
                    assert!(duration <= whole, "{name} cut at {len}");
                    let only_a_tag_is_lost = bytes[len..].starts_with(b"TAG");
                    assert!(duration < whole || cut.ends_mid_frame || only_a_tag_is_lost, "{name} cut at {len}");
                }
            }
        }
    }
}

#[test]
fn errors_that_came_as_audio_are_refused_from_the_start() {
    let cases: &[(&[u8], NotAudio, &str)] = &[
        (b"", NotAudio::Empty, "empty"),
        (b"<?xml version='1.0'?><TwilioResponse/>", NotAudio::Text { kind: TextKind::Xml }, "text_xml"),
        (&[b' '; 5_000], NotAudio::Text { kind: TextKind::Plain }, "text_plain"),
        (b"<html><body>Bad Gateway", NotAudio::Text { kind: TextKind::Html }, "text_html"),
        (b"{\"status\": 404}", NotAudio::Text { kind: TextKind::Json }, "text_json"),
        (b"ID3 is a tag, and this is a text about it", NotAudio::Text { kind: TextKind::Plain }, "text_plain"),
        (b"\x1F\x8B\x08\x00", NotAudio::Unknown, "unknown_format"),
        (&[0; 5_000], NotAudio::Unknown, "unknown_format"),
    ];
    for (bytes, refusal, code) in cases {
        assert_eq!(probe(bytes), Err(*refusal), "{}", bytes.escape_ascii());
        assert_eq!(refusal.code(), *code);
    }
}

#[test]
fn a_refusal_is_known_before_the_end_and_stays() {
    let mut probe = Probe::default();
    probe.feed(&b"{\"message\": \"this recording is not available any more\"}   "[..]);
    assert_eq!(probe.refusal(), None, "too early to tell");
    probe.feed(&[b' '; 64]);
    let refusal = NotAudio::Text { kind: TextKind::Json };
    assert_eq!(probe.refusal(), Some(&refusal));
    probe.feed(FIXTURES[0].bytes);
    assert_eq!(probe.finish(), Err(refusal));
}

#[test]
fn a_message_says_what_and_where() {
    let damaged = NotAudio::BadFrame { offset: 288, defect: "not an Ogg page" };
    assert_eq!(damaged.to_string(), "damaged at byte 288: not an Ogg page");
    let short = NotAudio::DataShorterThanHeader { announced: 160, found: 12 };
    assert_eq!(short.to_string(), "the header announces 160 bytes of audio, the file has 12");
    assert_eq!(NotAudio::Text { kind: TextKind::Xml }.to_string(), "the file is XML text, not audio");
}

/// The starts of real files, so that random bytes get past the sniffing.
fn head() -> impl Strategy<Value = &'static [u8]> {
    (0..FIXTURES.len(), 0..200_usize).prop_map(|(fixture, len)| &FIXTURES[fixture].bytes[..len])
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        fixture in 0..FIXTURES.len(),
        damage in proptest::option::of((any::<prop::sample::Index>(), 1..=255_u8)),
        cut in any::<prop::sample::Index>(),
        lengths in prop::collection::vec(1..2_000_usize, 1..20),
    ) {
        let mut bytes = FIXTURES[fixture].bytes.to_vec();
        bytes.truncate(cut.index(bytes.len()) + 1);
        if let Some((at, flips)) = damage {
            let at = at.index(bytes.len());
            bytes[at] ^= flips;
        }
        prop_assert_eq!(probe_in_pieces(&bytes, &lengths), probe(&bytes));
    }

    #[test]
    fn random_bytes_never_panic(
        head in head(),
        tail in prop::collection::vec(any::<u8>(), 0..3_000),
        lengths in prop::collection::vec(1..300_usize, 1..5),
    ) {
        let bytes = [head, &tail].concat();
        prop_assert_eq!(probe_in_pieces(&bytes, &lengths), probe(&bytes));
    }

    #[test]
    fn a_damaged_frame_sync_is_found(frame in 1..60_usize, bit in 0..11_u32) {
        // A frame of this file begins with eleven set bits, at multiples of its bit rate's share.
        let mut bytes = FIXTURES[0].bytes.to_vec();
        let starts = frame_starts(&bytes);
        let at = starts[frame];
        bytes[at + bit as usize / 8] ^= 0x80 >> (bit % 8);
        let found = matches!(probe(&bytes), Err(NotAudio::BadFrame { offset, .. }) if offset == at as u64);
        prop_assert!(found, "frame {} at {}, bit {}", frame, at, bit);
    }

    #[test]
    fn any_damage_in_an_ogg_file_is_found(at in any::<prop::sample::Index>(), flips in 1..=255_u8) {
        let mut bytes = include_bytes!("fixtures/opus_mono.ogg").to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flips;
        prop_assert_ne!(probe(&bytes), probe(include_bytes!("fixtures/opus_mono.ogg")));
    }
}

/// Where the frames of a file at 32 kbit/s and 22,050 Hz begin: each has 104 bytes, or 105 with padding.
fn frame_starts(bytes: &[u8]) -> Vec<usize> {
    let next = |&at: &usize| Some(at + 104 + usize::from(bytes[at + 2] >> 1 & 1)).filter(|&at| at < bytes.len());
    std::iter::successors(Some(0), next).collect()
}
