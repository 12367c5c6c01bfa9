//! The ports as production has them.

use std::sync::Arc;

use recordings::adapters::airtable::Airtable;
use recordings::adapters::aws::{
    Clients, S3AudioLists, S3AudioStore, S3BucketLook, S3CallControl, S3CallNotes, S3Cursors, S3DayIndex, S3Ledger,
    S3OpenMarkers, S3Orphans, S3Receipts, SecretsManager, SqsDeadLetters, SqsHistoryQueue, SqsRetryQueue,
    SqsTransferQueue,
};
use recordings::adapters::configured::{airtable_settings, aws_settings, http_settings, provider_settings, tls};
use recordings::adapters::http::HttpClient;
use recordings::adapters::providers::Providers;
use recordings::adapters::system::SystemClock;
use recordings::env::{self, Environment};
use recordings::ports::{
    AudioList, AudioLook, BucketLook, CallControlRead, CallEntries, CallNoteList, CallNoteRemove, CallRecordings,
    Clock, Cursors, DayIndexList, DeadLetters, HistoryQueue, Installation, JobFind, JobTable, LedgerRead,
    OpenMarkerList, OpenMarkerWrite, Orphans, PhoneNumbers, ProviderList, Receipts, Redrive, RetryQueue,
    RetryQueueConsume, SecretAge, SecretSource, TransferQueue, UploadList, VoiceAgents,
};
use recordings::telemetry::{Metrics, StdoutMetrics};

use crate::Ports;

type Secrets = SecretsManager<SystemClock>;

/// Each port with the one adapter that this function uses.
pub struct Wiring {
    open_markers: S3OpenMarkers,
    calls: S3CallNotes,
    providers: Providers<Secrets>,
    ledger: S3Ledger,
    controls: S3CallControl,
    days: S3DayIndex,
    audio: S3AudioStore,
    audio_lists: S3AudioLists,
    orphans: S3Orphans,
    receipts: S3Receipts,
    airtable: Airtable<Secrets>,
    secrets: Arc<Secrets>,
    bucket: S3BucketLook,
    transfer_queue: SqsTransferQueue,
    history_queue: SqsHistoryQueue<Secrets>,
    retry_queue: SqsRetryQueue,
    transfer_dead_letters: SqsDeadLetters,
    history_dead_letters: SqsDeadLetters,
    cursors: S3Cursors,
    metrics: StdoutMetrics,
}

impl Wiring {
    /// Makes the adapters, and reads the secret once.
    ///
    /// # Errors
    /// What is missing: a variable by its name, or the secret.
    pub async fn new(environment: &Environment) -> Result<Self, lambda_runtime::Error> {
        let tls = tls(environment)?;
        let clients = Clients::new(aws_settings(environment)?, &tls);
        let bucket = environment.required(env::S3_BUCKET, env::bucket)?;
        let kms_key = environment.optional(env::KMS_KEY_ARN, env::arn)?;
        let airtable = airtable_settings(environment)?;
        let transfer_url = environment.required(env::TRANSFER_QUEUE_URL, env::queue_url)?;
        let history_url = environment.required(env::HISTORY_QUEUE_URL, env::queue_url)?;
        let retry_url = environment.required(env::RETRY_QUEUE_URL, env::queue_url)?;
        let dead_transfers_url = environment.required(env::TRANSFER_DEAD_LETTER_QUEUE_URL, env::queue_url)?;
        let dead_histories_url = environment.required(env::HISTORY_DEAD_LETTER_QUEUE_URL, env::queue_url)?;
        let secret_id = environment.required(env::SECRET_ID, env::text)?;
        let http = HttpClient::new(http_settings(environment)?, &tls)?;
        let secrets = Arc::new(SecretsManager::new(&clients, &secret_id, SystemClock));
        Ok(Self {
            bucket: S3BucketLook::new(&clients, &bucket),
            open_markers: S3OpenMarkers::new(&clients, &bucket),
            calls: S3CallNotes::new(&clients, &bucket),
            providers: Providers::new(http.clone(), Arc::clone(&secrets), provider_settings(environment)?).await?,
            ledger: S3Ledger::new(&clients, &bucket),
            controls: S3CallControl::new(&clients, &bucket),
            days: S3DayIndex::new(&clients, &bucket),
            audio: S3AudioStore::new(&clients, &bucket, kms_key.as_deref()),
            audio_lists: S3AudioLists::new(&clients, &bucket),
            orphans: S3Orphans::new(&clients, &bucket, kms_key.as_deref()),
            receipts: S3Receipts::new(&clients, &bucket),
            transfer_queue: SqsTransferQueue::new(&clients, &transfer_url),
            history_queue: SqsHistoryQueue::new(&clients, &history_url, Arc::clone(&secrets), airtable.base_id.clone()),
            airtable: Airtable::new(http, Arc::clone(&secrets), airtable),
            secrets,
            retry_queue: SqsRetryQueue::new(&clients, &retry_url),
            transfer_dead_letters: SqsDeadLetters::new(&clients, &dead_transfers_url, &transfer_url),
            history_dead_letters: SqsDeadLetters::new(&clients, &dead_histories_url, &history_url),
            cursors: S3Cursors::new(&clients, &bucket),
            metrics: StdoutMetrics {
                function: "sweeper",
                namespace: environment.required(env::METRICS_NAMESPACE, env::text)?,
            },
        })
    }
}

impl Ports for Wiring {
    fn open_markers(&self) -> &(impl OpenMarkerList + OpenMarkerWrite) {
        &self.open_markers
    }

    fn calls(&self) -> &(impl CallNoteList + CallNoteRemove + CallRecordings) {
        &self.calls
    }

    fn provider_list(&self) -> &impl ProviderList {
        &self.providers
    }

    fn agents(&self) -> &impl VoiceAgents {
        &self.providers
    }

    fn numbers(&self) -> &impl PhoneNumbers {
        &self.providers
    }

    fn bucket(&self) -> &impl BucketLook {
        &self.bucket
    }

    fn job_table(&self) -> &impl JobTable {
        &self.airtable
    }

    fn secret_age(&self) -> &impl SecretAge {
        self.secrets.as_ref()
    }

    fn controls(&self) -> &impl CallControlRead {
        &self.controls
    }

    fn ledger(&self) -> &(impl LedgerRead + CallEntries) {
        &self.ledger
    }

    fn days(&self) -> &impl DayIndexList {
        &self.days
    }

    fn audio(&self) -> &impl AudioLook {
        &self.audio
    }

    fn audio_list(&self) -> &impl AudioList {
        &self.audio_lists
    }

    fn uploads(&self) -> &impl UploadList {
        &self.audio_lists
    }

    fn orphans(&self) -> &impl Orphans {
        &self.orphans
    }

    fn receipts(&self) -> &impl Receipts {
        &self.receipts
    }

    fn jobs(&self) -> &impl JobFind {
        &self.airtable
    }

    fn secrets(&self) -> &(impl SecretSource + Installation) {
        self.secrets.as_ref()
    }

    fn history_queue(&self) -> &impl HistoryQueue {
        &self.history_queue
    }

    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.transfer_queue
    }

    fn retry_queue(&self) -> &(impl RetryQueue + RetryQueueConsume) {
        &self.retry_queue
    }

    fn transfer_dead_letters(&self) -> &(impl DeadLetters + Redrive) {
        &self.transfer_dead_letters
    }

    fn history_dead_letters(&self) -> &(impl DeadLetters + Redrive) {
        &self.history_dead_letters
    }

    fn cursors(&self) -> &impl Cursors {
        &self.cursors
    }

    fn clock(&self) -> &impl Clock {
        &SystemClock
    }

    fn metrics(&self) -> &impl Metrics {
        &self.metrics
    }
}
