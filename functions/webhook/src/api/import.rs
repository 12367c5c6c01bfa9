//! Recordings that were there before Tapeline: registered so that their audio is found when somebody asks for it.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use recordings::ledger_entry::LedgerEntry;
use recordings::messages::{Origin, TransferRequest};
use recordings::ports::{
    CallControlRead, Clock, DayIndex, ErrorKind, LedgerWrite, OpenMarkerWrite, PortError, SecretSource,
};
use recordings::recording::{
    CallRef, Direction, JobNumber, LegacyUrl, Outcome, PhoneNumber, Provider, RecordingRef, Report,
};
use recordings::secrets::Secrets;
use recordings::telemetry::causes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Caller, ManageRecordings};
use super::entries::PATIENCE;
use super::input::{CallInPath, Json};
use super::problem::{INVALID, Problem};
use super::{Answer, private};
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// How many recordings a request may bring.
const MOST: usize = 100;

/// How many are written at once.
const AT_ONCE: usize = 8;

/// A day, and a clock that is wrong by as much.
const LONGEST_SECONDS: u32 = 86_400;
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// Nobody recorded calls in the cloud before that.
const EARLIEST: Timestamp = Timestamp::constant(631_152_000, 0);

/// Recordings to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    /// One to a hundred of them.
    #[schema(min_items = 1, max_items = 100)]
    recordings: Vec<ImportedRecording>,
}

/// A recording that exists already.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportedRecording {
    /// The call at its provider, whose form tells the provider.
    #[schema(example = "CA0123456789abcdef0123456789abcdef")]
    call_id: String,
    /// The recording at its provider. It may be left out where there is a legacy URL.
    #[schema(nullable = false)]
    recording_id: Option<String>,
    /// The job that the call belongs to.
    #[schema(nullable = false)]
    job_number: Option<String>,
    /// Where the audio lies now: HTTPS, on a host that the organisation's secret lists.
    #[schema(nullable = false)]
    legacy_url: Option<String>,
    /// When the recording started.
    #[schema(format = DateTime)]
    started_at: String,
    /// Its length in whole seconds, which its audio is held against.
    #[schema(nullable = false)]
    duration_seconds: Option<u32>,
    /// Which way the call went: `inbound` or `outbound`.
    #[schema(nullable = false)]
    direction: Option<String>,
    /// Who called, in E.164.
    #[schema(nullable = false)]
    from: Option<String>,
    /// Who was called, in E.164.
    #[schema(nullable = false)]
    to: Option<String>,
}

/// What became of each recording, in their order.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportAnswer {
    /// One for each recording of the request.
    recordings: Vec<ImportResult>,
}

/// What became of one recording.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportResult {
    /// The call at its provider.
    call_id: String,
    /// The recording at its provider, or `imported` where it has none.
    recording_id: String,
    /// `created`; `exists`, where it was known and was left as it is; `erased`, where the call was erased, which is for
    /// good; `failed`, where it could not be written: send it again.
    result: &'static str,
}

/// Registers recordings that exist already. Nothing is fetched until somebody asks for it. A recording that is known is left
/// as it is, so that a request may come twice. Of a request that makes no sense in one place nothing is registered.
#[utoipa::path(
    post,
    path = "/api/recordings/import",
    tag = "audio",
    request_body = ImportRequest,
    responses((status = 200, description = "what became of each", body = ImportAnswer)),
    security(("token" = ["manage_recordings"])),
)]
pub(super) async fn import<P: ApiPorts>(
    caller: Caller<ManageRecordings>,
    app: Arc<App<P>>,
    Json(request): Json<ImportRequest>,
) -> Answer<Response> {
    if request.recordings.is_empty() || request.recordings.len() > MOST {
        return Err(Problem::new(&INVALID).detail("recordings: expected one to a hundred").into());
    }
    let secrets = in_time(&app.ports, PATIENCE, "read the secret", app.ports.secrets().current()).await?;
    let now = app.ports.clock().now();
    let read = |(number, raw): (usize, &ImportedRecording)| {
        raw.read(&caller, &secrets, now)
            .map_err(|(field, expected)| format!("recordings[{number}].{field}: {expected}"))
    };
    let entries = request.recordings.iter().enumerate().map(read).collect::<Result<Vec<_>, String>>();
    let entries = entries.map_err(|detail| Problem::new(&INVALID).detail(detail))?;
    // In their order, so that of two of the same the first is the one that is created.
    let results = stream::iter(entries).map(|entry| register(&app, entry)).buffered(AT_ONCE).collect().await;
    Ok(private(&ImportAnswer { recordings: results }))
}

/// The day comes first, so that a listing by day never misses an entry; there is no marker, because nothing is unfinished.
async fn register<P: ApiPorts>(app: &App<P>, entry: LedgerEntry) -> ImportResult {
    let result = match write(app, &entry).await {
        Ok(result) => result,
        Err(error) if error.kind == ErrorKind::Conflict => "exists",
        Err(error) => {
            log_failed(app, &entry, &error);
            "failed"
        }
    };
    let (call_id, recording_id) = (entry.recording.call_id.to_string(), entry.recording.recording_id.to_string());
    ImportResult { call_id, recording_id, result }
}

/// Nothing of an erased call is written. What was decided about a call is looked at again behind the creation: either
/// whoever erases the call finds the entry, or this finds the tombstone, and has the erasure carried out once more.
async fn write<P: ApiPorts>(app: &App<P>, entry: &LedgerEntry) -> Result<&'static str, PortError> {
    if is_erased(app, entry).await? {
        return Ok("erased");
    }
    let add = app.ports.days_write().add(&entry.recording, entry.started_at);
    in_time(&app.ports, PATIENCE, "add to the day", add).await?;
    in_time(&app.ports, PATIENCE, "create the ledger entry", app.ports.ledger_write().create(entry)).await?;
    if is_erased(app, entry).await? {
        let again = TransferRequest::of_decision(&entry.recording.call(), app.ports.clock().now(), Origin::Person);
        in_time(&app.ports, PATIENCE, "write the open marker", app.ports.open_markers().put(&again)).await?;
        return Ok("erased");
    }
    Ok("created")
}

async fn is_erased<P: ApiPorts>(app: &App<P>, entry: &LedgerEntry) -> Result<bool, PortError> {
    let call = entry.recording.call();
    let read = app.ports.controls().get(&call);
    let read = in_time(&app.ports, PATIENCE, "read what was decided about a call", read).await?;
    Ok(read.is_some_and(|read| read.control.erasure().is_some()))
}

fn log_failed<P: ApiPorts>(app: &App<P>, entry: &LedgerEntry, error: &PortError) {
    tracing::error!(
        log_type = "import_failed",
        organisation = %entry.recording.organisation,
        call_id = %entry.recording.call_id,
        recording_id = %entry.recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "a recording could not be registered",
    );
    app.count(entry.recording.provider, "import_failed");
}

/// The field that makes no sense, and what was expected.
type Odd = (&'static str, String);

impl ImportedRecording {
    fn read<Q>(&self, caller: &Caller<Q>, secrets: &Secrets, now: Timestamp) -> Result<LedgerEntry, Odd> {
        let call =
            CallInPath::parse(&self.call_id).ok_or_else(|| odd("call_id", "expected a call id of a provider"))?;
        let call = caller.call(call);
        let legacy_url = self.legacy_url(&call, secrets)?;
        let recording = self.recording(&call, legacy_url.is_some())?;
        let job: Option<JobNumber> = parsed("job_number", self.job_number.as_deref())?;
        let report = Report {
            duration_seconds: self.duration()?,
            started_at: Some(self.started_at(now)?),
            direction: self.direction()?,
            from: number("from", self.from.as_deref())?,
            to: number("to", self.to.as_deref())?,
            ..Report::of(Outcome::Completed)
        };
        Ok(LedgerEntry::imported(recording, job, &report, legacy_url, now))
    }

    fn legacy_url(&self, call: &CallRef, secrets: &Secrets) -> Result<Option<LegacyUrl>, Odd> {
        let Some(text) = &self.legacy_url else { return Ok(None) };
        let url = LegacyUrl::parse(text).map_err(|error| ("legacy_url", error.to_string()))?;
        match secrets.permits_legacy(&call.organisation, &url) {
            true => Ok(Some(url)),
            false => Err(odd("legacy_url", "the host is not on the organisation's list")),
        }
    }

    fn recording(&self, call: &CallRef, has_url: bool) -> Result<RecordingRef, Odd> {
        let id = match (&self.recording_id, call.provider) {
            (Some(id), _) => id.as_str(),
            (None, Provider::ElevenLabs) => "audio",
            (None, _) if has_url => return Ok(RecordingRef::imported_of(call)),
            (None, _) => return Err(odd("recording_id", "needed where there is no legacy_url")),
        };
        RecordingRef::parse(call.organisation.as_str(), call.provider, call.call_id.as_str(), id)
            .map_err(|error| ("recording_id", error.to_string()))
    }

    fn started_at(&self, now: Timestamp) -> Result<Timestamp, Odd> {
        let at: Timestamp =
            self.started_at.parse().map_err(|_| odd("started_at", "expected a time such as 2024-03-15T14:30:22Z"))?;
        let latest = now.saturating_add(CLOCK_SKEW).unwrap_or(now);
        if (EARLIEST..=latest).contains(&at) { Ok(at) } else { Err(odd("started_at", "expected a time that is over")) }
    }

    fn duration(&self) -> Result<Option<u32>, Odd> {
        match self.duration_seconds {
            Some(LONGEST_SECONDS..) => Err(odd("duration_seconds", "expected less than a day")),
            seconds => Ok(seconds),
        }
    }

    fn direction(&self) -> Result<Option<Direction>, Odd> {
        match self.direction.as_deref() {
            None => Ok(None),
            Some("inbound") => Ok(Some(Direction::Inbound)),
            Some("outbound") => Ok(Some(Direction::Outbound)),
            Some(_) => Err(odd("direction", "expected inbound or outbound")),
        }
    }
}

fn number(field: &'static str, text: Option<&str>) -> Result<Option<PhoneNumber>, Odd> {
    parsed(field, text)
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, Odd> {
    text.map(str::parse).transpose().map_err(|error: T::Err| (field, error.to_string()))
}

fn odd(field: &'static str, expected: &'static str) -> Odd {
    (field, expected.to_owned())
}
