//! The functions' ports, all on the fakes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use recordings::fakes::{DeadLetterBox, World};
use recordings::ports::{
    AudioList, AudioLook, AudioRead, AudioSource, AudioStore, AudioTag, BucketLook, CallControlRead, CallControlWrite,
    CallEntries, CallNoteList, CallNoteRemove, CallRecordings, Clock, Cursors, DayIndex, DayIndexList, DeadLetters,
    ErasureReceipts, HistoryQueue, Installation, JobFind, JobTable, Jobs, LedgerRead, LedgerWrite, LegacyAudio,
    LinkSigner, ListenersRead, ListenersWrite, LiveChannel, OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite, Orphans,
    PhoneNumbers, ProviderCopies, ProviderList, Random, Receipts, Redrive, RetrievalRead, RetryQueue,
    RetryQueueConsume, SecretAge, SecretSource, TraceRemove, Traces, TranscriptSource, TranscriptStore, TransferQueue,
    UploadList, VoiceAgents, WaveformStore,
};
use recordings::recording::Provider;
use recordings::telemetry::{Metric, Metrics};
use transfer::{NewsDesk, Pacer};

/// One simulated invocation of the transfer function.
pub(crate) struct Transfer {
    pub(crate) world: World,
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) news_desk: Arc<NewsDesk>,
    pub(crate) metrics: Counted,
}

impl transfer::Ports for Transfer {
    fn ledger(&self) -> &(impl LedgerRead + LedgerWrite) {
        &self.world
    }
    fn decisions(&self) -> &impl CallControlWrite {
        &self.world
    }
    fn controls(&self) -> &impl CallControlRead {
        &self.world
    }
    fn entries(&self) -> &impl CallEntries {
        &self.world
    }
    fn tags(&self) -> &impl AudioTag {
        &self.world
    }
    fn traces(&self) -> &(impl Traces + TraceRemove) {
        &self.world
    }
    fn receipts(&self) -> &impl ErasureReceipts {
        &self.world
    }
    fn days(&self) -> &impl DayIndex {
        &self.world
    }
    fn open_markers(&self) -> &(impl OpenMarkerWrite + OpenMarkerRemove) {
        &self.world
    }
    fn audio(&self) -> &(impl AudioStore + AudioLook + AudioRead) {
        &self.world
    }
    fn source(&self) -> &(impl AudioSource + TranscriptSource) {
        &self.world
    }
    fn transcripts(&self) -> &impl TranscriptStore {
        &self.world
    }
    fn waveforms(&self) -> &impl WaveformStore {
        &self.world
    }
    fn legacy(&self) -> &impl LegacyAudio {
        &self.world
    }
    fn copies(&self) -> &impl ProviderCopies {
        &self.world
    }
    fn retrievals(&self) -> &impl RetrievalRead {
        &self.world
    }
    fn jobs(&self) -> &impl Jobs {
        &self.world
    }
    fn history_queue(&self) -> &impl HistoryQueue {
        &self.world
    }
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.world
    }
    fn retry_queue(&self) -> &impl RetryQueue {
        &self.world
    }
    fn signer(&self) -> &impl LinkSigner {
        &self.world
    }
    fn secrets(&self) -> &impl SecretSource {
        &self.world
    }
    fn clock(&self) -> &impl Clock {
        &self.world
    }
    fn random(&self) -> &impl Random {
        &self.world
    }
    fn metrics(&self) -> &impl Metrics {
        &self.metrics
    }
    fn pacer(&self) -> &Pacer {
        &self.pacer
    }
    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.world
    }
    fn live(&self) -> &impl LiveChannel {
        &self.world
    }
    fn news_desk(&self) -> &NewsDesk {
        &self.news_desk
    }
}

/// One simulated run of the sweeper.
pub(crate) struct Sweep {
    world: World,
    dead_letters: [DeadLetterBox; 2],
    metrics: Counted,
}

impl Sweep {
    pub(crate) fn of(world: World, metrics: Counted) -> Self {
        Self { dead_letters: [world.transfer_dead_letters(), world.history_dead_letters()], world, metrics }
    }
}

impl sweeper::Ports for Sweep {
    fn open_markers(&self) -> &(impl OpenMarkerList + OpenMarkerWrite) {
        &self.world
    }
    fn calls(&self) -> &(impl CallNoteList + CallNoteRemove + CallRecordings) {
        &self.world
    }
    fn provider_list(&self) -> &impl ProviderList {
        &self.world
    }
    fn agents(&self) -> &impl VoiceAgents {
        &self.world
    }
    fn numbers(&self) -> &impl PhoneNumbers {
        &self.world
    }
    fn bucket(&self) -> &impl BucketLook {
        &self.world
    }
    fn job_table(&self) -> &impl JobTable {
        &self.world
    }
    fn secret_age(&self) -> &impl SecretAge {
        &self.world
    }
    fn controls(&self) -> &impl CallControlRead {
        &self.world
    }
    fn ledger(&self) -> &(impl LedgerRead + CallEntries) {
        &self.world
    }
    fn days(&self) -> &impl DayIndexList {
        &self.world
    }
    fn audio(&self) -> &impl AudioLook {
        &self.world
    }
    fn audio_list(&self) -> &impl AudioList {
        &self.world
    }
    fn uploads(&self) -> &impl UploadList {
        &self.world
    }
    fn orphans(&self) -> &impl Orphans {
        &self.world
    }
    fn receipts(&self) -> &impl Receipts {
        &self.world
    }
    fn jobs(&self) -> &impl JobFind {
        &self.world
    }
    fn secrets(&self) -> &(impl SecretSource + Installation) {
        &self.world
    }
    fn history_queue(&self) -> &impl HistoryQueue {
        &self.world
    }
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.world
    }
    fn retry_queue(&self) -> &(impl RetryQueue + RetryQueueConsume) {
        &self.world
    }
    fn transfer_dead_letters(&self) -> &(impl DeadLetters + Redrive) {
        &self.dead_letters[0]
    }
    fn history_dead_letters(&self) -> &(impl DeadLetters + Redrive) {
        &self.dead_letters[1]
    }
    fn cursors(&self) -> &impl Cursors {
        &self.world
    }
    fn clock(&self) -> &impl Clock {
        &self.world
    }
    fn metrics(&self) -> &impl Metrics {
        &self.metrics
    }
}

/// The sum of each figure so far.
#[derive(Clone, Default)]
pub(crate) struct Counted(Arc<Mutex<BTreeMap<&'static str, f64>>>);

impl Counted {
    pub(crate) fn of(&self, name: &str) -> f64 {
        self.0.lock().unwrap().get(name).copied().unwrap_or_default()
    }
}

impl Metrics for Counted {
    fn take(&self, _: Timestamp, _: Option<Provider>, metrics: &[Metric]) {
        for metric in metrics {
            *self.0.lock().unwrap().entry(metric.name).or_default() += metric.value;
        }
    }
}
