use std::error::Error;

use super::super::wire::{Hand, Wire, answer, json_error, noon};
use super::*;
use crate::recording::Organisation;
use crate::secrets::InvalidSecret;

fn secret(organisation: &str) -> http::Response<aws_smithy_types::body::SdkBody> {
    let text = format!(
        r#"{{"link_keys":{{"current":"k1","keys":{{"k1":"{}"}}}},"organisations":{{"{organisation}":{{}}}}}}"#,
        "x".repeat(32)
    );
    answer(200, &[], &serde_json::json!({ "SecretString": text }).to_string())
}

fn holds(secrets: &Secrets, organisation: &str) -> bool {
    secrets.organisations.contains_key(&organisation.parse::<Organisation>().unwrap())
}

#[tokio::test]
async fn the_secret_is_fetched_once_for_five_minutes() {
    let (wire, clients) = Wire::with([secret("old"), secret("new")]);
    let clock = Hand::at(noon());
    let source = SecretsManager::new(&clients, "tapeline", clock.clone());
    let (one, other) = tokio::join!(source.current(), source.current());
    assert!(holds(&one.unwrap(), "old") && holds(&other.unwrap(), "old"));
    clock.advance(4);
    assert!(holds(&source.current().await.unwrap(), "old"));
    assert_eq!(wire.sent().len(), 1);
    clock.advance(1);
    assert!(holds(&source.current().await.unwrap(), "new"));
    assert_eq!(wire.sent()[1].json()["SecretId"], "tapeline");
}

#[tokio::test]
async fn an_old_copy_serves_for_an_hour_while_no_newer_one_can_be_had() {
    let denied = || json_error(400, "AccessDeniedException");
    let (wire, clients) = Wire::with([secret("old"), denied(), denied(), secret("new")]);
    let clock = Hand::at(noon());
    let source = SecretsManager::new(&clients, "tapeline", clock.clone());
    source.current().await.unwrap();
    clock.advance(59);
    assert!(holds(&source.current().await.unwrap(), "old"));
    assert!(holds(&source.current().await.unwrap(), "old"));
    assert_eq!(wire.sent().len(), 2, "it is not asked for again at once");
    clock.advance(1);
    assert_eq!(source.current().await.unwrap_err().kind, ErrorKind::Refused);
    assert!(holds(&source.current().await.unwrap(), "new"), "an error is not kept");
}

#[tokio::test]
async fn a_malformed_secret_is_refused_and_never_shown() {
    let text = serde_json::json!({ "SecretString": "{\"link_keys\":\"hunter2\"}" }).to_string();
    let binary = serde_json::json!({ "SecretBinary": "aHVudGVyMg==" }).to_string();
    let (_, clients) = Wire::with([answer(200, &[], &text), answer(200, &[], &binary), answer(200, &[], "hunter2")]);
    let source = SecretsManager::new(&clients, "tapeline", Hand::at(noon()));
    let shape = source.current().await.unwrap_err();
    assert_eq!(shape.kind, ErrorKind::Refused);
    assert!(shape.source().unwrap().is::<InvalidSecret>());
    let binary = source.current().await.unwrap_err();
    assert_eq!(binary.kind, ErrorKind::Refused);
    let cut_off = source.current().await.unwrap_err();
    for error in [shape, binary, cut_off] {
        let chain = std::iter::successors(Some(&error as &dyn Error), |error| (*error).source());
        let shown: String = chain.map(|error| format!("{error} ")).collect();
        assert!(!shown.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{shown} {error:?}");
    }
}

#[tokio::test]
async fn the_installation_is_as_old_as_its_secret_which_is_asked_once() {
    let described = serde_json::json!({ "CreatedDate": 1_710_513_022.25 }).to_string();
    let replies = [answer(200, &[], "{}"), json_error(400, "AccessDeniedException"), answer(200, &[], &described)];
    let (wire, clients) = Wire::with(replies);
    let installation = SecretsManager::new(&clients, "tapeline", Hand::at(noon()));
    assert_eq!(installation.made_at().await.unwrap_err().kind, ErrorKind::Unavailable, "no date is no age");
    assert_eq!(installation.made_at().await.unwrap_err().kind, ErrorKind::Refused, "an error is not kept");
    let made_at: Timestamp = "2024-03-15T14:30:22Z".parse().unwrap();
    for _ in 0..2 {
        assert_eq!(installation.made_at().await.unwrap(), made_at);
    }
    assert_eq!(wire.sent().len(), 3);
    assert_eq!(wire.sent()[2].json()["SecretId"], "tapeline");
}

#[tokio::test]
async fn a_secret_is_as_old_as_its_last_change() {
    let (created, changed) = ("CreatedDate", "LastChangedDate");
    let described = |json: serde_json::Value| answer(200, &[], &json.to_string());
    let (_, clients) = Wire::with([
        described(serde_json::json!({ created: 1_710_513_022, changed: 1_710_599_422.5 })),
        described(serde_json::json!({ created: 1_710_513_022 })),
        answer(200, &[], "{}"),
        json_error(400, "AccessDeniedException"),
    ]);
    let secret = SecretsManager::new(&clients, "tapeline", Hand::at(noon()));
    assert_eq!(secret.changed_at().await.unwrap(), "2024-03-16T14:30:22Z".parse().unwrap());
    assert_eq!(secret.changed_at().await.unwrap(), "2024-03-15T14:30:22Z".parse().unwrap(), "it was never changed");
    assert_eq!(secret.changed_at().await.unwrap_err().kind, ErrorKind::Unavailable, "no date is no age");
    assert_eq!(secret.changed_at().await.unwrap_err().kind, ErrorKind::Refused);
}
