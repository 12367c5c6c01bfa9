use std::time::Duration;

use runtime::Function as Kind;

/// How much of everything there is, and how fast it goes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Processes of the webhook function.
    pub webhooks: usize,
    /// Batches of TransferQueue at a time.
    pub transfers: usize,
    /// Batches of HistoryQueue at a time. Each asks Airtable 1.5 times a second: above two, raise Airtable's limit with
    /// [`World::set_airtable_behaviour`](standins::World::set_airtable_behaviour).
    pub histories: usize,
    /// Processes of the sweeper.
    pub sweepers: usize,
    /// The sweeper's jobs and the time between two runs of each.
    pub schedules: Vec<(&'static str, Duration)>,
    /// Those whose requests to AWS go around the door before it, so that neither faults nor counts are about them.
    pub around_the_door: Vec<Kind>,
    /// When what an invocation did not do comes again.
    pub again_after: Duration,
    /// Variables of every function, beside those that lead them to each other.
    pub variables: Vec<(&'static str, String)>,
}

impl Default for Settings {
    /// The concurrency of the template, and retries within seconds.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            webhooks: 2,
            transfers: 2,
            histories: 2,
            sweepers: 1,
            schedules: vec![("retry", seconds(2))],
            around_the_door: Vec::new(),
            again_after: seconds(2),
            variables: [
                ("RECORDING_RETRY_MINUTES", "0.02,0.04,0.08,0.1"),
                ("OPEN_RETRY_MINUTES", "0.5"),
                ("RECORDING_UPLOAD_TIMEOUT_SECONDS", "8"),
                ("RECORDING_DOWNLOAD_TIMEOUT_MS", "4000"),
            ]
            .map(|(name, value)| (name, value.to_owned()))
            .into(),
        }
    }
}
