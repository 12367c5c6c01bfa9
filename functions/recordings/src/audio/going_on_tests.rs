use super::*;

/// Walks the bytes up to `cut`, and the rest with a probe that was written down and read back in between.
fn in_two_places(bytes: &[u8], cut: usize) -> Result<AudioFacts, NotAudio> {
    let (first, rest) = bytes.split_at(cut);
    let mut here = Probe::new();
    here.feed(first);
    let written = serde_json::to_string(&here).unwrap();
    assert!(written.len() < 1_024, "{} bytes for the state: {written}", written.len());
    let mut elsewhere: Probe = serde_json::from_str(&written).unwrap();
    elsewhere.feed(rest);
    elsewhere.finish()
}

#[test]
fn a_walk_goes_on_elsewhere_from_any_byte() {
    for bytes in [
        &include_bytes!("fixtures/cbr_64k_44100_stereo_tags.mp3")[..],
        include_bytes!("fixtures/rf64_8000_mono.wav"),
        include_bytes!("fixtures/opus_mono.ogg"),
        include_bytes!("fixtures/vorbis_22050_mono.ogg"),
        include_bytes!("fixtures/opus_mono.webm"),
        b"<html>an error page that is long enough to be told from the head of a file</html>",
        b"",
    ] {
        let mut whole = Probe::new();
        whole.feed(bytes);
        let expected = whole.finish();
        let every = (bytes.len() / 900).max(1);
        for cut in (0..=bytes.len()).step_by(every) {
            assert_eq!(in_two_places(bytes, cut), expected, "cut at byte {cut} of {}", bytes.len());
        }
    }
}

#[test]
fn damage_found_before_stays_where_it_was_found() {
    let mut damaged = include_bytes!("fixtures/cbr_8k_8000_mono.mp3").to_vec();
    let at = damaged.len() / 2 / 72 * 72;
    damaged[at..].fill(0x55);
    let mut whole = Probe::new();
    whole.feed(&damaged);
    let Err(NotAudio::BadFrame { offset, .. }) = whole.finish() else { panic!("the damage is not seen") };
    let elsewhere = in_two_places(&damaged, damaged.len() - 1);
    assert!(matches!(elsewhere, Err(NotAudio::BadFrame { offset: there, .. }) if there == offset), "{elsewhere:?}");
}

#[test]
fn a_state_that_no_probe_is_ever_in_is_refused_or_harmless() {
    let mut probe = Probe::new();
    probe.feed(&include_bytes!("fixtures/cbr_8k_8000_mono.mp3")[..100]);
    let written = serde_json::to_value(&probe).unwrap();
    let reader = written.pointer("/stage/mp3").expect("an MP3 is being walked").clone();
    for (member, value, is_refused) in [
        ("next", serde_json::json!([0, 0]), true),
        ("next", serde_json::json!([0, 256]), true),
        ("gathered", serde_json::json!("A".repeat(344)), true),
        ("gathered", serde_json::json!("%"), true),
        ("gathered", serde_json::json!("AAAAAAAAAAAA"), false),
        ("at", serde_json::json!(u64::MAX / 2), false),
    ] {
        let mut reader = reader.clone();
        reader[member] = value.clone();
        let read = serde_json::from_value::<Probe>(serde_json::json!({ "stage": { "mp3": reader } }));
        assert_eq!(read.is_err(), is_refused, "{member}: {value}");
        if let Ok(mut probe) = read {
            probe.feed(&[0; 4_096]);
            let _ = probe.finish();
        }
    }
}
