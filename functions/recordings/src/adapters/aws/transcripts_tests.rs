use super::super::wire::{CALL, Wire, answer, s3_error};
use super::*;
use crate::ports::ErrorKind;
use crate::recording::{Provider, Speaker, Turn};

fn call() -> CallRef {
    CallRef::parse("acme", Provider::Twilio, CALL).unwrap()
}

fn transcript() -> Transcript {
    let turn = Turn { speaker: Speaker::Customer, text: "The boiler leaks.".to_owned(), offset_ms: Some(1_200) };
    Transcript::of_turns(vec![turn])
}

#[tokio::test]
async fn a_transcript_is_the_object_of_its_call() {
    let (wire, clients) = Wire::with([answer(200, &[("etag", "\"e\"")], "")]);
    S3Transcripts::new(&clients, "bucket").put(&call(), &transcript(), RetentionTag::AT_FIRST).await.unwrap();
    let sent = wire.only();
    let key = format!("/bucket/transcripts/acme/twilio/{CALL}.json");
    assert!(sent.line.starts_with("PUT ") && sent.line.contains(&key), "{}", sent.line);
    assert_eq!(sent.header("x-amz-tagging"), Some("retention=standard"), "it expires when the audio does");
    assert_eq!((sent.header("if-none-match"), sent.header("if-match")), (None, None), "the newest word counts");
    assert!(serde_json::from_value::<Transcript>(sent.json()).unwrap() == transcript());
}

#[tokio::test]
async fn what_is_no_transcript_is_located_and_never_quoted() {
    let body = serde_json::to_string(&transcript()).unwrap();
    let (_, clients) = Wire::with([
        answer(200, &[("etag", "\"e\"")], &body),
        s3_error(404, "NoSuchKey"),
        answer(200, &[("etag", "\"e\"")], &body.replace("[", "")),
    ]);
    let transcripts = S3Transcripts::new(&clients, "bucket");
    assert!(transcripts.get(&call()).await.unwrap() == Some(transcript()));
    assert_eq!(transcripts.get(&call()).await.unwrap(), None);
    let error = transcripts.get(&call()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.to_string().contains("malformed") && !error.to_string().contains("boiler"), "{error}");
}

#[tokio::test]
async fn a_transcript_is_kept_for_as_long_as_its_tag_says() {
    let (wire, clients) = Wire::with([answer(200, &[], ""), s3_error(404, "NoSuchKey"), s3_error(403, "AccessDenied")]);
    let transcripts = S3Transcripts::new(&clients, "bucket");
    transcripts.tag(&call(), RetentionTag::Hold).await.unwrap();
    transcripts.tag(&call(), RetentionTag::Hold).await.unwrap();
    assert_eq!(transcripts.tag(&call(), RetentionTag::Hold).await.unwrap_err().kind, ErrorKind::Refused);
    let sent = &wire.sent()[0];
    let key = format!("/bucket/transcripts/acme/twilio/{CALL}.json");
    assert!(
        sent.line.starts_with("PUT ") && sent.line.contains(&key) && sent.line.contains("tagging"),
        "{}",
        sent.line
    );
}
