use crate::adapters::http::wire::{Wire, answer, chain, client};

use super::*;

async fn fetch(wire: &Wire, path: &str) -> Result<Fetched, PortError> {
    let client = client();
    let request = client.request(Method::GET, wire.url(path).parse().unwrap());
    let range = HeaderMap::from_iter([(reqwest::header::RANGE, "bytes=7-".parse().unwrap())]);
    client.get_following("test get", request.basic_auth("user", Some("hunter2")), &range).await
}

fn redirect(status: u16, to: &str) -> Vec<u8> {
    answer(status, &[("Location", to)], "moved")
}

#[tokio::test]
async fn credentials_stay_with_the_first_host_and_the_first_request() {
    for status in [301, 302, 303, 307, 308] {
        let media = Wire::answering([redirect(status, "/again"), answer(200, &[], "audio")]).await;
        let api = Wire::answering([redirect(status, &media.url("/media?token=t"))]).await;
        let fetched = fetch(&api, "/audio").await.unwrap();
        assert!(fetched.redirected);
        assert_eq!(fetched.response.bytes().await.unwrap(), "audio");
        assert!(api.seen()[0].header("authorization").is_some());
        assert_eq!(media.lines(), ["GET /media?token=t", "GET /again"]);
        assert!(api.seen().iter().chain(&media.seen()).all(|seen| seen.header("range") == Some("bytes=7-")));
        assert!(media.seen().iter().all(|seen| !seen.head.contains("authorization") && !seen.head.contains("referer")));
    }
}

#[tokio::test]
async fn credentials_do_not_come_back_to_the_same_host() {
    let api = Wire::answering([redirect(302, "/elsewhere"), answer(200, &[], "audio")]).await;
    fetch(&api, "/audio").await.unwrap();
    assert_eq!(api.seen()[1].header("authorization"), None);
}

#[tokio::test]
async fn other_answers_are_given_back_as_they_are() {
    for status in [200, 206, 300, 304, 404, 500] {
        let api = Wire::answering([answer(status, &[("Location", "/x")], "")]).await;
        let fetched = fetch(&api, "/audio").await.unwrap();
        assert_eq!((fetched.response.status().as_u16(), fetched.redirected), (status, false));
    }
}

#[tokio::test]
async fn the_fourth_redirect_is_not_followed() {
    let hops = |n| (0..n).map(|_| redirect(302, "/next"));
    let three = Wire::answering(hops(3).chain([answer(200, &[], "audio")])).await;
    assert!(fetch(&three, "/audio").await.is_ok());
    let four = Wire::answering(hops(4)).await;
    let error = fetch(&four, "/audio").await.unwrap_err();
    assert_eq!((error.kind, four.seen().len()), (ErrorKind::Invalid, 4));
}

#[tokio::test]
async fn redirects_out_of_the_public_network_are_refused() {
    for location in [
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "https://2852039166/",
        "http://example.com/",
        "//10.0.0.1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:audio/mpeg;base64,AAAA",
        "https://user:hunter2@example.com/",
        "https://",
    ] {
        let api = Wire::answering([redirect(302, location)]).await;
        let error = fetch(&api, "/audio").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{location}: {error}");
        assert!(!chain(&error).contains("hunter2"), "{}", chain(&error));
    }
}

#[tokio::test]
async fn a_redirect_without_a_location_is_refused() {
    let api = Wire::answering([answer(302, &[], "")]).await;
    assert_eq!(fetch(&api, "/audio").await.unwrap_err().kind, ErrorKind::Invalid);
}
