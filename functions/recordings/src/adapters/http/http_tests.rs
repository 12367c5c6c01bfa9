use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolving};

use super::wire::{Step, Wire, answer, chain, client, client_waiting, head};
use super::*;

/// Knows every name, and the same addresses for each.
struct Everywhere(Vec<SocketAddr>);

impl Resolve for Everywhere {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses = self.0.clone();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

fn public_only() -> HttpSettings {
    HttpSettings { idle_timeout: Duration::from_secs(20), reach: Reach::Public }
}

async fn get(client: &HttpClient, url: &str) -> Result<Response, PortError> {
    client.send("test get", client.request(Method::GET, url.parse().unwrap())).await
}

#[tokio::test]
async fn it_introduces_itself_and_does_not_follow_redirects() {
    let wire = Wire::answering([answer(302, &[("Location", "/elsewhere")], "")]).await;
    let response = get(&client(), &wire.url("/here")).await.unwrap();
    assert_eq!(response.status(), 302);
    let [seen] = &wire.seen()[..] else { panic!("one request") };
    assert_eq!(seen.header("user-agent"), Some(USER_AGENT));
    assert_eq!(seen.header("authorization"), None);
}

#[tokio::test]
async fn without_the_switch_nothing_on_this_machine_is_reached() {
    let wire = Wire::start(|_| vec![]).await;
    let port = wire.port();
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST", "0.0.0.0"] {
        for scheme in ["http", "https"] {
            let client = HttpClient::new(public_only(), &Tls::bundled().unwrap()).unwrap();
            let error = get(&client, &format!("{scheme}://{host}:{port}/")).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid, "{scheme} {host}: {error}");
            assert!(chain(&error).contains("the destination"), "{host}: {}", chain(&error));
        }
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn a_name_that_resolves_into_a_private_network_is_refused() {
    for address in ["10.0.0.1:0", "169.254.169.254:0", "192.168.0.1:0", "127.0.0.1:0", "[::1]:0", "[fd00::1]:0"] {
        let resolver = Everywhere(vec![address.parse().unwrap()]);
        let client = HttpClient::resolving_with(resolver, public_only(), &Tls::bundled().unwrap()).unwrap();
        let error = get(&client, "https://media.example.com/audio?token=hunter2").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{address}: {error}");
        let chain = chain(&error);
        assert!(chain.contains("not public") && !chain.contains("hunter2"), "{chain}");
    }
}

#[tokio::test]
async fn the_switch_does_not_open_private_networks_to_names() {
    let settings = HttpSettings { reach: Reach::PublicAndLoopback, ..public_only() };
    let resolver = Everywhere(vec!["10.0.0.1:0".parse().unwrap()]);
    let client = HttpClient::resolving_with(resolver, settings, &Tls::bundled().unwrap()).unwrap();
    let error = get(&client, "https://media.example.com/").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn private_addresses_among_public_ones_are_left_out() {
    let mixed = ["10.0.0.1:0", "8.8.8.8:0", "[::1]:0"].map(|address| address.parse().unwrap()).to_vec();
    let guarded = GuardedResolver::new(Everywhere(mixed), Reach::Public);
    let left: Vec<SocketAddr> = guarded.resolve("a.example".parse().unwrap()).await.unwrap().collect();
    assert_eq!(left, ["8.8.8.8:0".parse().unwrap()]);
}

#[tokio::test]
async fn the_systems_answers_pass_the_guard() {
    let guarded = GuardedResolver::new(SystemResolver, Reach::Public);
    let error = guarded.resolve("localhost".parse().unwrap()).await.err().unwrap();
    assert!(error.is::<reach::Forbidden>(), "{error}");
}

#[tokio::test]
async fn a_closed_port_is_unavailable() {
    // A free port might be anybody's a moment later; nobody listens at this one.
    let error = get(&client(), "http://127.0.0.1:1/?token=hunter2").await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Unavailable, "cannot connect"));
    assert!(!chain(&error).contains("hunter2"), "{}", chain(&error));
}

#[tokio::test]
async fn a_connection_closed_instead_of_an_answer_is_unavailable() {
    let wire = Wire::start(|_| vec![]).await;
    let error = get(&client(), &wire.url("/?token=hunter2")).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Unavailable, "the connection broke off"));
    assert!(!chain(&error).contains("hunter2"), "{}", chain(&error));
}

#[tokio::test]
async fn silence_before_the_head_is_cut_short() {
    let wire = Wire::start(|_| vec![Step::Hang]).await;
    let error = get(&client_waiting(Duration::from_millis(50)), &wire.url("/?token=hunter2")).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Unavailable, "no answer in time"));
    assert!(!chain(&error).contains("hunter2"), "{}", chain(&error));
}

#[tokio::test]
async fn silence_in_the_body_is_cut_short() {
    let wire = Wire::start(|_| vec![Step::Send(head(200, &[("Content-Length", "9")])), Step::Hang]).await;
    let response = get(&client_waiting(Duration::from_millis(50)), &wire.url("/")).await.unwrap();
    let error = whole_body("test get", response, 100).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Unavailable, "no answer in time"));
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    for (length, fits) in [(100, true), (101, false)] {
        let wire = Wire::answering([answer(200, &[], "x".repeat(length))]).await;
        let response = get(&client(), &wire.url("/")).await.unwrap();
        let body = whole_body("test get", response, 100).await;
        assert_eq!(
            body.map(|body| body.len()).map_err(|error| error.kind),
            if fits { Ok(100) } else { Err(ErrorKind::Invalid) }
        );
    }
}

#[tokio::test]
async fn of_an_error_only_the_beginning_is_read_however_it_ends() {
    let endless = Wire::answering([[head(500, &[("Content-Length", "9999999")]), vec![b'x'; 100_000]].concat()]).await;
    let broken = Wire::answering([[head(500, &[("Content-Length", "99")]), b"why".to_vec()].concat()]).await;
    for (wire, expected) in [(endless, 16 * 1024), (broken, 3)] {
        let response = get(&client(), &wire.url("/")).await.unwrap();
        assert_eq!(error_body(response).await.len(), expected);
    }
}

#[tokio::test]
async fn retry_after_counts_in_seconds() {
    for (value, expected) in
        [("30", Some(30)), (" 7 ", Some(7)), ("Fri, 31 Dec 1999 23:59:59 GMT", None), ("-1", None), ("1e9", None)]
    {
        let wire = Wire::answering([answer(429, &[("Retry-After", value)], "")]).await;
        let response = get(&client(), &wire.url("/")).await.unwrap();
        assert_eq!(retry_after(&response), expected.map(Duration::from_secs), "{value}");
    }
}
