use std::time::Duration;

use jiff::Timestamp;

/// How the fake world behaves. The default is calm: what is sent arrives once and in order.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What every number that nobody can foresee comes from.
    pub seed: u64,
    /// The time at the beginning.
    pub start: Timestamp,
    /// When the installation was made; at the beginning, where nothing is said.
    pub made_at: Option<Timestamp>,
    /// When the secret was last changed; when the installation was made, where nothing is said.
    pub secret_changed_at: Option<Timestamp>,
    /// How much one page of a list holds; S3 gives a thousand.
    pub page_size: usize,
    /// The least size of a part that is not the last.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
    pub min_part_bytes: usize,
    /// How long a client waits for an answer that does not come; `None` waits for ever.
    ///
    /// The real adapters' own time-outs stand behind this: a hanging call ends as `Unavailable`.
    pub patience: Option<Duration>,
    /// Each call takes up to this long, by chance, before it takes effect.
    pub latency: Duration,
    /// The pieces in which a provider's audio arrives.
    pub chunk_bytes: usize,
    /// Whether Airtable counts requests and answers 429 with thirty quiet seconds.
    pub airtable_limit: bool,
    /// Whether standard queues deliver in any order.
    pub reorder: bool,
    /// How many of a hundred deliveries of standard queues come twice.
    pub duplicate_percent: u8,
    /// TransferQueue, as the template has it.
    pub transfer_queue: QueueSettings,
    /// HistoryQueue, as the template has it.
    pub history_queue: QueueSettings,
    /// RetryQueue, hiding what it delivers for as long as the sweeper asks it to.
    pub retry_queue: QueueSettings,
    /// The dead-letter queues, hiding what they deliver for as long as the sweeper asks them to.
    pub dead_letter_queues: QueueSettings,
    /// When the credentials end that sign URLs.
    pub signing_ends: Option<Timestamp>,
    /// Whether what was called and what took effect is remembered. Who measures memory does not want to measure that.
    pub remembers: bool,
}

/// What SQS is told about one queue.
#[derive(Debug, Clone, Copy)]
pub struct QueueSettings {
    /// How long a delivered message stays hidden.
    pub visibility: Duration,
    /// After how many deliveries it goes to the dead-letter queue, where there is one.
    pub max_receive_count: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        let queue =
            |seconds, max_receive_count| QueueSettings { visibility: Duration::from_secs(seconds), max_receive_count };
        Self {
            seed: 1,
            start: Timestamp::constant(1_710_513_022, 0),
            made_at: None,
            secret_changed_at: None,
            page_size: 1_000,
            min_part_bytes: 5 * 1024 * 1024,
            patience: Some(Duration::from_secs(30)),
            latency: Duration::ZERO,
            chunk_bytes: 16 * 1024,
            airtable_limit: false,
            reorder: false,
            duplicate_percent: 0,
            transfer_queue: queue(720, Some(5)),
            history_queue: queue(150, Some(30)),
            retry_queue: queue(60, None),
            dead_letter_queues: queue(240, None),
            signing_ends: None,
            remembers: true,
        }
    }
}
