use super::*;

#[test]
fn durations_agree_within_two_seconds_or_two_per_cent() {
    let cases: &[(u64, u64, bool)] = &[
        // reported ms, measured ms, agree
        (0, 0, true),
        (0, 2_000, true),
        (0, 2_001, false),
        (10_000, 8_000, true),
        (10_000, 7_999, false),
        (10_000, 12_000, true),
        (10_000, 12_001, false),
        (100_000, 98_000, true),
        (100_000, 97_999, false),
        (1_000_000, 980_000, true),
        (1_000_000, 1_020_000, true),
        (1_000_000, 1_020_001, false),
        (1_000_000, 979_999, false),
    ];
    for &(reported, measured, agree) in cases {
        let answer = durations_agree(Duration::from_millis(reported), Duration::from_millis(measured));
        assert_eq!(answer, agree, "{reported} ms reported, {measured} ms measured");
    }
}

#[test]
fn audio_fits_into_its_call_unless_it_is_longer_than_the_leeway() {
    for (reported, measured, fits) in [
        (0, 2_000, true),
        (0, 2_001, false),
        (60_000, 0, true),
        (60_000, 60_000, true),
        (60_000, 62_000, true),
        (60_000, 62_001, false),
        (1_000_000, 1_020_000, true),
        (1_000_000, 1_020_001, false),
    ] {
        let answer = is_no_longer(Duration::from_millis(reported), Duration::from_millis(measured));
        assert_eq!(answer, fits, "{reported} ms reported, {measured} ms measured");
    }
}

#[test]
fn the_longest_durations_do_not_overflow() {
    assert!(durations_agree(Duration::MAX, Duration::MAX));
    assert!(!durations_agree(Duration::MAX, Duration::ZERO));
    assert!(!durations_agree(Duration::ZERO, Duration::MAX));
}

#[test]
fn samples_play_for_their_number_over_the_rate() {
    let cases: &[(u64, u32, u64)] = &[
        // samples, rate, nanoseconds
        (0, 8_000, 0),
        (8_000, 8_000, 1_000_000_000),
        (1, 8_000, 125_000),
        (576, 22_050, 26_122_448),
        (1_152 * 3, 44_100, 78_367_346),
        (5, 0, 0),
    ];
    for &(samples, rate, nanos) in cases {
        assert_eq!(playing_time(samples, rate), Duration::from_nanos(nanos), "{samples} at {rate} Hz");
    }
    assert!(playing_time(u64::MAX, u32::MAX) > Duration::from_secs(1));
    assert_eq!(playing_time(u64::MAX, 1), Duration::from_secs(u64::MAX));
}
