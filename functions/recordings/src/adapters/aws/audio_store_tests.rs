use jiff::Timestamp;

use super::super::wire::{CALL, RECORDING, Sent, Wire, answer, noon, recording, s3_error};
use super::*;
use crate::audio::Container;
use crate::object_key::AudioPrefix;

/// CRC64NVME of `123456789`, base64.
const CRC: &str = "rosUhgp5mIg=";
const BODY: &[u8] = b"123456789";

fn object() -> AudioObject {
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let job = "JOB456".parse().unwrap();
    let start: Timestamp = noon();
    AudioObject {
        key: prefix.audio_key(&recording(), start, Some(&job), Container::Mp3),
        recording: recording(),
        container: Container::Mp3,
    }
}

fn upload() -> Upload {
    Upload { object: object(), id: "upload-1".to_owned() }
}

fn part(number: u32) -> Part {
    Part { number, etag: format!("\"p{number}\""), crc64nvme: CRC.to_owned() }
}

fn path() -> String {
    format!("http://aws.test/bucket/recordings/acme/2024/03/15/{CALL}-JOB456.mp3")
}

fn says_what_it_is(sent: &Sent) {
    let headers = [
        ("content-type", "audio/mpeg"),
        ("x-amz-meta-organisation", "acme"),
        ("x-amz-meta-provider", "twilio"),
        ("x-amz-meta-call-id", CALL),
        ("x-amz-meta-recording-id", RECORDING),
        ("x-amz-tagging", "retention=standard"),
    ];
    for (name, value) in headers {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_whole_object_is_put_once_checked_and_never_over_another() {
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"e\"")], "")]);
    let store = S3AudioStore::new(&clients, "bucket", None);
    assert_eq!(store.put(&object(), Bytes::from_static(BODY), CRC).await.unwrap(), Put::Created);
    let sent = wire.only();
    assert!(sent.line.starts_with(&format!("PUT {}", path())), "{}", sent.line);
    says_what_it_is(&sent);
    assert_eq!(sent.body.as_bytes(), BODY, "the bytes as they are, in no further wrapping");
    let headers = [
        ("if-none-match", "*"),
        ("x-amz-checksum-crc64nvme", CRC),
        ("x-amz-sdk-checksum-algorithm", "CRC64NVME"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-server-side-encryption", "AES256"),
        ("content-length", "9"),
    ];
    for (name, value) in headers {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    assert_eq!(sent.header("x-amz-checksum-crc32"), None);
}

#[tokio::test]
async fn a_key_of_our_own_encrypts_what_is_put_and_what_is_begun() {
    let begun = "<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>";
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"e\"")], ""), answer(200, &[], begun)]);
    let store = S3AudioStore::new(&clients, "bucket", Some("arn:aws:kms:eu-central-1:1:key/k"));
    store.put(&object(), Bytes::from_static(BODY), CRC).await.unwrap();
    assert_eq!(store.begin(&object()).await.unwrap(), upload());
    for sent in wire.sent() {
        assert_eq!(sent.header("x-amz-server-side-encryption"), Some("aws:kms"));
        let key = sent.header("x-amz-server-side-encryption-aws-kms-key-id");
        assert_eq!(key, Some("arn:aws:kms:eu-central-1:1:key/k"));
        says_what_it_is(&sent);
    }
    let begun = &wire.sent()[1];
    assert!(begun.line.starts_with("POST ") && begun.line.contains("?uploads"), "{}", begun.line);
    assert_eq!(begun.header("x-amz-checksum-algorithm"), Some("CRC64NVME"));
    assert_eq!(begun.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_apart_from_a_race() {
    let (wire, clients) = Wire::with([
        s3_error(412, "PreconditionFailed"),
        s3_error(409, "ConditionalRequestConflict"),
        s3_error(500, "InternalError"),
    ]);
    let store = S3AudioStore::new(&clients, "bucket", None);
    let object = object();
    let put = || store.put(&object, Bytes::from_static(BODY), CRC);
    assert_eq!(put().await.unwrap(), Put::Occupied);
    assert_eq!(put().await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(put().await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(wire.sent().len(), 3, "each was sent once");
}

#[tokio::test]
async fn a_part_carries_its_own_checksum() {
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"p7\"")], "")]);
    let store = S3AudioStore::new(&clients, "bucket", None);
    assert_eq!(store.part(&upload(), 7, Bytes::from_static(BODY), CRC).await.unwrap(), part(7));
    let sent = wire.only();
    assert!(sent.line.contains("partNumber=7") && sent.line.contains("uploadId=upload-1"), "{}", sent.line);
    assert_eq!(sent.header("x-amz-checksum-crc64nvme"), Some(CRC));
    assert_eq!(sent.header("x-amz-content-sha256"), Some("UNSIGNED-PAYLOAD"));
    assert_eq!(sent.body.as_bytes(), BODY);
}

#[tokio::test]
async fn completing_states_the_whole_and_may_find_the_place_taken() {
    let done = "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
    let late = "<Error><Code>InternalError</Code><Message>m</Message></Error>";
    let (wire, clients) =
        Wire::with([answer(200, &[], done), s3_error(412, "PreconditionFailed"), answer(200, &[], late)]);
    let store = S3AudioStore::new(&clients, "bucket", None);
    let parts = [part(1), part(2)];
    let upload = upload();
    let complete = || store.complete(&upload, &parts, 18, CRC);
    assert_eq!(complete().await.unwrap(), Put::Created);
    assert_eq!(complete().await.unwrap(), Put::Occupied);
    let error = complete().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "S3 may fail behind a 200");
    let sent = &wire.sent()[0];
    assert_eq!(wire.sent().len(), 3, "each was sent once");
    let headers = [
        ("if-none-match", "*"),
        ("x-amz-checksum-crc64nvme", CRC),
        ("x-amz-checksum-type", "FULL_OBJECT"),
        ("x-amz-mp-object-size", "18"),
    ];
    for (name, value) in headers {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    assert_eq!(sent.body.matches(&format!("<ChecksumCRC64NVME>{CRC}</ChecksumCRC64NVME>")).count(), 2);
    assert!(sent.body.find("<PartNumber>1<") < sent.body.find("<PartNumber>2<"), "{}", sent.body);
}

#[tokio::test]
async fn giving_up_twice_is_no_error() {
    let (wire, clients) = Wire::with([answer(204, &[], ""), s3_error(404, "NoSuchUpload")]);
    let store = S3AudioStore::new(&clients, "bucket", None);
    store.abort(&upload()).await.unwrap();
    store.abort(&upload()).await.unwrap();
    assert!(wire.sent()[0].line.starts_with("DELETE "));
}

#[tokio::test]
async fn a_look_tells_size_checksum_and_whose_it_is() {
    let named = [
        ("content-length", "9"),
        ("x-amz-checksum-crc64nvme", CRC),
        ("x-amz-checksum-type", "FULL_OBJECT"),
        ("x-amz-meta-organisation", "acme"),
        ("x-amz-meta-provider", "twilio"),
        ("x-amz-meta-call-id", CALL),
        ("x-amz-meta-recording-id", RECORDING),
    ];
    let foreign = [("content-length", "9"), ("x-amz-meta-organisation", "../acme"), ("x-amz-meta-provider", "twilio")];
    let in_parts = [("content-length", "9"), ("x-amz-checksum-crc64nvme", CRC), ("x-amz-checksum-type", "COMPOSITE")];
    let answers = [&named[..], &foreign[..], &in_parts[..]].map(|headers| answer(200, headers, ""));
    let (wire, clients) = Wire::with(answers.into_iter().chain([answer(404, &[], ""), answer(403, &[], "")]));
    let store = S3AudioStore::new(&clients, "bucket", None);
    let key = object().key;
    let crc = Some(CRC.to_owned());
    let whole = StoredObject { bytes: 9, crc64nvme: crc, recording: Some(recording()) };
    let nameless = StoredObject { bytes: 9, crc64nvme: None, recording: None };
    assert_eq!(store.look(&key).await.unwrap(), Some(whole));
    assert_eq!(store.look(&key).await.unwrap(), Some(nameless.clone()));
    assert_eq!(store.look(&key).await.unwrap(), Some(nameless));
    assert_eq!(store.look(&key).await.unwrap(), None);
    assert_eq!(store.look(&key).await.unwrap_err().kind, ErrorKind::Refused);
    let sent = &wire.sent()[0];
    assert!(sent.line.starts_with("HEAD "), "{}", sent.line);
    assert_eq!(sent.header("x-amz-checksum-mode"), Some("ENABLED"));
}

#[tokio::test]
async fn a_tag_is_put_on_what_is_there_and_nothing_is_no_error() {
    let (wire, clients) = Wire::with([answer(200, &[], ""), s3_error(404, "NoSuchKey"), s3_error(403, "AccessDenied")]);
    let port = S3AudioStore::new(&clients, "bucket", None);
    let key = object().key;
    port.tag(&key, RetentionTag::Hold).await.unwrap();
    port.tag(&key, RetentionTag::Hold).await.unwrap();
    assert_eq!(port.tag(&key, RetentionTag::Hold).await.unwrap_err().kind, ErrorKind::Refused);
    let sent = &wire.sent()[0];
    assert!(sent.line.starts_with("PUT ") && sent.line.contains("?tagging"), "{}", sent.line);
    assert!(sent.body.contains("<Tag><Key>retention</Key><Value>hold</Value></Tag>"), "{}", sent.body);
}
