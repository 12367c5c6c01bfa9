use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use http_body_util::BodyExt;
use standins::{Caller, Fault, FaultRule, JournalQuery, Method, Service, Settings, Weather};
use tokio::net::TcpListener;

use crate::http::{Call, call, get};
use crate::scene::Scene;

/// An emulator that answers with what it received: request line, host, length, and body.
async fn echo(request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let of = |name| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let answer = format!("{} {}\n{}\n{}\n", head.method, head.uri, of(header::HOST), of(header::CONTENT_LENGTH));
    let answer = [answer.into_bytes(), body.to_vec()].concat();
    (StatusCode::IM_A_TEAPOT, [("x-amz-request-id", "kept")], Bytes::from(answer)).into_response()
}

/// Stand-ins whose door leads to the echo.
async fn before_an_echo() -> Scene {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let emulator = Some(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(echo)).await });
    Scene::with(Settings { emulator, ..Settings::default() }).await
}

impl Scene {
    fn aws(&self, method: &'static str, path: &str) -> Call {
        call(method, format!("{}{path}", self.standins.aws_url()))
    }

    fn send_message(&self, queue: &str, message: &str) -> Call {
        let url = format!("http://localhost:4566/000000000000/{queue}");
        let body = serde_json::json!({ "QueueUrl": url, "MessageBody": message });
        self.aws("POST", "/").json(&body).header("x-amz-target", "AmazonSQS.SendMessage")
    }
}

#[tokio::test]
async fn what_no_fault_strikes_arrives_as_it_was_sent_and_is_not_written_down() {
    let scene = before_an_echo().await;
    let host = scene.standins.aws_url().trim_start_matches("http://").to_owned();
    for path in ["/", "/bucket/recordings/CA1-JOB%201.mp3?x-id=PutObject", "/b/a%2Fb//c/../d?x=%27'&y", "/?list-type=2"]
    {
        let reply = scene.aws("PUT", path).text("a body").send().await;
        assert_eq!((reply.status, reply.header("x-amz-request-id")), (418, "kept"));
        assert_eq!(reply.text(), format!("PUT {path}\n{host}\n6\na body"));
    }
    let reply = scene.send_message("history.fifo", "CA1").send().await;
    let body: serde_json::Value = serde_json::from_str(reply.text().lines().last().unwrap()).unwrap();
    let sent = serde_json::json!({
        "QueueUrl": "http://localhost:4566/000000000000/history.fifo",
        "MessageBody": "CA1",
    });
    assert_eq!(body, sent);
    assert_eq!(scene.world().journal(JournalQuery::default()), []);
}

#[tokio::test]
async fn a_body_of_many_megabytes_passes_whole() {
    let scene = before_an_echo().await;
    let part: String = "0123456789abcdef".repeat(400_000);
    let reply = scene.aws("PUT", "/bucket/key?partNumber=1").text(&part).send().await;
    assert!(reply.text().ends_with(&part));
}

#[tokio::test]
async fn rules_name_an_object_by_method_and_key() {
    let scene = before_an_echo().await;
    let denied = FaultRule::new(Service::Aws, Fault::s3_access_denied()).method("PUT").regex("/bucket/.*CA1");
    scene.world().inject(denied).unwrap();
    let mut statuses = Vec::new();
    for (method, path) in
        [("PUT", "/bucket/recordings/CA1-J.mp3"), ("GET", "/bucket/recordings/CA1-J.mp3"), ("PUT", "/bucket/CA2")]
    {
        statuses.push(scene.aws(method, path).text(&"audio".repeat(1_000_000)).send().await.status);
    }
    assert_eq!(statuses, [403, 418, 418]);
    let reply = scene.aws("PUT", "/bucket/CA1").send().await;
    assert!(reply.text().contains("<Code>AccessDenied</Code>"), "{}", reply.text());
    let report = &scene.world().faults()[0];
    assert_eq!((report.matched, report.struck), (2, 2));
}

#[tokio::test]
async fn rules_name_a_message_by_operation_queue_and_content() {
    let scene = before_an_echo().await;
    let refused =
        FaultRule::new(Service::Aws, Fault::aws_access_denied()).regex(r"^/AmazonSQS\.SendMessage/history\.fifo .*CA1");
    scene.world().inject(refused).unwrap();
    let mut statuses = Vec::new();
    for (queue, message) in [("history.fifo", "CA1"), ("history.fifo", "CA2"), ("retry", "CA1")] {
        statuses.push(scene.send_message(queue, message).send().await.status);
    }
    assert_eq!(statuses, [403, 418, 418]);
    let journal = scene.world().journal(JournalQuery::of(Service::Aws));
    let struck: Vec<_> = journal.iter().map(|entry| (entry.path.as_str(), entry.status, &entry.caller)).collect();
    assert_eq!(struck, [("/AmazonSQS.SendMessage/history.fifo", Some(403), &Caller::ForAws)]);
}

#[tokio::test]
async fn aws_can_hang_be_gone_and_lose_its_reply() {
    let scene = before_an_echo().await;
    for fault in [Fault::CloseBeforeAnswer, Fault::LoseReply] {
        let id = scene.world().inject(FaultRule::new(Service::Aws, fault)).unwrap();
        assert!(scene.aws("PUT", "/bucket/key").text("body").try_send().await.is_none());
        scene.world().clear_fault(id);
    }
    scene.world().inject(FaultRule::new(Service::Aws, Fault::Hang)).unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(80), scene.aws("GET", "/bucket/key").send()).await;
    assert!(waited.is_err());
}

#[tokio::test]
async fn what_a_client_sends_can_be_flipped_on_its_way() {
    let scene = before_an_echo().await;
    scene.world().inject(FaultRule::new(Service::Aws, Fault::FlipSentBit { offset: 1, bit: 0 }).once()).unwrap();
    for body in ["a!body", "a body"] {
        let reply = scene.aws("PUT", "/bucket/key").text("a body").send().await;
        assert!(reply.text().ends_with(&format!("\n6\n{body}")), "{}", reply.text());
    }
}

/// Refuses whatever is about CA1, and only that.
#[derive(Debug)]
struct Refusing;

impl Weather for Refusing {
    fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault> {
        let is_meant = service == Service::Aws && method == Method::PUT && path.contains("CA1");
        is_meant.then(Fault::s3_access_denied)
    }
}

#[tokio::test]
async fn the_weather_strikes_what_no_rule_strikes() {
    let scene = before_an_echo().await;
    scene.world().set_weather(Some(Arc::new(Refusing)));
    scene.world().inject(FaultRule::new(Service::Aws, Fault::status(503)).once()).unwrap();
    let mut statuses = Vec::new();
    for path in ["/bucket/CA1", "/bucket/CA1", "/bucket/CA2"] {
        statuses.push(scene.aws("PUT", path).send().await.status);
    }
    scene.world().set_weather(None);
    statuses.push(scene.aws("PUT", "/bucket/CA1").send().await.status);
    assert_eq!(statuses, [503, 403, 418, 418]);
    assert_eq!(scene.world().journal(JournalQuery::of(Service::Aws)).len(), 2, "what it struck is written down");
}

#[tokio::test]
async fn a_door_that_leads_nowhere_says_so() {
    let scene = Scene::start().await;
    let reply = get(scene.standins.aws_url()).send().await;
    assert_eq!((reply.status, reply.text()), (502, "no emulator was named behind this door"));
}

/// A port that was used rests for a minute, and a load of ten thousand webhooks makes fifty thousand requests.
#[tokio::test]
async fn one_request_after_the_other_goes_through_one_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let emulator = Some(format!("http://{}", listener.local_addr().unwrap()));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let listener = listener.tap_io(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(echo)).await });
    let scene = Scene::with(Settings { emulator, ..Settings::default() }).await;
    for n in 0..20 {
        assert_eq!(scene.aws("PUT", &format!("/bucket/CA{n}")).text("a body").send().await.status, 418);
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}
