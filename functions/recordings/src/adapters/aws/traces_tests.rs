use std::collections::BTreeSet;

use super::super::wire::{CALL, Wire, answer, noon, s3_error};
use super::*;
use crate::object_key::{AudioPrefix, traces_of, utc_day};
use crate::recording::{CallRef, Provider};

fn place(kind: TraceKind) -> TracePlace {
    let call = CallRef::parse("default", Provider::Twilio, CALL).unwrap();
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let places = traces_of(&call, &prefix, &BTreeSet::from([utc_day(noon())]));
    places.into_iter().find(|place| place.kind == kind).unwrap()
}

/// A version of an object as S3 lists it.
fn version(element: &str, key: &str, id: &str, latest: bool) -> String {
    format!(
        "<{element}><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest><Size>7</Size></{element}>"
    )
}

fn page(truncated: bool, body: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    let more =
        if truncated { "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>" } else { "" };
    let list = format!("<ListVersionsResult><IsTruncated>{truncated}</IsTruncated>{more}{body}</ListVersionsResult>");
    answer(200, &[("content-type", "application/xml")], &list)
}

#[tokio::test]
async fn every_version_and_mark_is_found_on_every_page_and_every_upload() {
    let key = format!("recordings/2024/03/15/{CALL}-JOB1.mp3");
    let uploads = format!(
        "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>{key}</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>"
    );
    let (wire, clients) = Wire::with([
        page(true, &version("Version", &key, "v2", true)),
        page(false, &(version("Version", &key, "v1", false) + &version("DeleteMarker", &key, "m1", false))),
        answer(200, &[("content-type", "application/xml")], &uploads),
    ]);
    let found = S3Traces::new(&clients, "bucket").find(&place(TraceKind::Audio)).await.unwrap();
    let versions: Vec<_> = found.iter().map(|trace| trace.version.clone()).collect();
    let object = |id: &str| TraceVersion::Object(id.to_owned());
    let mark = TraceVersion::Mark("m1".to_owned());
    assert_eq!(versions, [object("v2"), object("v1"), mark, TraceVersion::Upload("u".to_owned())]);
    assert!(found.iter().all(|trace| trace.key == key && trace.kind == TraceKind::Audio));
    let sent = wire.sent();
    let prefix = format!("prefix=recordings%2F2024%2F03%2F15%2F{CALL}-");
    assert!(sent.iter().all(|sent| sent.line.contains(&prefix)), "{sent:?}");
    assert!(sent[1].line.contains("key-marker=k") && sent[1].line.contains("version-id-marker=v"), "{sent:?}");
}

#[tokio::test]
async fn the_newest_of_what_says_that_it_was_erased_stays() {
    let key = format!("ledger/default/twilio/{CALL}.json");
    let body = version("Version", &key, "v2", true) + &version("Version", &key, "v1", false);
    let (_wire, clients) = Wire::with([page(false, &body)]);
    let found = S3Traces::new(&clients, "bucket").find(&place(TraceKind::Control)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].version, TraceVersion::Object("v1".to_owned()));
}

#[tokio::test]
async fn a_list_that_does_not_say_which_version_it_means_is_an_error() {
    let (_wire, clients) = Wire::with([page(false, "<Version><Key>k</Key></Version>")]);
    let failed = S3Traces::new(&clients, "bucket").find(&place(TraceKind::Note)).await.unwrap_err();
    assert_eq!(failed.kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_version_is_removed_by_its_id_and_one_that_is_gone_is_removed() {
    let (wire, clients) =
        Wire::with([answer(204, &[], ""), s3_error(404, "NoSuchVersion"), s3_error(403, "AccessDenied")]);
    let port = S3Traces::new(&clients, "bucket");
    let trace = Trace {
        kind: TraceKind::Note,
        key: "calls/default/twilio/x".to_owned(),
        version: TraceVersion::Object("v1".to_owned()),
        bytes: 0,
    };
    port.remove(&trace).await.unwrap();
    port.remove(&trace).await.unwrap();
    assert_eq!(port.remove(&trace).await.unwrap_err().kind, ErrorKind::Refused);
    let sent = wire.sent();
    assert!(sent[0].line.starts_with("DELETE ") && sent[0].line.contains("versionId=v1"), "{sent:?}");
}
