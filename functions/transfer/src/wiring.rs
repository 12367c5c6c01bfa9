//! The ports as production has them.

mod signer_on_demand;

use std::sync::Arc;

use recordings::adapters::airtable::Airtable;
use recordings::adapters::aws::{
    Clients, LiveApi, S3AudioStore, S3CallControl, S3DayIndex, S3Ledger, S3Listeners, S3OpenMarkers, S3Receipts,
    S3Retrievals, S3Traces, S3Transcripts, S3Waveforms, SecretsManager, SqsHistoryQueue, SqsRetryQueue,
    SqsTransferQueue,
};
use recordings::adapters::configured::{airtable_settings, aws_settings, http_settings, provider_settings, tls};
use recordings::adapters::http::HttpClient;
use recordings::adapters::legacy::LegacyHosts;
use recordings::adapters::providers::Providers;
use recordings::adapters::system::{SystemClock, SystemRandom};
use recordings::env::{self, Environment};
use recordings::ports::{
    AudioLook, AudioRead, AudioSource, AudioStore, AudioTag, CallControlRead, CallControlWrite, CallEntries, Clock,
    DayIndex, ErasureReceipts, HistoryQueue, Jobs, LedgerRead, LedgerWrite, LegacyAudio, LinkSigner, ListenersRead,
    ListenersWrite, LiveChannel, OpenMarkerRemove, OpenMarkerWrite, ProviderCopies, Random, RetrievalRead, RetryQueue,
    SecretSource, TraceRemove, Traces, TranscriptSource, TranscriptStore, TransferQueue, WaveformStore,
};
use recordings::telemetry::{Metrics, StdoutMetrics};

use crate::{NewsDesk, Pacer, Ports};

use signer_on_demand::SignerOnDemand;

/// Of the five requests a second that a base takes, what one of two history workers may use.
const AIRTABLE_REQUESTS_A_SECOND: f64 = 1.5;

type Secrets = SecretsManager<SystemClock>;

/// Each port with the one adapter that this function uses.
pub struct Wiring {
    ledger: S3Ledger,
    controls: S3CallControl,
    traces: S3Traces,
    receipts: S3Receipts,
    days: S3DayIndex,
    open_markers: S3OpenMarkers,
    audio: S3AudioStore,
    transcripts: S3Transcripts,
    waveforms: S3Waveforms,
    providers: Providers<Secrets>,
    legacy: LegacyHosts<Secrets>,
    retrievals: S3Retrievals,
    airtable: Airtable<Secrets>,
    history_queue: SqsHistoryQueue<Secrets>,
    transfer_queue: SqsTransferQueue,
    retry_queue: SqsRetryQueue,
    signer: SignerOnDemand,
    secrets: Arc<Secrets>,
    metrics: StdoutMetrics,
    pacer: Pacer,
    listeners: S3Listeners,
    live: LiveApi,
    news_desk: NewsDesk,
}

impl Wiring {
    /// Makes the adapters, and reads the secret once, so that a function which could fetch nothing never starts.
    ///
    /// # Errors
    /// What is missing: a variable by its name, or the secret.
    pub async fn new(environment: &Environment) -> Result<Self, lambda_runtime::Error> {
        let tls = tls(environment)?;
        let clients = Clients::new(aws_settings(environment)?, &tls);
        let bucket = environment.required(env::S3_BUCKET, env::bucket)?;
        let kms_key = environment.optional(env::KMS_KEY_ARN, env::arn)?;
        let airtable = airtable_settings(environment)?;
        let history_url = environment.required(env::HISTORY_QUEUE_URL, env::queue_url)?;
        let transfer_url = environment.required(env::TRANSFER_QUEUE_URL, env::queue_url)?;
        let retry_url = environment.required(env::RETRY_QUEUE_URL, env::queue_url)?;
        let secret_id = environment.required(env::SECRET_ID, env::text)?;
        let http = HttpClient::new(http_settings(environment)?, &tls)?;
        let secrets = Arc::new(SecretsManager::new(&clients, &secret_id, SystemClock));
        Ok(Self {
            ledger: S3Ledger::new(&clients, &bucket),
            controls: S3CallControl::new(&clients, &bucket),
            traces: S3Traces::new(&clients, &bucket),
            receipts: S3Receipts::new(&clients, &bucket),
            days: S3DayIndex::new(&clients, &bucket),
            open_markers: S3OpenMarkers::new(&clients, &bucket),
            audio: S3AudioStore::new(&clients, &bucket, kms_key.as_deref()),
            transcripts: S3Transcripts::new(&clients, &bucket),
            waveforms: S3Waveforms::new(&clients, &bucket),
            providers: Providers::new(http.clone(), Arc::clone(&secrets), provider_settings(environment)?).await?,
            legacy: LegacyHosts::new(http.clone(), Arc::clone(&secrets)),
            retrievals: S3Retrievals::new(&clients, &bucket),
            history_queue: SqsHistoryQueue::new(&clients, &history_url, Arc::clone(&secrets), airtable.base_id.clone()),
            airtable: Airtable::new(http, Arc::clone(&secrets), airtable),
            transfer_queue: SqsTransferQueue::new(&clients, &transfer_url),
            retry_queue: SqsRetryQueue::new(&clients, &retry_url),
            listeners: S3Listeners::new(&clients, &bucket),
            live: LiveApi::new(&clients, environment.optional(env::LIVE_ENDPOINT, env::base_url)?),
            news_desk: NewsDesk::default(),
            signer: SignerOnDemand::new(&clients, environment, &bucket)?,
            secrets,
            metrics: StdoutMetrics {
                function: "transfer",
                namespace: environment.required(env::METRICS_NAMESPACE, env::text)?,
            },
            pacer: Pacer::new(AIRTABLE_REQUESTS_A_SECOND, environment.required(env::OPEN_RETRY_MINUTES, env::minutes)?),
        })
    }
}

impl Ports for Wiring {
    fn ledger(&self) -> &(impl LedgerRead + LedgerWrite) {
        &self.ledger
    }

    fn decisions(&self) -> &impl CallControlWrite {
        &self.controls
    }

    fn controls(&self) -> &impl CallControlRead {
        &self.controls
    }

    fn entries(&self) -> &impl CallEntries {
        &self.ledger
    }

    fn tags(&self) -> &impl AudioTag {
        &self.audio
    }

    fn traces(&self) -> &(impl Traces + TraceRemove) {
        &self.traces
    }

    fn receipts(&self) -> &impl ErasureReceipts {
        &self.receipts
    }

    fn days(&self) -> &impl DayIndex {
        &self.days
    }

    fn open_markers(&self) -> &(impl OpenMarkerWrite + OpenMarkerRemove) {
        &self.open_markers
    }

    fn audio(&self) -> &(impl AudioStore + AudioLook + AudioRead) {
        &self.audio
    }

    fn source(&self) -> &(impl AudioSource + TranscriptSource) {
        &self.providers
    }

    fn legacy(&self) -> &impl LegacyAudio {
        &self.legacy
    }

    fn transcripts(&self) -> &impl TranscriptStore {
        &self.transcripts
    }

    fn waveforms(&self) -> &impl WaveformStore {
        &self.waveforms
    }

    fn copies(&self) -> &impl ProviderCopies {
        &self.providers
    }

    fn retrievals(&self) -> &impl RetrievalRead {
        &self.retrievals
    }

    fn jobs(&self) -> &impl Jobs {
        &self.airtable
    }

    fn history_queue(&self) -> &impl HistoryQueue {
        &self.history_queue
    }

    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.transfer_queue
    }

    fn retry_queue(&self) -> &impl RetryQueue {
        &self.retry_queue
    }

    fn signer(&self) -> &impl LinkSigner {
        &self.signer
    }

    fn secrets(&self) -> &impl SecretSource {
        &*self.secrets
    }

    fn clock(&self) -> &impl Clock {
        &SystemClock
    }

    fn random(&self) -> &impl Random {
        &SystemRandom
    }

    fn metrics(&self) -> &impl Metrics {
        &self.metrics
    }

    fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.listeners
    }

    fn live(&self) -> &impl LiveChannel {
        &self.live
    }

    fn news_desk(&self) -> &NewsDesk {
        &self.news_desk
    }
}
