use futures_util::StreamExt;
use proptest::prelude::*;

use super::*;
use crate::speech::{assemble, conversation, mono};

const ALL: [(Format, Channels); 4] = [
    (Format::Mp3, Channels::Mono),
    (Format::Mp3, Channels::Dual),
    (Format::Wav, Channels::Mono),
    (Format::Wav, Channels::Dual),
];

#[test]
fn asked_length_is_met_to_the_nearest_frame() {
    for (format, channels) in ALL {
        for seconds in [0.0, 0.5, 5.9, 6.0, 60.0, 3600.0] {
            let track = Track::of_seconds(format, channels, seconds);
            assert!((track.seconds() - seconds).abs() < 0.027, "{format:?} {channels:?} {seconds}");
        }
    }
}

#[test]
fn size_follows_the_documented_bit_rate() {
    for ((format, channels), bytes_per_minute) in ALL.into_iter().zip([240_000, 480_000, 960_000, 1_920_000]) {
        let length = Track::of_seconds(format, channels, 60.0).length();
        assert!(length.abs_diff(bytes_per_minute) < 300, "{format:?} {channels:?}: {length}");
    }
}

#[test]
fn mp3_of_any_length_is_nothing_but_frames() {
    for channels in [Channels::Mono, Channels::Dual] {
        let bytes = assemble(Format::Mp3, channels, 17.0);
        let ends = mp3::frame_ends(&bytes);
        assert_eq!(ends.last(), Some(&bytes.len()));
        assert_eq!(ends.len(), 651);
    }
}

#[test]
fn wav_header_announces_the_samples_that_follow() {
    let bytes = assemble(Format::Wav, Channels::Dual, 12.3);
    let announced = u32::from_le_bytes(bytes[40..44].try_into().unwrap());
    assert_eq!(announced as usize, bytes.len() - 44);
    assert_eq!(announced, 12_300 * 8 * 4);
}

#[test]
fn clips_are_served_as_they_are() {
    let track = Track::of_clip(Clip::Technician, Format::Mp3, Channels::Mono);
    assert_eq!(track.read_all(), mono(Clip::Technician, Format::Mp3));
    assert!((5.0..5.5).contains(&track.seconds()));
    let track = Track::of_clip(Clip::Technician, Format::Wav, Channels::Dual);
    assert_eq!(track.read_all(), conversation(Format::Wav));
}

#[test]
fn a_gigabyte_is_known_without_being_held() {
    let track = Track::of_length(Format::Mp3, Channels::Mono, 1 << 30);
    assert!((1 << 30) - track.length() < 105);
    let (middle, tail) = (track.read(1 << 29, 10), track.read(track.length() - 3, 100));
    assert_eq!((middle.len(), tail.len()), (10, 3));
}

#[tokio::test]
async fn stream_of_a_range_equals_the_slice() {
    let track = Track::of_seconds(Format::Wav, Channels::Mono, 30.0);
    let (start, end) = (40, track.length() - 7);
    let pieces: Vec<Bytes> = track.clone().stream(start, end).collect().await;
    assert_eq!(pieces.concat(), track.read_all()[start as usize..end as usize]);
}

proptest! {
    #[test]
    fn any_slice_equals_the_same_slice_of_the_whole(
        which in 0..ALL.len(), seconds in 0.0..20.0, offset in 0_u64..700_000, limit in 0_u64..200_000,
    ) {
        let (format, channels) = ALL[which];
        let track = Track::of_seconds(format, channels, seconds);
        let whole = track.read_all();
        prop_assert_eq!(whole.len() as u64, track.length());
        let start = offset.min(track.length()) as usize;
        let end = offset.saturating_add(limit).min(track.length()) as usize;
        prop_assert_eq!(track.read(offset, limit), whole.slice(start..end.max(start)));
    }

    #[test]
    fn length_asked_for_is_never_exceeded(which in 0..ALL.len(), bytes in 44_u64..2_000_000) {
        let (format, channels) = ALL[which];
        let track = Track::of_length(format, channels, bytes);
        prop_assert!(track.length() <= bytes && bytes - track.length() < 220);
    }
}
