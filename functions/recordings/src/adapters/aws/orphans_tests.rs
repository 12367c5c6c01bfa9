use jiff::civil::date;

use super::super::wire::{CALL, Wire, answer, noon, recording, s3_error};
use super::*;
use crate::object_key::AudioPrefix;

const CRC: &str = "rosUhgp5mIg=";
const COPIED: &str = "<CopyObjectResult><ETag>\"copy\"</ETag></CopyObjectResult>";

fn key() -> String {
    format!("recordings/acme/2024/03/15/{CALL}-JOB456.mp3")
}

fn audio() -> ListedAudio {
    let folder = AudioPrefix::parse("recordings/").unwrap().folder(&recording().organisation, date(2024, 3, 15));
    let key = folder.parse_key(&key()).unwrap();
    ListedAudio { key, version: Version("\"seen\"".to_owned()), bytes: 9, last_modified: noon() }
}

/// An object as a HEAD shows it.
fn head(etag: &str, bytes: &str, checksum: &[(&str, &str)]) -> http::Response<aws_smithy_types::body::SdkBody> {
    answer(200, &[&[("etag", etag), ("content-length", bytes)][..], checksum].concat(), "")
}

fn whole(crc: &'static str) -> [(&'static str, &'static str); 2] {
    [("x-amz-checksum-crc64nvme", crc), ("x-amz-checksum-type", "FULL_OBJECT")]
}

#[tokio::test]
async fn a_copy_is_of_what_was_seen_with_its_metadata_and_another_tag_and_over_nothing() {
    for (kms_key, encryption) in [(None, "AES256"), (Some("arn:aws:kms:eu-central-1:1:key/k"), "aws:kms")] {
        let (wire, clients) = Wire::with([answer(200, &[], COPIED)]);
        let orphans = S3Orphans::new(&clients, "bucket", kms_key);
        assert_eq!(orphans.copy_aside(&audio()).await.unwrap(), Aside::Kept);
        let sent = wire.only();
        assert!(sent.line.starts_with(&format!("PUT http://aws.test/bucket/orphans/{}", key())), "{}", sent.line);
        let source = format!("bucket/{}", key());
        let headers = [
            ("x-amz-copy-source", source.as_str()),
            ("x-amz-copy-source-if-match", "\"seen\""),
            ("if-none-match", "*"),
            ("x-amz-metadata-directive", "COPY"),
            ("x-amz-tagging-directive", "REPLACE"),
            ("x-amz-tagging", "retention=orphan"),
            ("x-amz-checksum-algorithm", "CRC64NVME"),
            ("x-amz-server-side-encryption", encryption),
        ];
        for (name, value) in headers {
            assert_eq!(sent.header(name), Some(value), "{name}");
        }
        assert_eq!(sent.header("x-amz-server-side-encryption-aws-kms-key-id"), kms_key);
    }
}

/// The emulator copies over what is there, so that only this shows what S3's refusal means.
#[tokio::test]
async fn a_refused_copy_is_explained_by_what_lies_at_both_ends() {
    let absent = || answer(404, &[], "");
    let composite = [("x-amz-checksum-crc64nvme", CRC), ("x-amz-checksum-type", "COMPOSITE")];
    let seen = || head("\"seen\"", "9", &whole(CRC));
    let cases = [
        ("the original is another", vec![head("\"other\"", "9", &whole(CRC))], Aside::Changed),
        ("the original is gone", vec![absent()], Aside::Changed),
        ("the same is there, under another ETag", vec![seen(), head("\"copy\"", "9", &whole(CRC))], Aside::Kept),
        ("another is there", vec![seen(), head("\"copy\"", "9", &whole("AAAAAAAAAAA="))], Aside::Occupied),
        ("another size is there", vec![seen(), head("\"copy\"", "8", &whole(CRC))], Aside::Occupied),
        ("what is there cannot be compared", vec![seen(), head("\"copy\"", "9", &[])], Aside::Occupied),
        (
            "neither says what the whole is",
            vec![head("\"seen\"", "9", &composite), head("\"copy\"", "9", &composite)],
            Aside::Occupied,
        ),
    ];
    for (case, looks, expected) in cases {
        let (wire, clients) = Wire::with([s3_error(412, "PreconditionFailed")].into_iter().chain(looks));
        let orphans = S3Orphans::new(&clients, "bucket", None);
        assert_eq!(orphans.copy_aside(&audio()).await.unwrap(), expected, "{case}");
        for look in &wire.sent()[1..] {
            assert!(look.line.starts_with("HEAD "), "{case}: {}", look.line);
            assert_eq!(look.header("x-amz-checksum-mode"), Some("ENABLED"), "{case}");
        }
    }
    let (wire, clients) = Wire::with([s3_error(412, "PreconditionFailed"), seen(), absent()]);
    let gone = S3Orphans::new(&clients, "bucket", None).copy_aside(&audio()).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::Conflict, "what was in the way is gone by now");
    assert!(wire.sent()[1].line.contains(&format!("/bucket/{}", key())));
    assert!(wire.sent()[2].line.contains(&format!("/bucket/orphans/{}", key())));
}

#[tokio::test]
async fn a_copy_that_fails_says_how() {
    let late = "<Error><Code>InternalError</Code><Message>m</Message></Error>";
    let (wire, clients) = Wire::with([
        s3_error(404, "NoSuchKey"),
        s3_error(409, "ConditionalRequestConflict"),
        s3_error(403, "AccessDenied"),
        answer(200, &[], late),
    ]);
    let orphans = S3Orphans::new(&clients, "bucket", None);
    assert_eq!(orphans.copy_aside(&audio()).await.unwrap(), Aside::Changed);
    for kind in [ErrorKind::Conflict, ErrorKind::Refused, ErrorKind::Unavailable] {
        assert_eq!(orphans.copy_aside(&audio()).await.unwrap_err().kind, kind);
    }
    assert_eq!(wire.sent().len(), 4, "each was sent once");
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_removed() {
    let (wire, clients) = Wire::with([
        answer(204, &[], ""),
        s3_error(404, "NoSuchKey"),
        s3_error(412, "PreconditionFailed"),
        s3_error(409, "ConditionalRequestConflict"),
        s3_error(500, "InternalError"),
    ]);
    let orphans = S3Orphans::new(&clients, "bucket", None);
    let audio = audio();
    let remove = || orphans.remove(&audio.key, &audio.version);
    assert_eq!(remove().await.unwrap(), Removed::Gone);
    assert_eq!(remove().await.unwrap(), Removed::Gone, "nothing is there any more");
    assert_eq!(remove().await.unwrap(), Removed::Changed);
    assert_eq!(remove().await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(remove().await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(wire.sent().len(), 5, "each was sent once");
    for sent in wire.sent() {
        assert!(sent.line.starts_with(&format!("DELETE http://aws.test/bucket/{}", key())), "{}", sent.line);
        assert_eq!(sent.header("if-match"), Some("\"seen\""));
    }
}
