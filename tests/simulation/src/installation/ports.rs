//! The functions' ports, all on the fakes. Each that a planted bug may stand before has a type of its own.

use std::sync::Arc;

use recordings::fakes::{DeadLetterBox, World};
use recordings::ports::{
    AudioList, AudioLook, AudioRead, AudioSlices, AudioSource, AudioStore, AudioTag, AuditLog, AuditRead, BucketLook,
    CallControlRead, CallControlWrite, CallEntries, CallNoteList, CallNoteRemove, CallNotes, CallRecordings, Clock,
    CursorRead, Cursors, DayIndex, DayIndexList, DeadLetters, ErasureReceipts, HistoryQueue, Installation, IssuerKeys,
    JobFind, JobTable, Jobs, LedgerRead, LedgerWrite, LegacyAudio, LinkSigner, ListenersRead, ListenersWrite,
    LiveChannel, OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite, Orphans, PhoneNumbers, ProviderCopies,
    ProviderList, Random, Receipts, Redrive, RetrievalRead, RetrievalWrite, RetryQueue, RetryQueueConsume, SecretAge,
    SecretSource, TraceRemove, Traces, TranscriptRead, TranscriptSource, TranscriptStore, TransferQueue, UploadList,
    VoiceAgents, WaveformRead, WaveformStore,
};
use recordings::telemetry::Metrics;
use transfer::{NewsDesk, Pacer};

use super::airtable_traffic::{Traffic, Watched};
use super::figures::Figures;

/// One invocation of the transfer function.
pub struct TransferPorts<L = World, A = World, J = World, C = World> {
    /// Everything that is not named here.
    pub world: World,
    /// The ledger.
    pub ledger: L,
    /// What was decided about each call.
    pub controls: C,
    /// The audio in the bucket.
    pub audio: A,
    /// Airtable, and who asks it when.
    pub jobs: Watched<J>,
    /// What this execution environment keeps between its invocations.
    pub pacer: Arc<Pacer>,
    /// The news of this invocation.
    pub news_desk: NewsDesk,
    /// Where figures go.
    pub figures: Figures,
}

impl<L, A, J, C> transfer::Ports for TransferPorts<L, A, J, C>
where
    L: LedgerRead + LedgerWrite + Sync,
    A: AudioStore + AudioLook + AudioRead + Sync,
    J: Jobs + Sync,
    C: CallControlRead + Sync,
{
    fn ledger(&self) -> &(impl LedgerRead + LedgerWrite) {
        &self.ledger
    }
    fn decisions(&self) -> &impl CallControlWrite {
        &self.world
    }
    fn controls(&self) -> &impl CallControlRead {
        &self.controls
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
        &self.audio
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
        &self.jobs
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
        &self.figures
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

/// One run of the sweeper.
pub struct SweeperPorts {
    world: World,
    jobs: Watched<World>,
    dead_letters: [DeadLetterBox; 2],
    figures: Figures,
}

impl SweeperPorts {
    /// The ports of a process.
    pub fn of(world: World, traffic: &Traffic, figures: Figures) -> Self {
        Self {
            jobs: traffic.watch(world.clone(), world.clone()),
            dead_letters: [world.transfer_dead_letters(), world.history_dead_letters()],
            world,
            figures,
        }
    }
}

impl sweeper::Ports for SweeperPorts {
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
    fn secrets(&self) -> &(impl SecretSource + Installation) {
        &self.world
    }
    fn history_queue(&self) -> &impl HistoryQueue {
        &self.world
    }
    fn jobs(&self) -> &impl JobFind {
        &self.jobs
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
        &self.figures
    }
}

/// One invocation of the webhook function.
pub struct WebhookPorts<Q = World, O = World> {
    /// Everything that is not named here.
    pub world: World,
    /// Where recordings to be fetched are queued.
    pub transfer_queue: Q,
    /// Unfinished business.
    pub open_markers: O,
    /// Where figures go.
    pub figures: Figures,
}

impl<Q, O> webhook::Ports for WebhookPorts<Q, O>
where
    Q: TransferQueue + Send + Sync + 'static,
    O: OpenMarkerWrite + Send + Sync + 'static,
{
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.transfer_queue
    }
    fn open_markers(&self) -> &impl OpenMarkerWrite {
        &self.open_markers
    }
    fn call_notes(&self) -> &impl CallNotes {
        &self.world
    }
    fn ledger(&self) -> &impl LedgerRead {
        &self.world
    }
    fn audit(&self) -> &impl AuditLog {
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
        &self.figures
    }
}

impl<Q, O> webhook::LinkPorts for WebhookPorts<Q, O>
where
    Q: TransferQueue + Send + Sync + 'static,
    O: OpenMarkerWrite + Send + Sync + 'static,
{
    fn slices(&self) -> &impl AudioSlices {
        &self.world
    }
}

impl<Q, O> webhook::ApiPorts for WebhookPorts<Q, O>
where
    Q: TransferQueue + Send + Sync + 'static,
    O: OpenMarkerWrite + Send + Sync + 'static,
{
    fn ledger_write(&self) -> &impl LedgerWrite {
        &self.world
    }
    fn controls(&self) -> &(impl CallControlRead + CallControlWrite) {
        &self.world
    }
    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.world
    }
    fn cursors(&self) -> &impl CursorRead {
        &self.world
    }
    fn accesses(&self) -> &impl AuditRead {
        &self.world
    }
    fn call_entries(&self) -> &impl CallEntries {
        &self.world
    }

    fn issuer_keys(&self) -> &impl IssuerKeys {
        &self.world
    }
    fn day_list(&self) -> &impl DayIndexList {
        &self.world
    }

    fn transcripts(&self) -> &impl TranscriptRead {
        &self.world
    }

    fn waveforms(&self) -> &impl WaveformRead {
        &self.world
    }

    fn days_write(&self) -> &impl DayIndex {
        &self.world
    }

    fn retrievals(&self) -> &(impl RetrievalRead + RetrievalWrite) {
        &self.world
    }
}
