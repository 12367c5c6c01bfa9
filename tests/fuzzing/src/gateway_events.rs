//! Whatever API Gateway hands over, which is what anybody in the world sends to a public address.

use aws_lambda_events::event::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::Uri;
use lambda_http::request::LambdaRequest;
use recordings::fakes::{Effect, Entry};
use url::Url;

use crate::canary::assert_silent;
use crate::targets::{Target, Verdict};
use crate::webhook_scene::{Scene, fixture_recording};

/// What a stranger may be answered with. 405 and 404 are the router's own.
const STATUSES: [u64; 14] = [200, 204, 206, 302, 400, 403, 404, 405, 410, 413, 416, 502, 503, 500];

pub(crate) const TARGET: Target = Target { name: "gateway_events", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let Ok(event) = serde_json::from_slice::<LambdaRequest>(data) else { return Verdict::Refused };
    match &event {
        LambdaRequest::ApiGatewayV2(event) if is_convertible(event) => {}
        _ => return Verdict::Refused,
    }
    let scene = Scene::with_a_recording();
    let before = scene.world.journal().len();
    let answered = scene.answer(event);
    assert!(STATUSES.contains(&answered.status), "{}", answered.status);
    assert_silent(&answered.body);
    match scene.taken() {
        // The signature that a fixture bears is for its own recording, however the event around it was changed.
        Some(taken) => assert_eq!((&taken.recording, answered.status), (&fixture_recording(), 204)),
        None if answered.status >= 400 && answered.status != 404 && answered.status != 410 => {
            let is_link = |entry: &Entry| matches!(entry.effect, Effect::AccessRecorded(_));
            assert!(scene.world.journal()[before..].iter().all(is_link), "{:?}", scene.world.journal());
        }
        None => {}
    }
    Verdict::taken_if(answered.status < 400)
}

/// `lambda_http` panics where no URL can be made of the event, or no bytes of its body, which the runtime answers with an error: API Gateway sends
/// no such event, and the function goes on. A fuzzer must not stop there.
fn is_convertible(event: &ApiGatewayV2httpRequest) -> bool {
    let body = event.body.as_deref().unwrap_or_default();
    if event.is_base64_encoded && STANDARD.decode(body).is_err() {
        return false;
    }
    let header = |name: &str| event.headers.get(name).and_then(|value| value.to_str().ok());
    let host = header("host").or(event.request_context.domain_name.as_deref());
    let path = event.raw_path.as_deref().unwrap_or_default();
    let path = match event.request_context.stage.as_deref() {
        Some(stage) if stage != "$default" && !path.starts_with(&format!("/{stage}/")) => format!("/{stage}{path}"),
        _ => path.to_owned(),
    };
    let scheme = host.map_or("http", |_| header("x-forwarded-proto").unwrap_or("https"));
    let Ok(url) = Url::parse(&format!("{scheme}://{}{path}", host.unwrap_or("localhost"))) else { return false };
    let address = host.map_or(url.path(), |_| url.as_str());
    let query = event.raw_query_string.as_deref().filter(|query| !query.is_empty());
    query.map_or_else(|| address.to_owned(), |query| format!("{address}?{query}")).parse::<Uri>().is_ok()
}

fn seeds() -> Vec<Vec<u8>> {
    const EVENTS: [&str; 8] = [
        include_str!("../../../events/webhook-twilio-recording-completed.json"),
        include_str!("../../../events/webhook-twilio-recording-absent.json"),
        include_str!("../../../events/webhook-twilio-status-completed.json"),
        include_str!("../../../events/webhook-twilio-voice.json"),
        include_str!("../../../events/webhook-link.json"),
        include_str!("../../../events/webhook-link-head.json"),
        include_str!("../../../events/webhook-link-range.json"),
        include_str!("../../../events/webhook-health.json"),
    ];
    EVENTS.iter().map(|event| event.as_bytes().to_vec()).collect()
}
