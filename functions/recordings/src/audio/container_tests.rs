use super::*;

#[test]
fn containers_are_known_by_their_first_bytes() {
    let cases: &[(&[u8], Option<Container>)] = &[
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", Some(Container::Wav)),
        (b"RF64\xFF\xFF\xFF\xFFWAVEds64", Some(Container::Wav)),
        (b"RIFF\x24\x00\x00\x00AVI LIST", None),
        (b"RIFF\x24\x00\x00\x00WAV", None),
        (b"OggS\x00\x02", Some(Container::Ogg)),
        (b"\x00\x00\x00\x20ftypM4A ", Some(Container::Mp4)),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81", Some(Container::WebM)),
        (b"ID3\x04\x00\x00", Some(Container::Mp3)),
        (b"\xFF\xFB\x90\x64", Some(Container::Mp3)), // MPEG 1 layer III
        (b"\xFF\xF3\x40\xC4", Some(Container::Mp3)), // MPEG 2 layer III
        (b"\xFF\xE3\x18\xC4", Some(Container::Mp3)), // MPEG 2.5 layer III
        (b"\xFF\xFD\x90\x64", Some(Container::Mp3)), // layer II
        (b"\xFF\xFF\x90\x64", Some(Container::Mp3)), // layer I
        (b"\xFF\xFB\x00\x64", Some(Container::Mp3)), // free format, refused by the walk
        (b"\xFF\xF1\x50\x80", None),                 // AAC in ADTS: layer reserved
        (b"\xFF\xEB\x90\x64", None),                 // version reserved
        (b"\xFF\xFB\xF0\x64", None),                 // bit rate forbidden
        (b"\xFF\xFB\x9C\x64", None),                 // sample rate reserved
        (b"\xFF\xFB\x90", None),                     // too short to tell
        (b"fLaC\x00\x00\x00\x22", None),
        (b"\x1F\x8B\x08\x00", None),
        (b"", None),
    ];
    for (head, container) in cases {
        assert_eq!(Container::sniff(head), *container, "{head:02X?}");
    }
}

#[test]
fn no_more_than_the_sniff_length_matters() {
    let head = b"RIFF\x24\x00\x00\x00WAVE";
    assert_eq!(head.len(), Container::SNIFF_LEN);
    assert_eq!(Container::sniff(head), Some(Container::Wav));
}

#[test]
fn names_are_stable() {
    let cases = [
        (Container::Mp3, "mp3", "audio/mpeg", "\"mp3\""),
        (Container::Wav, "wav", "audio/wav", "\"wav\""),
        (Container::Ogg, "ogg", "audio/ogg", "\"ogg\""),
        (Container::Mp4, "mp4", "audio/mp4", "\"mp4\""),
        (Container::WebM, "webm", "audio/webm", "\"webm\""),
    ];
    for (container, extension, content_type, json) in cases {
        assert_eq!(container.extension(), extension);
        assert_eq!(container.content_type(), content_type);
        assert_eq!(serde_json::to_string(&container).unwrap(), json);
        assert_eq!(serde_json::from_str::<Container>(json).unwrap(), container);
    }
}
