use std::collections::BTreeMap;

use super::super::wire::{CALL, Hand, Wire, answer, noon, recording, s3_error};
use super::*;
use crate::audio::Container;
use crate::object_key::AudioPrefix;

const QUARTER: Duration = Duration::from_secs(15 * 60);

fn granted(token: &str, ends_at: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>{token}</SessionToken>\
         <Expiration>{ends_at}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    answer(200, &[], &body)
}

fn signing(public_endpoint: Option<&str>) -> Signing {
    Signing {
        bucket: "bucket".to_owned(),
        role_arn: "arn:aws:iam::1:role/links".to_owned(),
        public_endpoint: public_endpoint.map(str::to_owned),
    }
}

fn key() -> AudioKey {
    AudioPrefix::parse("recordings/").unwrap().audio_key(&recording(), noon(), None, Container::Mp3)
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn query(url: &str) -> BTreeMap<String, String> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_url_is_signed_by_the_role_and_ends_when_it_says() {
    let (wire, clients) = Wire::with([granted("t1", "2024-03-15T13:00:00Z")]);
    let signer = S3LinkSigner::new(&clients, signing(None), Hand::at(noon()));
    let signed = signer.sign(&key(), "Anna \"A\"\r\n.mp3", Method::Get, QUARTER).await.unwrap();
    assert_eq!(signed.expires_at, at("2024-03-15T12:15:00Z"));
    let query = query(&signed.url);
    assert_eq!(query["X-Amz-Date"], "20240315T120000Z");
    assert_eq!(query["X-Amz-Expires"], "900");
    assert_eq!(query["X-Amz-Security-Token"], "t1");
    assert_eq!(query["X-Amz-SignedHeaders"], "host", "a browser sends no header of its own");
    assert_eq!(query["response-content-disposition"], "inline; filename=\"Anna__A___.mp3\"");
    let path = format!("http://aws.test/bucket/recordings/acme/2024/03/15/{CALL}-unassigned.mp3?");
    assert!(signed.url.starts_with(&path), "{}", signed.url);
    let asked = wire.only();
    for field in ["Action=AssumeRole", "DurationSeconds=3600", "RoleSessionName=tapeline-links", "role%2Flinks"] {
        assert!(asked.body.contains(field), "{}", asked.body);
    }
}

#[tokio::test]
async fn a_url_never_outlives_its_credentials_less_a_minute() {
    let (_, clients) = Wire::with([granted("t1", "2024-03-15T12:10:00Z")]);
    let signer = S3LinkSigner::new(&clients, signing(None), Hand::at(noon()));
    let signed = signer.sign(&key(), "a.mp3", Method::Get, QUARTER).await.unwrap();
    assert_eq!(signed.expires_at, at("2024-03-15T12:09:00Z"));
    assert_eq!(query(&signed.url)["X-Amz-Expires"], "540");
}

#[tokio::test]
async fn the_method_and_the_public_endpoint_are_part_of_what_is_signed() {
    let (wire, clients) = Wire::with([granted("t1", "2024-03-15T13:00:00Z")]);
    let signer = S3LinkSigner::new(&clients, signing(Some("https://audio.example")), Hand::at(noon()));
    let get = signer.sign(&key(), "a.mp3", Method::Get, QUARTER).await.unwrap();
    let head = signer.sign(&key(), "a.mp3", Method::Head, QUARTER).await.unwrap();
    assert!(get.url.starts_with("https://audio.example/bucket/recordings/"), "{}", get.url);
    assert_eq!(query(&head.url)["X-Amz-SignedHeaders"], "host");
    assert_ne!(query(&get.url)["X-Amz-Signature"], query(&head.url)["X-Amz-Signature"]);
    wire.only();
}

#[tokio::test]
async fn the_session_is_renewed_at_half_its_life_and_only_once() {
    let (wire, clients) = Wire::with([granted("t1", "2024-03-15T13:00:00Z"), granted("t2", "2024-03-15T13:31:00Z")]);
    let clock = Hand::at(noon());
    let signer = S3LinkSigner::new(&clients, signing(None), clock.clone());
    let (key, token) = (key(), |url: &str| query(url)["X-Amz-Security-Token"].clone());
    for (minutes, expected) in [(0, "t1"), (29, "t1"), (2, "t2"), (1, "t2")] {
        clock.advance(minutes);
        let sign = || signer.sign(&key, "a.mp3", Method::Get, QUARTER);
        let (one, other) = tokio::join!(sign(), sign());
        assert_eq!((token(&one.unwrap().url), token(&other.unwrap().url)), (expected.into(), expected.into()));
    }
    assert_eq!(wire.sent().len(), 2);
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_serves_to_its_end() {
    let denied = || s3_error(403, "AccessDenied");
    let (wire, clients) = Wire::with([granted("t1", "2024-03-15T13:00:00Z"), denied(), denied(), denied()]);
    let clock = Hand::at(noon());
    let signer = S3LinkSigner::new(&clients, signing(None), clock.clone());
    let key = key();
    let sign = || signer.sign(&key, "a.mp3", Method::Get, QUARTER);
    sign().await.unwrap();
    clock.advance(50);
    assert_eq!(sign().await.unwrap().expires_at, at("2024-03-15T12:59:00Z"));
    sign().await.unwrap();
    assert_eq!(wire.sent().len(), 2, "it is not asked for again at once");
    clock.advance(9);
    assert_eq!(sign().await.unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_signs_nothing() {
    let (_, clients) = Wire::with([s3_error(403, "AccessDenied")]);
    let signer = S3LinkSigner::new(&clients, signing(None), Hand::at(noon()));
    let error = signer.sign(&key(), "a.mp3", Method::Get, QUARTER).await.unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::Refused, "sts AssumeRole links"));
}
