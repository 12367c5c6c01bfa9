//! What a provider sends as audio, in whatever pieces, and the states in which a walk through it is written down.

use recordings::audio::{Measured, Measurement, Probe};
use sha2::{Digest, Sha256};

use crate::input::Input;
use crate::targets::{Target, Verdict};

/// A state travels in a message and must stay small whatever the audio is.
const MOST_STATE_BYTES: usize = 1_024;
/// How many of the pieces end in another invocation: each costs a state to be written and read.
const MOST_MOVES: usize = 24;

pub(crate) const TARGET: Target = Target { name: "audio", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let lengths: [u8; 4] = input.array();
    let audio = input.rest();
    let whole = measured_whole(audio);
    assert_eq!(measured_in_pieces(audio, &lengths), whole);
    assert_eq!((whole.bytes, &whole.sha256), (audio.len() as u64, &hex::encode(Sha256::digest(audio))));
    if let Ok(facts) = &whole.facts {
        assert!(!matches!(audio.trim_ascii_start().first(), Some(b'{') | None), "text is taken for audio");
        // A byte of audio holds less than a second of it at every bit rate that there is.
        assert!(facts.duration.is_none_or(|duration| duration.as_secs() <= 3_600 * audio.len() as u64));
    }
    read_as_a_state(audio);
    Verdict::taken_if(whole.facts.is_ok())
}

fn measured_whole(audio: &[u8]) -> Measured {
    let mut measurement = Measurement::new();
    measurement.feed(audio);
    measurement.finish()
}

/// The same in pieces, after some of which another invocation goes on. Once there is an objection, it stays.
fn measured_in_pieces(mut audio: &[u8], lengths: &[u8]) -> Measured {
    let mut measurement = Measurement::new();
    let mut probe = Probe::new();
    let mut refusal = None;
    for (count, length) in lengths.iter().cycle().enumerate() {
        let (piece, rest) = audio.split_at(audio.len().min(1 + usize::from(*length) * usize::from(*length) / 8));
        measurement.feed(piece);
        probe.feed(piece);
        refusal = refusal.or(probe.refusal().copied());
        assert_eq!(probe.refusal().copied(), refusal, "an objection went away");
        if count < MOST_MOVES && refusal.is_none() {
            (measurement, probe) = (moved(&measurement), moved(&probe));
        }
        audio = rest;
        if audio.is_empty() {
            break;
        }
    }
    let facts = probe.finish();
    assert!(refusal.is_none_or(|refusal| facts == Err(refusal)));
    let measured = measurement.finish();
    assert_eq!(measured.facts, facts);
    measured
}

/// A state that was written down and read back in another invocation.
fn moved<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(state: &T) -> T {
    let written = serde_json::to_string(state).unwrap();
    assert!(written.len() <= MOST_STATE_BYTES, "{} bytes for the state: {written}", written.len());
    let read: T = serde_json::from_str(&written).unwrap();
    assert_eq!(&read, state);
    read
}

/// A state that no walk is ever in is refused, or goes on without harm.
fn read_as_a_state(bytes: &[u8]) {
    const MORE: [u8; 600] = [0x55; 600];
    if let Ok(mut probe) = serde_json::from_slice::<Probe>(bytes) {
        probe.feed(&MORE);
        probe.feed(bytes);
        let _ = probe.finish();
    }
    if let Ok(mut measurement) = serde_json::from_slice::<Measurement>(bytes) {
        measurement.feed(&MORE);
        let _ = measurement.finish();
    }
}

macro_rules! recordings {
    ($($name:literal),*) => {
        [$(&include_bytes!(concat!("../../../functions/recordings/src/audio/fixtures/", $name))[..]),*]
    };
}

fn seeds() -> Vec<Vec<u8>> {
    let files = recordings![
        "cbr_8k_8000_mono.mp3",
        "cbr_16k_16000_mono_crc.mp3",
        "cbr_32k_22050_mono.mp3",
        "cbr_64k_44100_stereo_tags.mp3",
        "vbr_24000_mono.mp3",
        "layer2_48000_mono.mp3",
        "mulaw_8000_mono.wav",
        "alaw_8000_streamed_by_sox.wav",
        "float_8000_streamed_by_ffmpeg.wav",
        "pcm16_8000_mono.wav",
        "rf64_8000_mono.wav",
        "pcm24_extensible_stereo.wav",
        "opus_mono.ogg",
        "vorbis_22050_mono.ogg",
        "aac_22050_mono.m4a",
        "opus_mono.webm"
    ];
    files.into_iter().enumerate().map(|(n, file)| [&[1, 9, 40, n as u8][..], file].concat()).collect()
}
