use serde_json::json;

use super::super::fixtures::{ACCOUNT, BY_TOKEN, json as answered, twilio};
use super::*;
use crate::adapters::http::wire::Wire;

fn id(n: u32) -> String {
    format!("PN{n:032x}")
}

fn number(n: u32, voice_url: &str, status_callback: &str) -> Value {
    json!({
        "sid": id(n), "account_sid": ACCOUNT, "phone_number": "+15551234567", "friendly_name": "(555) 123-4567",
        "voice_url": voice_url, "status_callback": status_callback, "voice_application_sid": "", "trunk_sid": null,
    })
}

fn page(numbers: &[Value], next: Option<&str>) -> Vec<u8> {
    answered(200, &json!({"incoming_phone_numbers": numbers, "next_page_uri": next, "page": 0}).to_string())
}

async fn numbers(wire: &Wire) -> Result<NumberSettings, PortError> {
    twilio(wire).await.numbers(&Organisation::default_organisation()).await
}

#[tokio::test]
async fn every_page_is_read_and_no_number_is_kept() {
    let list = format!("/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json");
    let next = format!("{list}?PageSize=250&Page=1&PageToken=PAPN1");
    let trunk = json!({"sid": id(3), "voice_url": null, "status_callback": "", "trunk_sid": "TK1"});
    let app = json!({"sid": id(4), "voice_application_sid": "AP1"});
    let wire = Wire::answering([
        page(&[number(1, "https://calls.example.com/api/twilio/voice", "")], Some(&next)),
        page(
            &[number(2, "", "https://user:hunter2@other.example/x"), trunk, app, json!({"sid": "+15551234567"})],
            None,
        ),
    ])
    .await;
    let told = numbers(&wire).await.unwrap();
    let setting = |n, voice_url: Option<&str>, status_callback: Option<&str>, handled_elsewhere| NumberSetting {
        id: id(n).parse().unwrap(),
        voice_url: voice_url.map(str::to_owned),
        status_callback: status_callback.map(str::to_owned),
        handled_elsewhere,
    };
    let expected = [
        setting(1, Some("https://calls.example.com/api/twilio/voice"), None, false),
        setting(2, None, Some("https://user:hunter2@other.example/x"), false),
        setting(3, None, None, true),
        setting(4, None, None, true),
    ];
    assert_eq!(told.numbers, expected);
    assert_eq!(told.strange, 1);
    assert!(!format!("{told:?}").contains("555") && !format!("{told:?}").contains("hunter2"), "{told:?}");
    let [first, second] = &wire.seen()[..] else { panic!("two requests") };
    assert_eq!(first.line(), format!("GET {list}?PageSize=250"));
    assert_eq!(first.header("authorization"), Some(BY_TOKEN));
    assert_eq!(second.line(), format!("GET {next}"));
}

#[tokio::test]
async fn a_link_that_leads_away_or_back_is_not_followed() {
    let elsewhere = "https://evil.example/2010-04-01/Accounts/x/IncomingPhoneNumbers.json?Page=1&PageToken=P";
    let wire = Wire::answering([page(&[], Some(elsewhere))]).await;
    assert_eq!(numbers(&wire).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wire.seen().len(), 1);
}

#[tokio::test]
async fn a_refusal_or_half_an_answer_says_nothing_about_the_numbers() {
    for (answer, kind) in [
        (answered(401, r#"{"code":20003}"#), ErrorKind::Refused),
        (answered(429, r#"{"code":20429}"#), ErrorKind::Throttled { retry_after: None }),
        (answered(500, ""), ErrorKind::Unavailable),
        (answered(200, r#"{"incoming_phone_numbers":[]}"#), ErrorKind::Unavailable),
        (answered(200, "<html>"), ErrorKind::Unavailable),
    ] {
        let wire = Wire::answering([answer]).await;
        assert_eq!(numbers(&wire).await.unwrap_err().kind, kind);
    }
    let wire = Wire::answering([]).await;
    let nobody = twilio(&wire).await.numbers(&"idle".parse().unwrap()).await.unwrap_err();
    assert_eq!(nobody.kind, ErrorKind::Refused);
}
