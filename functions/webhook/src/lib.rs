//! Answers the outside world: providers' webhooks, people's links, and the API.
//!
//! A webhook is verified, recorded, queued and answered; nothing is asked of a provider or of Airtable meanwhile, and
//! nothing runs after the answer. A link leads to the bucket; only while the audio is not there is a provider asked for it.

mod access;
mod answer;
mod api;
mod authenticity;
pub mod config;
mod dashboard;
mod elevenlabs;
mod form;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod job;
mod lenient;
mod link;
mod live;
mod patience;
mod record;
mod signed;
mod twilio;
mod vapi;
pub mod wiring;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use recordings::ports::{
    AudioSlices, AuditLog, AuditRead, CallControlRead, CallControlWrite, CallEntries, CallNotes, Clock, CursorRead,
    DayIndex, DayIndexList, IssuerKeys, LedgerRead, LedgerWrite, LinkSigner, ListenersRead, ListenersWrite,
    OpenMarkerWrite, Random, RetrievalRead, RetrievalWrite, SecretSource, TranscriptRead, TransferQueue, WaveformRead,
};
use recordings::recording::Provider;
use recordings::telemetry::{Metric, Metrics};

use api::Issuers;
use config::Settings;

/// The most that Lambda hands over in one event. Voice agents' events hold whole transcripts.
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// Everything that this function may touch. Its IAM policy grants exactly what these ports name.
pub trait Ports: Send + Sync + 'static {
    /// Where recordings to be fetched are queued.
    fn transfer_queue(&self) -> &impl TransferQueue;
    /// Unfinished business.
    fn open_markers(&self) -> &impl OpenMarkerWrite;
    /// Completed calls whose recording is awaited.
    fn call_notes(&self) -> &impl CallNotes;
    /// The state of each recording.
    fn ledger(&self) -> &impl LedgerRead;
    /// The trace of each access to audio.
    fn audit(&self) -> &impl AuditLog;
    /// What signs S3 URLs.
    fn signer(&self) -> &impl LinkSigner;
    /// The credentials and keys.
    fn secrets(&self) -> &impl SecretSource;
    /// The time.
    fn clock(&self) -> &impl Clock;
    /// Chance, to tell apart what happens in one instant.
    fn random(&self) -> &impl Random;
    /// Where figures go.
    fn metrics(&self) -> &impl Metrics;
}

/// What links may touch besides. Webhooks are answered by code that is generic over [`Ports`] alone, and so cannot ask a
/// provider for anything.
pub trait LinkPorts: Ports {
    /// Pieces of the providers' audio.
    fn slices(&self) -> &impl AudioSlices;
}

/// What the API may touch besides.
pub trait ApiPorts: LinkPorts {
    /// What the ledger has of a call.
    fn call_entries(&self) -> &impl CallEntries;
    /// The recordings of each day.
    fn day_list(&self) -> &impl DayIndexList;
    /// The keys of those who issue tokens.
    fn issuer_keys(&self) -> &impl IssuerKeys;
    /// What was said on calls.
    fn transcripts(&self) -> &impl TranscriptRead;
    /// What was heard in recordings.
    fn waveforms(&self) -> &impl WaveformRead;
    /// Entries of recordings that are registered here, or decided about.
    fn ledger_write(&self) -> &impl LedgerWrite;
    /// The index by day, where recordings are registered.
    fn days_write(&self) -> &impl DayIndex;
    /// Jobs that fetch what is missing.
    fn retrievals(&self) -> &(impl RetrievalRead + RetrievalWrite);
    /// What somebody decided about calls.
    fn controls(&self) -> &(impl CallControlRead + CallControlWrite);
    /// The traces of accesses to audio.
    fn accesses(&self) -> &impl AuditRead;
    /// Who listens to news.
    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite);
    /// What jobs of the sweeper last kept.
    fn cursors(&self) -> &impl CursorRead;
}

/// What every route works with.
struct App<P> {
    ports: P,
    settings: Settings,
    issuers: Issuers,
}

impl<P: Ports> App<P> {
    fn count(&self, provider: Provider, metric: &'static str) {
        self.ports.metrics().record(self.ports.clock().now(), provider, &[Metric::one(metric)]);
    }
}

/// The routes of this function.
pub fn router<P: ApiPorts>(ports: P, settings: Settings) -> Router {
    let dashboard = dashboard::router(&settings);
    let app = Arc::new(App { ports, settings, issuers: Issuers::default() });
    Router::new()
        .route("/api/twilio/recording", post(twilio::recording::<P>))
        .route("/api/twilio/recording-status", post(twilio::recording::<P>))
        .route("/api/twilio/status", post(twilio::status::<P>))
        .route("/api/twilio/voice", post(twilio::voice::<P>))
        .route("/api/vapi/webhook", post(vapi::webhook::<P>))
        .route("/api/elevenlabs/webhook", post(elevenlabs::webhook::<P>))
        .route("/r/{token}", get(link::follow::<P>))
        .merge(dashboard)
        .merge(api::router(&app))
        .fallback(api::no_route)
        .layer(from_fn_with_state(Arc::clone(&app), live::answer::<P>))
        .with_state(app)
}
