//! ElevenLabs' webhooks: the signature first, over the bytes as they came; then what they say.
//! Source: <https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks>
//!
//! The same event may come five times, byte for byte. A conversation is one call with one recording, so that whatever comes of
//! it again is the same request again, and takes effect once.

mod authenticate;
mod event;
mod signature;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use recordings::ports::Clock;
use recordings::recording::Provider;

use crate::authenticity::note_strange;
use crate::{App, Ports, answer, record};

use authenticate::{Authentic, authenticate};
use event::{Event, Heard};

/// Takes what ElevenLabs says of a conversation. Once it is signed, the answer is 200 unless nothing could be made durable:
/// any other answer counts as a failure, and ten of those disable the webhook.
pub(crate) async fn webhook<P: Ports>(State(app): State<Arc<App<P>>>, request: Request<Body>) -> Response {
    let webhook = match authenticate(&app, request).await {
        Ok(webhook) => webhook,
        Err(refused) => return refused,
    };
    match Event::read(&webhook.body).and_then(|event| event.heard(&webhook, app.ports.clock().now())) {
        Ok(Heard::Told(request)) => record::take(&app, &request, StatusCode::OK).await,
        Ok(Heard::Hinted(request)) => record::take_as_hint(&app, &request, StatusCode::OK).await,
        Ok(Heard::NeverBegan(call)) => {
            tracing::info!(
                log_type = "call_never_began",
                organisation = %call.organisation,
                call_id = %call.call_id,
                "a call did not come about, and no job of it is known",
            );
            ignore(&app)
        }
        Ok(Heard::Other) => ignore(&app),
        Err(what) => {
            note_strange(&app, Provider::ElevenLabs, &webhook.organisation, &what);
            answer::empty(StatusCode::OK)
        }
    }
}

fn ignore<P: Ports>(app: &App<P>) -> Response {
    app.count(Provider::ElevenLabs, "webhook_ignored");
    answer::empty(StatusCode::OK)
}
