//! The ports as production has them.

use recordings::adapters::aws::{Clients, S3Cursors, S3OpenMarkers, SqsDeadLetters, SqsRetryQueue, SqsTransferQueue};
use recordings::adapters::configured::aws_settings;
use recordings::adapters::system::SystemClock;
use recordings::env::{self, ConfigError, Environment};
use recordings::ports::{
    Clock, Cursors, DeadLetters, OpenMarkerList, OpenMarkerWrite, Redrive, RetryQueue, RetryQueueConsume, TransferQueue,
};
use recordings::telemetry::{Metrics, StdoutMetrics};

use crate::Ports;

/// Each port with the one adapter that this function uses.
pub struct Wiring {
    open_markers: S3OpenMarkers,
    transfer_queue: SqsTransferQueue,
    retry_queue: SqsRetryQueue,
    transfer_dead_letters: SqsDeadLetters,
    history_dead_letters: SqsDeadLetters,
    cursors: S3Cursors,
    metrics: StdoutMetrics,
}

impl Wiring {
    /// Makes the adapters.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or makes no sense.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let clients = Clients::new(aws_settings(environment)?);
        let bucket = environment.required(env::S3_BUCKET, env::bucket)?;
        let transfer_url = environment.required(env::TRANSFER_QUEUE_URL, env::queue_url)?;
        let history_url = environment.required(env::HISTORY_QUEUE_URL, env::queue_url)?;
        let retry_url = environment.required(env::RETRY_QUEUE_URL, env::queue_url)?;
        let dead_transfers_url = environment.required(env::TRANSFER_DEAD_LETTER_QUEUE_URL, env::queue_url)?;
        let dead_histories_url = environment.required(env::HISTORY_DEAD_LETTER_QUEUE_URL, env::queue_url)?;
        Ok(Self {
            open_markers: S3OpenMarkers::new(&clients, &bucket),
            transfer_queue: SqsTransferQueue::new(&clients, &transfer_url),
            retry_queue: SqsRetryQueue::new(&clients, &retry_url),
            transfer_dead_letters: SqsDeadLetters::new(&clients, &dead_transfers_url, &transfer_url),
            history_dead_letters: SqsDeadLetters::new(&clients, &dead_histories_url, &history_url),
            cursors: S3Cursors::new(&clients, &bucket),
            metrics: StdoutMetrics { function: "sweeper" },
        })
    }
}

impl Ports for Wiring {
    fn open_markers(&self) -> &(impl OpenMarkerList + OpenMarkerWrite) {
        &self.open_markers
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
