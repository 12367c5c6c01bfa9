use super::*;
use crate::adapters::http::wire::{Step, Wire, answer, client};

fn description(issuer: &str, keys: &str) -> Vec<u8> {
    answer(200, &[], format!(r#"{{"issuer": "{issuer}", "jwks_uri": "{keys}", "more": 1}}"#))
}

#[tokio::test]
async fn an_issuers_description_leads_to_its_keys() {
    let keys = Wire::answering([answer(200, &[], r#"{"keys": []}"#)]).await;
    // The issuer's own address is known once it listens.
    let place = keys.url("/keys");
    let issuer = Wire::start(move |seen| {
        let host = seen.header("host").unwrap_or_default().to_owned();
        vec![Step::Send(description(&format!("http://{host}"), &place))]
    })
    .await;
    let found = Oidc::new(client()).fetch(&format!("http://127.0.0.1:{}", issuer.port())).await.unwrap();
    assert_eq!(found, r#"{"keys": []}"#);
    assert_eq!(issuer.lines(), ["GET /.well-known/openid-configuration"]);
    assert_eq!(keys.lines(), ["GET /keys"]);
}

#[tokio::test]
async fn what_is_not_the_issuers_own_description_leads_nowhere() {
    for odd in [
        description("https://another.example.com", "https://another.example.com/keys"),
        answer(200, &[], "<html>"),
        answer(200, &[], vec![b' '; MOST_BYTES + 1]),
        answer(302, &[("Location", "https://another.example.com/")], ""),
        answer(404, &[], ""),
    ] {
        let wire = Wire::answering([odd]).await;
        let error = Oidc::new(client()).fetch(wire.url("").trim_end_matches('/')).await.unwrap_err();
        assert_eq!((error.kind, wire.seen().len()), (ErrorKind::Invalid, 1));
    }
    let wire = Wire::answering([answer(503, &[], "")]).await;
    let error = Oidc::new(client()).fetch(wire.url("").trim_end_matches('/')).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}
