//! The ports as production has them.

use std::sync::Arc;

use recordings::adapters::aws::{
    Clients, S3AuditLog, S3CallControl, S3CallNotes, S3Cursors, S3DayIndex, S3Ledger, S3LinkSigner, S3Listeners,
    S3OpenMarkers, S3Retrievals, S3Transcripts, S3Waveforms, SecretsManager, Signing, SqsTransferQueue,
};
use recordings::adapters::configured::{aws_settings, http_settings, provider_settings, tls};
use recordings::adapters::http::HttpClient;
use recordings::adapters::oidc::Oidc;
use recordings::adapters::providers::Providers;
use recordings::adapters::system::{SystemClock, SystemRandom};
use recordings::env::{self, Environment};
use recordings::ports::{
    AudioSlices, AuditLog, AuditRead, CallControlRead, CallControlWrite, CallEntries, CallNotes, Clock, CursorRead,
    DayIndex, DayIndexList, IssuerKeys, LedgerRead, LedgerWrite, LinkSigner, ListenersRead, ListenersWrite,
    OpenMarkerWrite, Random, RetrievalRead, RetrievalWrite, SecretSource, TranscriptRead, TransferQueue, WaveformRead,
};
use recordings::telemetry::{Metrics, StdoutMetrics};

use crate::{ApiPorts, LinkPorts, Ports};

type Secrets = SecretsManager<SystemClock>;

/// Each port with the one adapter that this function uses.
pub struct Wiring {
    transfer_queue: SqsTransferQueue,
    open_markers: S3OpenMarkers,
    call_notes: S3CallNotes,
    ledger: S3Ledger,
    days: S3DayIndex,
    transcripts: S3Transcripts,
    waveforms: S3Waveforms,
    retrievals: S3Retrievals,
    cursors: S3Cursors,
    controls: S3CallControl,
    listeners: S3Listeners,
    audit: S3AuditLog,
    signer: S3LinkSigner<SystemClock>,
    issuers: Oidc,
    providers: Providers<Secrets>,
    secrets: Arc<Secrets>,
    metrics: StdoutMetrics,
}

impl Wiring {
    /// Makes the adapters, and reads the secret once, so that a function which could verify nothing never starts.
    ///
    /// # Errors
    /// What is missing: a variable by its name, or the secret.
    pub async fn new(environment: &Environment) -> Result<Self, lambda_http::Error> {
        let tls = tls(environment)?;
        let clients = Clients::new(aws_settings(environment)?, &tls);
        let bucket = environment.required(env::S3_BUCKET, env::bucket)?;
        let signing = Signing {
            bucket: bucket.clone(),
            role_arn: environment.required(env::LINK_SIGNER_ROLE_ARN, env::arn)?,
            public_endpoint: environment.optional(env::S3_PUBLIC_ENDPOINT, env::base_url)?,
        };
        let secret_id = environment.required(env::SECRET_ID, env::text)?;
        let queue_url = environment.required(env::TRANSFER_QUEUE_URL, env::queue_url)?;
        let http = HttpClient::new(http_settings(environment)?, &tls)?;
        let secrets = Arc::new(SecretsManager::new(&clients, &secret_id, SystemClock));
        let providers = Providers::new(http.clone(), Arc::clone(&secrets), provider_settings(environment)?).await?;
        Ok(Self {
            transfer_queue: SqsTransferQueue::new(&clients, &queue_url),
            open_markers: S3OpenMarkers::new(&clients, &bucket),
            call_notes: S3CallNotes::new(&clients, &bucket),
            ledger: S3Ledger::new(&clients, &bucket),
            days: S3DayIndex::new(&clients, &bucket),
            transcripts: S3Transcripts::new(&clients, &bucket),
            waveforms: S3Waveforms::new(&clients, &bucket),
            retrievals: S3Retrievals::new(&clients, &bucket),
            cursors: S3Cursors::new(&clients, &bucket),
            controls: S3CallControl::new(&clients, &bucket),
            listeners: S3Listeners::new(&clients, &bucket),
            audit: S3AuditLog::new(&clients, &bucket),
            signer: S3LinkSigner::new(&clients, signing, SystemClock),
            issuers: Oidc::new(http),
            providers,
            secrets,
            metrics: StdoutMetrics {
                function: "webhook",
                namespace: environment.required(env::METRICS_NAMESPACE, env::text)?,
            },
        })
    }
}

impl Ports for Wiring {
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.transfer_queue
    }

    fn open_markers(&self) -> &impl OpenMarkerWrite {
        &self.open_markers
    }

    fn call_notes(&self) -> &impl CallNotes {
        &self.call_notes
    }

    fn ledger(&self) -> &impl LedgerRead {
        &self.ledger
    }

    fn audit(&self) -> &impl AuditLog {
        &self.audit
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
}

impl LinkPorts for Wiring {
    fn slices(&self) -> &impl AudioSlices {
        &self.providers
    }
}

impl ApiPorts for Wiring {
    fn ledger_write(&self) -> &impl LedgerWrite {
        &self.ledger
    }

    fn controls(&self) -> &(impl CallControlRead + CallControlWrite) {
        &self.controls
    }

    fn listeners(&self) -> &(impl ListenersRead + ListenersWrite) {
        &self.listeners
    }

    fn cursors(&self) -> &impl CursorRead {
        &self.cursors
    }

    fn accesses(&self) -> &impl AuditRead {
        &self.audit
    }

    fn call_entries(&self) -> &impl CallEntries {
        &self.ledger
    }

    fn issuer_keys(&self) -> &impl IssuerKeys {
        &self.issuers
    }

    fn day_list(&self) -> &impl DayIndexList {
        &self.days
    }

    fn transcripts(&self) -> &impl TranscriptRead {
        &self.transcripts
    }

    fn waveforms(&self) -> &impl WaveformRead {
        &self.waveforms
    }

    fn days_write(&self) -> &impl DayIndex {
        &self.days
    }

    fn retrievals(&self) -> &(impl RetrievalRead + RetrievalWrite) {
        &self.retrievals
    }
}
