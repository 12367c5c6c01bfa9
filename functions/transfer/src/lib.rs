//! Brings recordings home, and writes what their jobs' histories lack.
//!
//! From TransferQueue: one recording from its provider to the bucket, verified. From HistoryQueue: the lines that
//! ledger entries ask for, up to ten messages in two Airtable calls; then the provider's copy goes.

mod batch;
pub mod config;
mod control;
mod copy;
mod deadline;
mod deletion;
pub mod event;
mod history;
mod ledger;
mod news;
mod open_marker;
mod request;
pub mod wiring;

pub use batch::{Batch, Incoming, handle};
pub use deadline::Deadline;
pub use history::Pacer;
pub use news::NewsDesk;

use recordings::ports::{
    AudioLook, AudioRead, AudioSource, AudioStore, AudioTag, CallControlRead, CallControlWrite, CallEntries, Clock,
    DayIndex, ErasureReceipts, HistoryQueue, Jobs, LedgerRead, LedgerWrite, LegacyAudio, LinkSigner, ListenersRead,
    ListenersWrite, LiveChannel, OpenMarkerRemove, OpenMarkerWrite, ProviderCopies, Random, RetrievalRead, RetryQueue,
    SecretSource, TraceRemove, Traces, TranscriptSource, TranscriptStore, TransferQueue, WaveformStore,
};
use recordings::telemetry::Metrics;

/// Everything that this function may touch. Its IAM policy grants exactly what these ports name.
pub trait Ports: Sync {
    /// The state of each recording.
    fn ledger(&self) -> &(impl LedgerRead + LedgerWrite);
    /// What was decided about each call.
    fn controls(&self) -> &impl CallControlRead;
    /// What is decided here: that a canary is over.
    fn decisions(&self) -> &impl CallControlWrite;
    /// Which recordings of a call are in the ledger.
    fn entries(&self) -> &impl CallEntries;
    /// For how long the audio is kept.
    fn tags(&self) -> &impl AudioTag;
    /// What the bucket holds of a call that was erased.
    fn traces(&self) -> &(impl Traces + TraceRemove);
    /// What was erased.
    fn receipts(&self) -> &impl ErasureReceipts;
    /// The index by day.
    fn days(&self) -> &impl DayIndex;
    /// Unfinished business: struck off when it is finished, kept when it has to wait.
    fn open_markers(&self) -> &(impl OpenMarkerWrite + OpenMarkerRemove);
    /// The audio in the bucket.
    fn audio(&self) -> &(impl AudioStore + AudioLook + AudioRead);
    /// Where imported recordings lay before.
    fn legacy(&self) -> &impl LegacyAudio;
    /// The provider's audio, and what it wrote down of it.
    fn source(&self) -> &(impl AudioSource + TranscriptSource);
    /// The transcripts in the bucket.
    fn transcripts(&self) -> &impl TranscriptStore;
    /// What was heard in the recordings.
    fn waveforms(&self) -> &impl WaveformStore;
    /// The provider's copies, to be deleted last.
    fn copies(&self) -> &impl ProviderCopies;
    /// What is fetched together because it was missing.
    fn retrievals(&self) -> &impl RetrievalRead;
    /// The jobs in Airtable.
    fn jobs(&self) -> &impl Jobs;
    /// Where histories that lack lines are queued.
    fn history_queue(&self) -> &impl HistoryQueue;
    /// Where a transfer goes on that outlives its invocation.
    fn transfer_queue(&self) -> &impl TransferQueue;
    /// Where transfers wait for another try.
    fn retry_queue(&self) -> &impl RetryQueue;
    /// What signs S3 URLs, where histories are to have these.
    fn signer(&self) -> &impl LinkSigner;
    /// The keys that seal links.
    fn secrets(&self) -> &impl SecretSource;
    /// The time.
    fn clock(&self) -> &impl Clock;
    /// Chance, for jitter.
    fn random(&self) -> &impl Random;
    /// Where figures go.
    fn metrics(&self) -> &impl Metrics;
    /// What keeps Airtable's limit.
    fn pacer(&self) -> &Pacer;
    /// Who listens to news.
    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite);
    /// The way to those who do.
    fn live(&self) -> &impl LiveChannel;
    /// The news of this invocation.
    fn news_desk(&self) -> &NewsDesk;
}
