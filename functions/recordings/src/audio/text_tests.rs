use super::*;

#[test]
fn texts_are_told_apart() {
    use TextKind::{Html, Json, Plain, Xml};
    let cases: &[(&[u8], Option<TextKind>)] = &[
        (b"<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException>", Some(Xml)),
        (b"<TwilioResponse><RestException><Code>20404</Code>", Some(Xml)),
        (b"<Error><Code>AccessDenied</Code>", Some(Xml)),
        (b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>d\xE9j\xE0</a>", Some(Xml)),
        (b"\xEF\xBB\xBF\r\n\t <?xml version=\"1.0\"?>", Some(Xml)),
        (b"<!DOCTYPE html><html>", Some(Html)),
        (b"\n\n<!doctype HTML PUBLIC", Some(Html)),
        (b"<HTML><head><title>502 Bad Gateway</title>", Some(Html)),
        (b"{\"code\": 20404, \"message\": \"not found\"}", Some(Json)),
        (b"  [1, 2]", Some(Json)),
        (b"{", Some(Json)),
        (b"Not Found", Some(Plain)),
        (b"upstream connect error or disconnect/reset before headers", Some(Plain)),
        ("kein Anschluss unter dieser N\u{fc}".as_bytes(), Some(Plain)),
        (b"cut in a character \xE2\x82", Some(Plain)),
        (b"   \r\n", Some(Plain)),
        (b"\xFF\xFE<\0?\0x\0m\0l\0 \0", Some(Xml)),
        (b"\xFE\xFF\0{\0\"\0a\0\"", Some(Json)),
        (b"\xFF\xFE\x7B\x00\x01\x02\x03\x04", None), // a layer I frame that begins like UTF-16
        (b"\xFF\xFE", None),
        (b"RIFF\x24\x00\x00\x00WAVE", None),
        (b"OggS\x00\x02", None),
        (b"ID3\x03\x00\x00", None),
        (b"\xFF\xFB\x90\x64", None),
        (b"{\x00\x01", None),
        (b"not utf-8 \xFF\xFF at all", None),
    ];
    for (head, kind) in cases {
        assert_eq!(TextKind::detect(head), *kind, "{}", head.escape_ascii());
    }
}
