use proptest::prelude::*;

use super::*;
use crate::audio::Probe;

const FIXTURES: [(&str, &[u8]); 11] = [
    ("alaw", include_bytes!("../fixtures/alaw_8000_streamed_by_sox.wav")),
    ("crc", include_bytes!("../fixtures/cbr_16k_16000_mono_crc.mp3")),
    ("mono", include_bytes!("../fixtures/cbr_32k_22050_mono.mp3")),
    ("tags", include_bytes!("../fixtures/cbr_64k_44100_stereo_tags.mp3")),
    ("mpeg 2.5", include_bytes!("../fixtures/cbr_8k_8000_mono.mp3")),
    ("float", include_bytes!("../fixtures/float_8000_streamed_by_ffmpeg.wav")),
    ("layer 2", include_bytes!("../fixtures/layer2_48000_mono.mp3")),
    ("mulaw", include_bytes!("../fixtures/mulaw_8000_mono.wav")),
    ("stereo", include_bytes!("../fixtures/pcm16_8000_stereo.wav")),
    ("24 bits", include_bytes!("../fixtures/pcm24_extensible_stereo.wav")),
    ("vbr", include_bytes!("../fixtures/vbr_24000_mono.mp3")),
];

fn heard(bytes: &[u8], piece: usize) -> Option<Waveform> {
    let mut listener = Listener::new();
    bytes.chunks(piece.max(1)).for_each(|piece| listener.feed(piece));
    listener.finish()
}

/// 16-bit PCM at 8,000 samples a second; each channel is given as its samples.
fn wav(channels: &[Vec<i16>]) -> Vec<u8> {
    let count = u16::try_from(channels.len()).unwrap();
    let frames = channels[0].len();
    let data: Vec<u8> =
        (0..frames).flat_map(|at| channels.iter().flat_map(move |channel| channel[at].to_le_bytes())).collect();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
    bytes.extend(count.to_le_bytes());
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend((8_000 * u32::from(count) * 2).to_le_bytes());
    bytes.extend((count * 2).to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A tone of 200 Hz; `peak` is its share of full scale, and what is above that is cut off.
fn tone(seconds: usize, peak: f64) -> Vec<i16> {
    let sample = |at: usize| (at as f64 / 40.0 * std::f64::consts::TAU).sin() * peak * 32_767.0;
    (0..seconds * 8_000).map(|at| sample(at).clamp(-32_768.0, 32_767.0) as i16).collect()
}

#[test]
fn real_audio_is_as_long_as_its_frames_say_and_in_order() {
    for (name, bytes) in FIXTURES {
        let mut probe = Probe::new();
        probe.feed(bytes);
        let facts = probe.finish().unwrap();
        let waveform = heard(bytes, 4_096).unwrap_or_else(|| panic!("{name}"));
        let expected = facts.duration.unwrap().as_secs_f64();
        assert!((waveform.seconds - expected).abs() < 0.15, "{name}: {} {expected}", waveform.seconds);
        assert_eq!(Some(waveform.sample_rate), facts.sample_rate, "{name}");
        assert_eq!(waveform.channels.len(), usize::from(facts.channels.unwrap()), "{name}");
        assert_eq!(waveform.findings, [], "{name}");
        assert!(waveform.channels.iter().all(|channel| channel.peaks.iter().any(|peak| *peak > 5)), "{name}");
    }
}

#[test]
fn where_it_is_cut_into_pieces_makes_no_difference() {
    for (name, bytes) in FIXTURES {
        let whole = heard(bytes, usize::MAX);
        for piece in [1, 7, 1_000] {
            assert_eq!(heard(bytes, piece), whole, "{name} in pieces of {piece}");
        }
    }
}

#[test]
fn peaks_follow_the_loudness_and_stay_few() {
    let loud_later = [vec![0; 400_000], tone(50, 0.5)].concat();
    let waveform = heard(&wav(&[loud_later]), 65_536).unwrap();
    let peaks = &waveform.channels[0].peaks;
    assert!((500..=1_000).contains(&peaks.len()), "{}", peaks.len());
    let (first, second) = peaks.split_at(peaks.len() / 2);
    assert!(first[..first.len() - 1].iter().all(|peak| *peak == 0), "{first:?}");
    assert!(second.iter().all(|peak| (49..=50).contains(peak)), "{second:?}");
    assert_eq!(waveform.seconds, 100.0);
}

#[test]
fn silence_dead_channels_and_distortion_are_found_and_nothing_else() {
    let speech = || tone(2, 0.3);
    // The noise of a silent line.
    let noise = || (0..16_000).map(|at: i16| at % 100).collect::<Vec<_>>();
    let click = || [vec![20_000; 8], vec![0; 15_992]].concat();
    let cases = [
        (vec![speech()], vec![]),
        (vec![vec![0; 16_000]], vec![Finding::Silence]),
        (vec![noise(), click()], vec![Finding::Silence]),
        (vec![speech(), noise()], vec![Finding::DeadChannel { channel: 2 }]),
        (vec![click(), speech()], vec![Finding::DeadChannel { channel: 1 }]),
        (vec![tone(2, 2.0)], vec![Finding::Clipping { channel: 1 }]),
        (vec![speech(), tone(2, 2.0)], vec![Finding::Clipping { channel: 2 }]),
        (vec![tone(2, 0.97)], vec![]),
        (vec![vec![9_000; 40]], vec![]),
    ];
    for (channels, expected) in cases {
        assert_eq!(heard(&wav(&channels), 1_000).unwrap().findings, expected);
    }
}

#[test]
fn what_was_heard_before_the_damage_counts() {
    let (_, mp3) = FIXTURES[2];
    let damaged = [mp3, b"not a frame, nor a tag".as_slice(), mp3].concat();
    let (whole, heard) = (heard(mp3, 500).unwrap(), heard(&damaged, 500).unwrap());
    assert_eq!(heard.channels, whole.channels);
}

#[test]
fn what_is_not_decoded_or_no_audio_gives_nothing() {
    let files: [&[u8]; 6] = [
        include_bytes!("../fixtures/opus_mono.ogg"),
        include_bytes!("../fixtures/aac_22050_mono.m4a"),
        include_bytes!("../fixtures/opus_mono.webm"),
        b"",
        b"<!DOCTYPE html><html><head><title>502</title></head></html>",
        &wav(&[vec![]]),
    ];
    for file in files {
        assert_eq!(heard(file, 100), None);
    }
}

proptest! {
    #[test]
    fn nothing_that_is_in_a_file_stops_it(which in 0..FIXTURES.len(), at in 0..4_000_usize, junk: Vec<u8>, piece in 1..5_000_usize) {
        let (_, bytes) = FIXTURES[which];
        let at = at.min(bytes.len());
        let end = (at + junk.len()).min(bytes.len());
        let spoilt = [&bytes[..at], &junk, &bytes[end..]].concat();
        if let Some(waveform) = heard(&spoilt, piece) {
            prop_assert!(waveform.channels.iter().all(|channel| channel.peaks.len() <= 1_000));
        }
    }
}
