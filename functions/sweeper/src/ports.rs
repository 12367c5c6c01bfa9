use recordings::ports::{
    AudioList, AudioLook, BucketLook, CallControlRead, CallEntries, CallNoteList, CallNoteRemove, CallRecordings,
    Clock, Cursors, DayIndexList, DeadLetters, HistoryQueue, Installation, JobFind, JobTable, LedgerRead,
    OpenMarkerList, OpenMarkerWrite, Orphans, PhoneNumbers, ProviderList, Receipts, Redrive, RetryQueue,
    RetryQueueConsume, SecretAge, SecretSource, TransferQueue, UploadList, VoiceAgents,
};
use recordings::telemetry::Metrics;

/// Everything that this function may touch. Its IAM policy grants exactly what these ports name.
pub trait Ports: Sync {
    /// Unfinished business.
    fn open_markers(&self) -> &(impl OpenMarkerList + OpenMarkerWrite);
    /// Calls that are over and whose recording is awaited, and what was heard of their recordings.
    fn calls(&self) -> &(impl CallNoteList + CallNoteRemove + CallRecordings);
    /// What providers hold.
    fn provider_list(&self) -> &impl ProviderList;
    /// How voice agents are set.
    fn agents(&self) -> &impl VoiceAgents;
    /// How phone numbers are set.
    fn numbers(&self) -> &impl PhoneNumbers;
    /// How the bucket is set.
    fn bucket(&self) -> &impl BucketLook;
    /// How the table with the jobs in Airtable is.
    fn job_table(&self) -> &impl JobTable;
    /// How old the credentials are.
    fn secret_age(&self) -> &impl SecretAge;
    /// What was decided about each call.
    fn controls(&self) -> &impl CallControlRead;
    /// The state of each recording.
    fn ledger(&self) -> &(impl LedgerRead + CallEntries);
    /// The index by day.
    fn days(&self) -> &impl DayIndexList;
    /// The audio in the bucket.
    fn audio(&self) -> &impl AudioLook;
    /// What audio there is.
    fn audio_list(&self) -> &impl AudioList;
    /// Uploads to the bucket that are under way, or were left behind.
    fn uploads(&self) -> &impl UploadList;
    /// Where audio goes that no entry names.
    fn orphans(&self) -> &impl Orphans;
    /// The record of what was deleted.
    fn receipts(&self) -> &impl Receipts;
    /// The jobs in Airtable.
    fn jobs(&self) -> &impl JobFind;
    /// Who the organisations are, and since when there is this installation.
    fn secrets(&self) -> &(impl SecretSource + Installation);
    /// Where recordings to be fetched are queued.
    fn transfer_queue(&self) -> &impl TransferQueue;
    /// Where histories that lack lines are queued.
    fn history_queue(&self) -> &impl HistoryQueue;
    /// Where transfers wait for another try.
    fn retry_queue(&self) -> &(impl RetryQueue + RetryQueueConsume);
    /// What TransferQueue gave up.
    fn transfer_dead_letters(&self) -> &(impl DeadLetters + Redrive);
    /// What HistoryQueue gave up.
    fn history_dead_letters(&self) -> &(impl DeadLetters + Redrive);
    /// How far each job came.
    fn cursors(&self) -> &impl Cursors;
    /// The time.
    fn clock(&self) -> &impl Clock;
    /// Where figures go.
    fn metrics(&self) -> &impl Metrics;
}
