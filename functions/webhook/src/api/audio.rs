//! The audio of a recording, wherever it is: in our bucket, at its provider, or where it lay before it was imported.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{self, LinkSigner, SignedUrl};
use recordings::recording::RecordingRef;

use super::Answer;
use super::caller::{Caller, ViewCallHistory};
use super::demand::{self, Fetched};
use super::entries;
use super::input::CallInPath;
use super::problem::{INVALID, NOT_FOUND, Problem};
use super::tiers::{self, Tier};
use crate::access::{self, Visitor};
use crate::link::deadline::Deadline;
use crate::patience::{in_time, late};
use crate::{ApiPorts, App, answer};

/// How long whoever fetches audio by its file name may keep the bytes.
const KEPT_FOR: Duration = Duration::from_secs(86_400);

/// The longest file name of ours is a third of it.
const MAX_NAME_BYTES: usize = 256;

const TIER: HeaderName = HeaderName::from_static("x-recording-tier");
const RECORDING: HeaderName = HeaderName::from_static("x-recording-id");

/// Which of a call's recordings is asked for, `?recording=`.
#[derive(Debug)]
pub(crate) struct Which(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Which {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = request.uri.query().unwrap_or_default();
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        match (parameters.next(), parameters.next()) {
            (None, _) => Ok(Self(None)),
            (Some((name, id)), None) if name == "recording" => Ok(Self(Some(id.into_owned()))),
            _ => Err(Problem::new(&INVALID).detail("The one parameter is recording, once.")),
        }
    }
}

impl Which {
    fn of(&self, entries: Vec<LedgerEntry>) -> Option<LedgerEntry> {
        let mut entries = entries.into_iter();
        match &self.0 {
            Some(id) => entries.find(|entry| entry.recording.recording_id.as_str() == id),
            None => entries.next(),
        }
    }
}

/// The file name that the path ends in, `{fileName}`: a name of ours, or none at all.
#[derive(Debug)]
pub(crate) struct FileName(String);

impl FileName {
    /// Only characters that our own keys are made of; so nothing that leads anywhere else.
    fn parse(name: &str) -> Option<Self> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_name = name.len() <= MAX_NAME_BYTES && name.bytes().all(is_plain) && !name.contains("..");
        is_name.then(|| Self(name.to_owned()))
    }

    /// The call whose id the name begins with. Ids may hold the sign that follows them.
    fn call(&self) -> Option<CallInPath> {
        let ends = self.0.match_indices('-').map(|(at, _)| at);
        ends.filter_map(|at| CallInPath::parse(&self.0[..at])).next()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FileName {
    type Rejection = Problem;

    /// What is no name of ours is answered like a name that nobody knows.
    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters = RawPathParams::from_request_parts(request, state).await;
        let parameters = parameters.map_err(|_| Problem::new(&NOT_FOUND))?;
        let name = parameters.iter().find_map(|(name, value)| (name == "fileName").then_some(value));
        name.and_then(Self::parse).ok_or_else(|| Problem::new(&NOT_FOUND))
    }
}

/// The audio of a call's recording. It is fetched from its provider, or from its legacy URL, where the bucket does not have
/// it yet. `X-Recording-Tier` says where it was found, `X-Recording-Id` which recording it is.
#[utoipa::path(
    get,
    path = "/api/recordings/{callId}/audio",
    tag = "audio",
    params(
        ("recording" = Option<String>, Query, description = "which of the call's recordings; without it, the first"),
    ),
    responses(
        (status = 302, description = "the way to the audio, for some minutes; ranges work there"),
        (status = 202, description = "it is being fetched; ask again", body = demand::OnItsWay),
        (status = 410, description = "it was deleted by policy, or erased"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn audio_of_a_call<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    (call, which, method): (CallInPath, Which, Method),
) -> Answer<Response> {
    let entries = entries::of_call(&app, &caller.call(call)).await?;
    let entry = which.of(entries).ok_or(&NOT_FOUND)?;
    Listener { app: &app, visitor: &caller.visitor, method, kept_for: None, deadline: caller.deadline }
        .serve(entry)
        .await
}

/// The audio of a file name, which is the last part of a `recording_storage_path`. The bytes may be kept for a day.
#[utoipa::path(
    get,
    path = "/api/audio/{fileName}",
    tag = "audio",
    params(("fileName" = String, Path, description = "the last part of a recording_storage_path")),
    responses(
        (status = 302, description = "the way to the audio, for some minutes; ranges work there"),
        (status = 202, description = "it is being fetched; ask again", body = demand::OnItsWay),
        (status = 410, description = "it was deleted by policy, or erased"),
    ),
    security(("token" = ["view_call_history"])),
)]
pub(super) async fn audio_by_name<P: ApiPorts>(
    caller: Caller<ViewCallHistory>,
    app: Arc<App<P>>,
    (name, method): (FileName, Method),
) -> Answer<Response> {
    let call = name.call().ok_or(&NOT_FOUND)?;
    let entries = entries::of_call(&app, &caller.call(call)).await?;
    let has_the_name =
        |entry: &LedgerEntry| entry.recording_storage_path.as_ref().is_some_and(|key| key.file_name() == name.0);
    let entry = entries.into_iter().find(has_the_name).ok_or(&NOT_FOUND)?;
    Listener { app: &app, visitor: &caller.visitor, method, kept_for: Some(KEPT_FOR), deadline: caller.deadline }
        .serve(entry)
        .await
}

/// Somebody who wants to hear a recording.
struct Listener<'a, P> {
    app: &'a App<P>,
    visitor: &'a Visitor,
    method: Method,
    kept_for: Option<Duration>,
    deadline: Deadline,
}

impl<P: ApiPorts> Listener<'_, P> {
    async fn serve(&self, entry: LedgerEntry) -> Answer<Response> {
        if let Some(gone) = tiers::gone(&entry) {
            self.trace(&entry.recording, "none", "gone").await;
            return Err(gone.into());
        }
        if entry.state().has_audio() {
            return self.redirect(&entry, Tier::Bucket).await;
        }
        if !tiers::may_be_had(&entry) {
            self.trace(&entry.recording, "none", "unavailable").await;
            return Err(tiers::nowhere(&entry).into());
        }
        match demand::fetch(self.app, &entry, self.deadline).await? {
            Fetched::Home(entry) => {
                let tier = if entry.came_from_legacy() { Tier::Legacy } else { Tier::Provider };
                self.redirect(&entry, tier).await
            }
            Fetched::Nowhere(entry) => {
                let gone = tiers::gone(&entry);
                self.trace(&entry.recording, "none", if gone.is_some() { "gone" } else { "unavailable" }).await;
                Err(gone.unwrap_or_else(|| tiers::nowhere(&entry)).into())
            }
            Fetched::OnItsWay => {
                self.trace(&entry.recording, "none", "on_its_way").await;
                Ok(demand::on_its_way(&entry.recording))
            }
        }
    }

    async fn redirect(&self, entry: &LedgerEntry, tier: Tier) -> Answer<Response> {
        let signed = self.sign(entry).await;
        let redirect = signed.as_ref().ok().and_then(|signed| answer::redirect(&signed.url));
        let outcome = if redirect.is_some() { "redirected" } else { "unavailable" };
        self.trace(&entry.recording, tier.as_str(), outcome).await;
        signed?;
        let mut response = redirect.ok_or_else(|| late("sign a URL"))?;
        let headers = response.headers_mut();
        headers.insert(TIER, HeaderValue::from_static(tier.as_str()));
        headers.extend(HeaderValue::from_str(entry.recording.recording_id.as_str()).ok().map(|id| (RECORDING, id)));
        Ok(response)
    }

    async fn sign(&self, entry: &LedgerEntry) -> Result<SignedUrl, ports::PortError> {
        let ports = &self.app.ports;
        let method = if self.method == Method::HEAD { ports::Method::Head } else { ports::Method::Get };
        let key = entry.recording_storage_path.as_ref().ok_or_else(|| late("find the audio's key"))?;
        let lifetime = self.app.settings.signed_url_lifetime;
        let signing = ports.signer().sign_kept(key, key.file_name(), method, lifetime, self.kept_for);
        in_time(ports, self.deadline.left(ports.clock()), "sign a URL", signing).await
    }

    async fn trace(&self, recording: &RecordingRef, tier: &'static str, outcome: &'static str) {
        access::record(self.app, recording, self.visitor, tier, outcome).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "CA0123456789abcdef0123456789abcdef";

    #[test]
    fn a_file_name_tells_its_call() {
        for (name, call) in [
            (format!("{CALL}-JOB1.mp3"), CALL),
            (format!("{CALL}-JOB-1-RE0123456789abcdef0123456789abcdef.mp3"), CALL),
            ("7420f27a-30fd-4f49-a995-5549ae7cc00d-unassigned.wav".to_owned(), "7420f27a-30fd-4f49-a995-5549ae7cc00d"),
            ("conv_01jxd5y165-JOB1.mp3".to_owned(), "conv_01jxd5y165"),
        ] {
            let call_of_name = FileName::parse(&name).and_then(|name| name.call());
            assert_eq!(call_of_name.map(|call| call.call_id.to_string()).as_deref(), Some(call), "{name}");
        }
    }

    #[test]
    fn what_is_no_file_name_of_ours_is_none() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for odd in ["../x", "..", "a/b", "a\\b", "a\0b", "a\r\nb", "a%2fb", "a b", long.as_str()] {
            assert!(FileName::parse(odd).is_none(), "{odd:?}");
        }
        for nobodys in ["", "x.mp3", "CA1-JOB1.mp3", CALL, "-", "--------"] {
            assert!(FileName::parse(nobodys).and_then(|name| name.call()).is_none(), "{nobodys:?}");
        }
    }
}
