//! The number's voice webhook: recording starts here, then the call goes to the voice agent.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use recordings::recording::{JobNumber, Provider};

use super::authenticate::authenticate;
use super::twiml::{VoiceAnswer, render};
use crate::form::Form;
use crate::{App, Ports, answer, job};

/// What makes Twilio try a callback up to five times more, whatever the failure, within its fifteen seconds.
/// Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
const RETRIES: &str = "#rc=5&rp=all";

/// Answers a call with its recording and its agent. Both are told the call's job, where it is known.
pub(crate) async fn voice<P: Ports>(State(app): State<Arc<App<P>>>, request: Request<Body>) -> Response {
    let webhook = match authenticate(&app, request).await {
        Ok(webhook) => webhook,
        Err(refused) => return refused,
    };
    let Some(voice) = &app.settings.voice else {
        tracing::error!(log_type = "voice_not_configured", "a call came in, and VOICE_AGENT_URL is not set");
        app.count(Provider::Twilio, "voice_not_configured");
        return answer::sentence(StatusCode::NOT_FOUND, "VOICE_AGENT_URL is not set.\n");
    };
    let job = webhook.job_number();
    let callback = format!("{}/api/twilio/recording{RETRIES}", app.settings.public_base_url);
    answer::twiml(render(&VoiceAnswer {
        consent_message: voice.consent_message.as_deref(),
        recording_callback: &with_job(&callback, job.as_ref()),
        channels: voice.channels.as_str(),
        agent_url: &with_job(&voice.agent_url, job.as_ref()),
    }))
}

/// A URL with the job in its query, unless it names one itself. The rest stays as it is written, because an agent that
/// checks Twilio's signature computes it from its own spelling of the URL.
fn with_job<'a>(url: &'a str, job: Option<&JobNumber>) -> Cow<'a, str> {
    let Some(job) = job else { return url.into() };
    let (address, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let query = address.split_once('?').map(|(_, query)| query);
    if query.is_some_and(|query| Form::read(query.as_bytes()).get(job::PARAMETER).is_some()) {
        return url.into();
    }
    let joint = match query {
        None => "?",
        Some(query) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    // A job number has no character that would need escaping in a URL.
    format!("{address}{joint}{}={job}{fragment}", job::PARAMETER).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_query_and_fragment_when_it_is_told_the_job() {
        let job: JobNumber = "JOB-4.5_6".parse().unwrap();
        for (url, expected) in [
            ("https://a.example", "https://a.example?job=JOB-4.5_6"),
            ("https://a.example/voice#rc=5&rp=all", "https://a.example/voice?job=JOB-4.5_6#rc=5&rp=all"),
            ("https://a.example/voice?", "https://a.example/voice?job=JOB-4.5_6"),
            ("https://a.example/?x=%20'&", "https://a.example/?x=%20'&job=JOB-4.5_6"),
            ("https://a.example/?x=1&jobs=2#f?g", "https://a.example/?x=1&jobs=2&job=JOB-4.5_6#f?g"),
            ("https://a.example/?job=fixed&x=1", "https://a.example/?job=fixed&x=1"),
        ] {
            assert_eq!(with_job(url, Some(&job)), expected);
            assert_eq!(with_job(url, None), url);
        }
    }
}
