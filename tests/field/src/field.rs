use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::{Function as Kind, Redelivery, Surroundings};
use serde_json::json;
use standins::{Delivery, Destination, PlacedRecording, RecordingStatusForm, World};
use tempfile::TempDir;
use tokio::task::{AbortHandle, JoinSet};

use crate::event_source::EventSource;
use crate::function::Function;
use crate::gateway::{Address, Gateway};
use crate::programs::Programs;
use crate::settings::Settings;

/// Everything that runs. Dropping it ends all of it.
#[derive(Debug)]
pub struct Field {
    surroundings: Arc<Surroundings>,
    webhook: Arc<Function>,
    transfer: Arc<Function>,
    sweeper: Arc<Function>,
    gateway: Gateway,
    transfers: Arc<EventSource>,
    histories: Arc<EventSource>,
    tasks: JoinSet<()>,
    feeders: Vec<AbortHandle>,
    _folder: TempDir,
}

/// What the template has: TransferQueue gives up after five times, HistoryQueue after thirty; and no message is seen
/// again while an invocation may still hold it.
const REDELIVERY: [Redelivery; 2] =
    [Redelivery { hidden_seconds: 150, receives: 5 }, Redelivery { hidden_seconds: 150, receives: 30 }];
/// The batch sizes of the template.
const TRANSFERS_A_BATCH: usize = 2;
const HISTORIES_A_BATCH: usize = 10;

impl Field {
    /// Compiles the functions and raises everything.
    ///
    /// # Panics
    /// When a part of it does not start.
    pub async fn start(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("cannot create a folder: {error}"));
        let programs = Programs::build(folder.path()).await;
        let surroundings = Arc::new(Surroundings::start_with(REDELIVERY).await);
        let address = Address::any().await;
        let function = |kind: Kind, count: usize| {
            let mut environment = surroundings.environment(kind);
            if !settings.around_the_door.contains(&kind) {
                environment.extend([("AWS_ENDPOINT_URL", surroundings.world().addresses().aws)]);
            }
            environment.extend(settings.variables.clone());
            if kind != Kind::Sweeper {
                environment.extend([("PUBLIC_BASE_URL", address.url.clone())]);
            }
            Arc::new(Function::start(kind, count, programs.of(kind), &environment, folder.path()))
        };
        let webhook = function(Kind::Webhook, settings.webhooks);
        let transfer = function(Kind::Transfer, settings.transfers + settings.histories);
        let sweeper = function(Kind::Sweeper, settings.sweepers);
        let queues = &surroundings.queues;
        let source = |queue: &str, batch: usize| {
            Arc::new(EventSource::new(&surroundings, &transfer, queue, batch, settings.again_after))
        };
        let transfers = source(&queues.transfer, TRANSFERS_A_BATCH);
        let histories = source(&queues.history, HISTORIES_A_BATCH);
        let gateway = address.lead_to(Arc::clone(&webhook));
        let (tasks, feeders) = (JoinSet::new(), Vec::new());
        let mut field = Self {
            surroundings,
            webhook,
            transfer,
            sweeper,
            gateway,
            transfers,
            histories,
            tasks,
            feeders,
            _folder: folder,
        };
        field.feed(&settings);
        field
    }

    fn feed(&mut self, settings: &Settings) {
        let sources = [(&self.transfers, settings.transfers), (&self.histories, settings.histories)];
        for (source, at_once) in sources {
            for _ in 0..at_once {
                let source = Arc::clone(source);
                self.feeders.push(self.tasks.spawn(async move { source.run().await }));
            }
        }
        for (job, every) in settings.schedules.clone() {
            let sweeper = Arc::clone(&self.sweeper);
            self.feeders.push(self.tasks.spawn(async move {
                loop {
                    // What fails is left to the next run, as on AWS.
                    let _outcome = sweeper.invoke(&json!({ "job": job })).await;
                    pause(every).await;
                }
            }));
        }
    }

    /// The AWS emulator and what is in it.
    #[must_use]
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Twilio, Airtable, and the faults of everybody.
    #[must_use]
    pub fn world(&self) -> &World {
        self.surroundings.world()
    }

    /// One of the functions.
    #[must_use]
    pub fn function(&self, kind: Kind) -> &Arc<Function> {
        match kind {
            Kind::Webhook => &self.webhook,
            Kind::Transfer => &self.transfer,
            Kind::Sweeper => &self.sweeper,
        }
    }

    /// Where webhooks are sent to.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// What stands between TransferQueue and its function.
    #[must_use]
    pub fn transfers(&self) -> &EventSource {
        &self.transfers
    }

    /// What stands between HistoryQueue and its function.
    #[must_use]
    pub fn histories(&self) -> &EventSource {
        &self.histories
    }

    /// Has Twilio report a recording, for a job or for none, with the retries that we ask Twilio for.
    ///
    /// # Panics
    /// When there is no such recording.
    pub async fn report(&self, recording: &PlacedRecording, job_number: Option<&str>) -> Delivery {
        let query = job_number.map(|number| format!("?job={number}")).unwrap_or_default();
        let url = format!("{}/api/twilio/recording{query}#rc=5&rp=all", self.gateway.url());
        let recording_sid = recording.recording_sid.clone();
        let form =
            RecordingStatusForm { recording_sid, to: Destination::from(&*url), ..RecordingStatusForm::default() };
        let delivered = self.world().deliver_recording_status(form).await;
        delivered.unwrap_or_else(|error| panic!("a webhook cannot be sent: {error}"))
    }

    /// Whether nothing is left to do: no message that a function is to handle, and no unfinished business. What lies in a
    /// dead-letter queue the sweeper takes up; what it leaves there is left for good.
    pub async fn is_quiet(&self) -> bool {
        let (aws, queues) = (&self.surroundings.aws, &self.surroundings.queues);
        for queue in [&queues.transfer, &queues.history, &queues.retry] {
            if aws.queued(queue).await > 0 {
                return false;
            }
        }
        aws.keys(Surroundings::BUCKET, "open/").await.is_empty()
    }

    /// Waits until it is so.
    ///
    /// # Panics
    /// When it never is, or when something that feeds the functions broke meanwhile.
    pub async fn until(&mut self, what: &str, patience: Duration, it_is_so: impl AsyncFn(&Self) -> bool) {
        const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
        let start = Instant::now();
        while !it_is_so(self).await {
            self.check();
            assert!(start.elapsed() < patience, "{what} did not happen within {} s", patience.as_secs());
            pause(BETWEEN_LOOKS).await;
        }
    }

    /// Whether everything that feeds the functions is at work; [`check`](Self::check) tells why it is not.
    #[must_use]
    pub fn is_feeding(&self) -> bool {
        self.feeders.iter().all(|feeder| !feeder.is_finished())
    }

    /// Passes on why something that feeds the functions broke.
    ///
    /// # Panics
    /// When something did.
    pub fn check(&mut self) {
        if let Some(Err(error)) = self.tasks.try_join_next() {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for other processes, which keep real time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
