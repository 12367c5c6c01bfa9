use super::*;
use crate::audio::Probe;

const BEGINS: u8 = 2;
const ENDS: u8 = 4;

/// 312 samples of pre-skip, stereo.
const OPUS_HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x40\x1F\x00\x00\x00\x00\x00";
/// 8 kHz, mono.
const VORBIS_HEAD: &[u8] =
    b"\x01vorbis\x00\x00\x00\x00\x01\x40\x1F\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xB8\x01";

fn page(flags: u8, granule: i64, serial: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\x00".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    let segments: Vec<u8> = body.chunks(255).map(|segment| u8::try_from(segment.len()).unwrap()).collect();
    page.push(u8::try_from(segments.len()).unwrap());
    page.extend(segments);
    page.extend(body);
    let crc = crc::update(0, &page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

fn stream(serial: u32, head: &[u8], granules: &[i64]) -> Vec<u8> {
    let mut bytes = page(BEGINS, 0, serial, 0, head);
    for (index, &granule) in granules.iter().enumerate() {
        let flags = if index + 1 == granules.len() { ENDS } else { 0 };
        bytes.extend(page(flags, granule, serial, u32::try_from(index).unwrap() + 1, &[7; 700]));
    }
    bytes
}

fn probe(bytes: &[u8]) -> Result<AudioFacts, NotAudio> {
    let mut probe = Probe::new();
    probe.feed(bytes);
    probe.finish()
}

fn facts(millis: Option<u64>, channels: Option<u8>, sample_rate: Option<u32>, ends_mid_frame: bool) -> AudioFacts {
    let duration = millis.map(Duration::from_millis);
    AudioFacts { container: Container::Ogg, duration, channels, sample_rate, ends_mid_frame }
}

#[test]
fn the_last_position_is_the_duration() {
    let opus = stream(1, OPUS_HEAD, &[0, -1, 24_312, 48_312]);
    let vorbis = stream(2, VORBIS_HEAD, &[0, 4_000, 8_000]);
    let speex = stream(3, b"Speex   1.2", &[0, 8_000]);
    let without_end = [page(BEGINS, 0, 4, 0, OPUS_HEAD), page(0, 24_312, 4, 1, &[7; 9])].concat();
    let empty_page = [&without_end[..], &page(ENDS, 24_312, 4, 2, &[])].concat();
    let last_page = opus.len() - 27 - 3 - 700;
    let opus_facts = |millis, ends_mid_frame| facts(Some(millis), Some(2), Some(48_000), ends_mid_frame);
    let cases: &[(&str, Vec<u8>, AudioFacts)] = &[
        ("Opus", opus.clone(), opus_facts(1_000, false)),
        ("Vorbis", vorbis.clone(), facts(Some(1_000), Some(1), Some(8_000), false)),
        ("chain", [opus.clone(), vorbis.clone()].concat(), opus_facts(2_000, false)),
        ("chain of one stream twice", opus.repeat(2), opus_facts(2_000, false)),
        ("unmeasured", speex.clone(), facts(None, None, None, false)),
        ("unmeasured in a chain", [opus.clone(), speex].concat(), facts(None, Some(2), Some(48_000), false)),
        ("end not marked", without_end, opus_facts(500, true)),
        ("end on an empty page", empty_page, opus_facts(500, false)),
        ("last page cut", opus[..opus.len() - 1].to_vec(), opus_facts(500, true)),
        ("last segment table cut", opus[..last_page + 28].to_vec(), opus_facts(500, true)),
        ("last header cut", opus[..last_page + 26].to_vec(), opus_facts(500, true)),
        ("last page lost", opus[..last_page].to_vec(), opus_facts(500, true)),
        ("second stream cut", [&opus, &vorbis[..40]].concat(), opus_facts(1_000, true)),
    ];
    for (what, bytes, facts) in cases {
        assert_eq!(probe(bytes), Ok(*facts), "{what}");
    }
}

#[test]
fn damage_is_found_where_it_is() {
    let head = page(BEGINS, 0, 1, 0, OPUS_HEAD);
    let at = head.len() as u64;
    let behind_head = |page: Vec<u8>| [head.clone(), page].concat();
    let flipped = |index: usize| {
        let mut page = page(ENDS, 960, 1, 1, &[7; 700]);
        page[index] ^= 0x10;
        behind_head(page)
    };
    let bad = |offset, defect| NotAudio::BadFrame { offset, defect };
    let checksum = bad(at, "an Ogg page whose checksum does not match");
    let cases: &[(&str, Vec<u8>, NotAudio)] = &[
        ("capture pattern", flipped(0), bad(at, "not an Ogg page")),
        ("version", flipped(4), bad(at, "an Ogg page of unknown version")),
        ("position", flipped(7), checksum),
        ("checksum", flipped(22), checksum),
        ("last byte", flipped(729), checksum),
        ("garbage behind", [stream(1, OPUS_HEAD, &[960]), vec![0; 3]].concat(), bad(777, "not an Ogg page")),
        ("page lost", behind_head(page(0, 960, 1, 2, &[7])), bad(at, "an Ogg page is missing before this one")),
        ("other stream", behind_head(page(0, 960, 2, 1, &[7])), bad(at, "an Ogg page of a stream that has not begun")),
        ("stream beside", behind_head(page(BEGINS, 0, 2, 0, OPUS_HEAD)), bad(at, "an Ogg stream beside another")),
        ("start missing", page(0, 960, 1, 1, &[7; 80]), bad(0, "an Ogg page of a stream that has not begun")),
        (
            "page behind the end",
            [stream(1, OPUS_HEAD, &[960]), page(0, 1920, 1, 2, &[7])].concat(),
            bad(777, "an Ogg page of a stream that has not begun"),
        ),
        ("back in time", stream(1, OPUS_HEAD, &[960, 959]), bad(777, "an Ogg page that goes back in time")),
        ("negative position", stream(1, OPUS_HEAD, &[-2]), bad(at, "an Ogg page at a negative position")),
        ("nothing on the first page", page(BEGINS, 0, 1, 0, &[]).repeat(3), bad(0, NO_FIRST_PACKET)),
        (
            "no channels",
            page(BEGINS, 0, 1, 0, &[b"OpusHead\x01\x00", &[0; 60][..]].concat()),
            bad(28, "a stream without channels or sample rate"),
        ),
        ("headers only", stream(1, OPUS_HEAD, &[0]), NotAudio::NoAudioFrames),
        ("nothing but pre-skip", stream(1, OPUS_HEAD, &[312]), NotAudio::NoAudioFrames),
        ("first page cut", page(BEGINS, 0, 1, 0, &[7; 200])[..100].to_vec(), NotAudio::NoAudioFrames),
    ];
    for (what, bytes, refusal) in cases {
        assert_eq!(probe(bytes), Err(*refusal), "{what}");
    }
}
