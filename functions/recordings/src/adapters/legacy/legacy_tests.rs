use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;

use super::*;
use crate::adapters::http::wire::{Step, Wire, answer, chain, client, client_waiting, head};
use crate::adapters::http::{HttpSettings, Reach};
use crate::adapters::tls::Tls;
use crate::recording::Provider;
use crate::secrets::Secrets;

struct Fixed(Arc<Secrets>);

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

/// `default` lists this machine and a public host, `acme` nobody.
fn hosts_with(http: HttpClient) -> LegacyHosts<Fixed> {
    let json = serde_json::json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {"default": {"legacy_hosts": ["127.0.0.1", "recordings.example.com"]}, "acme": {}},
    });
    LegacyHosts::new(http, Arc::new(Fixed(Arc::new(Secrets::parse(&json.to_string()).unwrap()))))
}

fn recording_of(organisation: &str) -> RecordingRef {
    RecordingRef::parse(organisation, Provider::Twilio, &format!("CA{:032x}", 1), &format!("RE{:032x}", 1)).unwrap()
}

fn url(text: &str) -> LegacyUrl {
    LegacyUrl::parse(text).unwrap()
}

async fn open(wire: &Wire) -> Result<String, FetchError> {
    let opened = hosts_with(client()).open(&recording_of("default"), &url(&wire.url("/a.mp3?sig=hunter2"))).await?;
    let chunks: Vec<Bytes> = opened.body.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

fn audio(body: &str) -> Vec<u8> {
    answer(200, &[("Content-Type", "audio/mpeg")], body)
}

fn redirect(to: &str) -> Vec<u8> {
    answer(302, &[("Location", to)], "")
}

#[track_caller]
fn assert_fails<T: std::fmt::Debug>(result: Result<T, FetchError>, code: &str, detail: &str) {
    let error = result.unwrap_err();
    let chain = chain(&error);
    assert_eq!(error.code(), code, "{chain}");
    assert!(chain.contains(detail), "{chain}");
    assert!(!chain.contains("hunter2"), "{chain}");
}

#[tokio::test]
async fn the_audio_is_asked_for_as_its_url_says_and_without_credentials() {
    let wire = Wire::answering([audio("audio")]).await;
    assert_eq!(open(&wire).await.unwrap(), "audio");
    let [seen] = &wire.seen()[..] else { panic!("one request") };
    assert_eq!(seen.line(), "GET /a.mp3?sig=hunter2");
    for header in ["authorization", "cookie", "referer"] {
        assert_eq!(seen.header(header), None);
    }
}

#[tokio::test]
async fn it_goes_on_where_it_stopped() {
    let part =
        answer(206, &[("Content-Type", "audio/mpeg"), ("Content-Range", "bytes 2-4/5"), ("ETag", "\"1\"")], "dio");
    let wire = Wire::answering([part]).await;
    let stopped = StoppedAt { offset: 2, announced_bytes: Some(5), version: Some("\"1\"".to_owned()) };
    let url = url(&wire.url("/a.mp3"));
    let rest = hosts_with(client()).open_from(&recording_of("default"), &url, &stopped).await.unwrap().unwrap();
    let chunks: Vec<Bytes> = rest.body.try_collect().await.unwrap();
    assert_eq!((chunks.concat().as_slice(), rest.announced_bytes), (b"dio".as_slice(), Some(5)));
    assert_eq!(wire.seen()[0].header("range"), Some("bytes=2-"));
}

#[tokio::test]
async fn a_host_that_the_organisation_does_not_list_is_never_asked() {
    let wire = Wire::start(|_| vec![]).await;
    let elsewhere = url(&format!("http://localhost:{}/a.mp3", wire.port()));
    let hosts = hosts_with(client());
    assert_fails(hosts.open(&recording_of("default"), &elsewhere).await.map(drop), "provider_refused", "list");
    let listed = url(&wire.url("/a.mp3"));
    for organisation in ["acme", "nobody"] {
        assert_fails(hosts.open(&recording_of(organisation), &listed).await.map(drop), "provider_refused", "list");
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn redirects_are_held_to_the_same_rules() {
    let wire = Wire::answering([redirect("/b.mp3"), audio("moved")]).await;
    assert_eq!(open(&wire).await.unwrap(), "moved");
    assert_eq!(wire.lines()[1], "GET /b.mp3");
    for (to, why) in [
        ("http://localhost:1/a.mp3", "list"),
        ("https://elsewhere.example.com/a.mp3", "list"),
        ("http://recordings.example.com/a.mp3", "https"),
        ("https://user:pw@recordings.example.com/a.mp3", "user and password"),
        ("https://10.0.0.1/a.mp3", "address"),
        ("http://169.254.169.254/latest/meta-data", "address"),
        ("file:///etc/passwd", "URL"),
    ] {
        let wire = Wire::answering([redirect(to)]).await;
        assert_fails(open(&wire).await, "provider_refused", why);
    }
    let round = Wire::start(|_| vec![Step::Send(redirect("/again"))]).await;
    assert_fails(open(&round).await, "provider_refused", "redirects");
    assert_eq!(round.seen().len(), 4);
    let wire = Wire::answering([answer(302, &[], "")]).await;
    assert_fails(open(&wire).await, "provider_refused", "location");
}

#[tokio::test]
async fn an_address_in_our_own_network_is_refused_though_its_host_is_listed() {
    let wire = Wire::start(|_| vec![]).await;
    let settings = HttpSettings { idle_timeout: Duration::from_secs(5), reach: Reach::Public };
    let public = HttpClient::new(settings, &Tls::bundled().unwrap()).unwrap();
    let listed = url(&wire.url("/a.mp3?sig=hunter2"));
    let refused = hosts_with(public).open(&recording_of("default"), &listed).await.map(drop);
    assert_fails(refused, "provider_refused", "not sent");
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn statuses_have_their_meaning() {
    for (status, code) in [
        (404, "provider_gone"),
        (410, "provider_gone"),
        (401, "provider_refused"),
        (403, "provider_refused"),
        (429, "provider_throttled"),
        (500, "provider_unavailable"),
        (503, "provider_unavailable"),
        (400, "provider_broken"),
        (304, "provider_broken"),
    ] {
        let wire = Wire::answering([answer(status, &[], "")]).await;
        assert_fails(open(&wire).await, code, &format!("HTTP {status}"));
    }
}

#[tokio::test]
async fn a_page_is_no_audio_and_silence_is_cut_short() {
    let wire = Wire::answering([answer(200, &[("Content-Type", "text/html")], "<html>")]).await;
    assert_fails(open(&wire).await, "provider_broken", "content type");
    let silent = Wire::start(|_| vec![Step::Send(head(200, &[("Content-Length", "9")])), Step::Hang]).await;
    let hosts = hosts_with(client_waiting(Duration::from_millis(50)));
    let opened = hosts.open(&recording_of("default"), &url(&silent.url("/a.mp3"))).await.unwrap();
    assert_fails(opened.body.try_collect::<Vec<Bytes>>().await, "provider_unavailable", "in time");
}
