use jiff::civil::date;

use super::super::wire::{CALL, Wire, answer, recording, s3_error};
use super::*;

fn prefix() -> AudioPrefix {
    AudioPrefix::parse("recordings/").unwrap()
}

fn folder() -> AudioFolder {
    prefix().folder(&recording().organisation, date(2024, 3, 15))
}

fn ours() -> String {
    format!("recordings/acme/2024/03/15/{CALL}-JOB456.mp3")
}

fn key() -> AudioKey {
    folder().parse_key(&ours()).unwrap()
}

#[tokio::test]
async fn a_page_of_a_day_tells_our_audio_from_foreign_keys_and_where_to_go_on() {
    let list = |truncated: bool| {
        let entry = |key: &str| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2024-03-15T12:00:01.000Z</LastModified>\
                 <ETag>&quot;e&quot;</ETag><Size>9</Size></Contents>"
            )
        };
        let contents = entry(&ours()) + &entry("recordings/acme/2024/03/15/notes.txt");
        let body = format!("<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{contents}</ListBucketResult>");
        answer(200, &[], &body)
    };
    let (wire, clients) = Wire::with([list(true), list(false)]);
    let lists = S3AudioLists::new(&clients, "bucket");
    let first = AudioList::page(&lists, &folder(), None).await.unwrap();
    let audio = ListedAudio {
        key: key(),
        version: Version("\"e\"".to_owned()),
        bytes: 9,
        last_modified: "2024-03-15T12:00:01Z".parse().unwrap(),
    };
    assert_eq!(first.objects, [audio]);
    assert_eq!(first.foreign, ["recordings/acme/2024/03/15/notes.txt"]);
    assert_eq!(first.next, Some(first.foreign[0].clone()));
    assert_eq!(AudioList::page(&lists, &folder(), first.next.as_deref()).await.unwrap().next, None);
    let sent = wire.sent();
    assert!(sent[0].line.contains("prefix=recordings%2Facme%2F2024%2F03%2F15%2F"), "{}", sent[0].line);
    assert!(!sent[0].line.contains("start-after"), "{}", sent[0].line);
    let start = "start-after=recordings%2Facme%2F2024%2F03%2F15%2Fnotes.txt";
    assert!(sent[1].line.contains(start), "{}", sent[1].line);
}

#[tokio::test]
async fn audio_of_unknown_age_or_version_is_not_guessed_at() {
    for lacking in ["<Size>9</Size><ETag>e</ETag>", "<Size>9</Size><LastModified>2024-03-15T12:00:01Z</LastModified>"] {
        let body = format!("<ListBucketResult><Contents><Key>{}</Key>{lacking}</Contents></ListBucketResult>", ours());
        let (_, clients) = Wire::with([answer(200, &[], &body)]);
        let error = AudioList::page(&S3AudioLists::new(&clients, "bucket"), &folder(), None).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable, "{lacking}");
    }
}

#[tokio::test]
async fn a_page_of_uploads_goes_on_behind_a_key_and_an_id() {
    let entry = |key: &str, id: &str| {
        format!(
            "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>2024-03-15T12:00:01.000Z</Initiated></Upload>"
        )
    };
    let uploads = entry(&ours(), "upload-1") + &entry("recordings/notes.txt", "upload-2");
    let list = |rest: &str| {
        answer(200, &[], &format!("<ListMultipartUploadsResult>{rest}{uploads}</ListMultipartUploadsResult>"))
    };
    let (wire, clients) = Wire::with([
        list(
            "<IsTruncated>true</IsTruncated><NextKeyMarker>recordings/notes.txt</NextKeyMarker>\
             <NextUploadIdMarker>upload-2</NextUploadIdMarker>",
        ),
        list("<IsTruncated>false</IsTruncated>"),
        list("<IsTruncated>true</IsTruncated>"),
    ]);
    let lists = S3AudioLists::new(&clients, "bucket");
    let first = UploadList::page(&lists, &prefix(), None).await.unwrap();
    let begun_at = "2024-03-15T12:00:01Z".parse().unwrap();
    assert_eq!(first.uploads, [UploadUnderWay { key: key(), id: "upload-1".to_owned(), begun_at }]);
    assert_eq!(first.foreign, ["recordings/notes.txt"]);
    let place = UploadPlace { key: "recordings/notes.txt".to_owned(), id: "upload-2".to_owned() };
    assert_eq!(first.next, Some(place));
    assert_eq!(UploadList::page(&lists, &prefix(), first.next.as_ref()).await.unwrap().next, None);
    let no_marker = UploadList::page(&lists, &prefix(), None).await.unwrap_err();
    assert_eq!(no_marker.kind, ErrorKind::Unavailable, "a list that goes on nowhere");
    let sent = wire.sent();
    assert!(sent[0].line.contains("uploads") && sent[0].line.contains("prefix=recordings%2F"), "{}", sent[0].line);
    assert!(!sent[0].line.contains("marker"), "{}", sent[0].line);
    let markers = ["key-marker=recordings%2Fnotes.txt", "upload-id-marker=upload-2"];
    assert!(markers.iter().all(|marker| sent[1].line.contains(marker)), "{}", sent[1].line);
}

#[tokio::test]
async fn giving_up_twice_is_no_error() {
    let (wire, clients) = Wire::with([answer(204, &[], ""), s3_error(404, "NoSuchUpload")]);
    let lists = S3AudioLists::new(&clients, "bucket");
    let begun_at = "2024-03-15T12:00:01Z".parse().unwrap();
    let upload = UploadUnderWay { key: key(), id: "upload-1".to_owned(), begun_at };
    lists.abort(&upload).await.unwrap();
    lists.abort(&upload).await.unwrap();
    let line = &wire.sent()[0].line;
    assert!(line.starts_with("DELETE ") && line.contains(&ours()) && line.contains("uploadId=upload-1"), "{line}");
}
