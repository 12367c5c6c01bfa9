use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use recordings::audio::Container;
use recordings::env::Environment;
use recordings::fakes::{DeadLetterBox, World, sample};
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{Change, LedgerEntry, SettledAs, VerifiedAudio};
use recordings::ports::{
    AudioList, AudioLook, BucketLook, CallControlRead, CallEntries, CallNoteList, CallNoteRemove, CallRecordings,
    Clock, Cursors, DayIndexList, DeadLetters, HistoryQueue, Installation, JobFind, JobTable, LedgerRead,
    OpenMarkerList, OpenMarkerWrite, Orphans, PhoneNumbers, PortError, ProviderList, Receipts, Redrive, RetryQueue,
    RetryQueueConsume, SecretAge, SecretSource, TransferQueue, UploadList, VoiceAgents,
};
use recordings::recording::{Provider, RecordingRef};
use recordings::telemetry::{Metric, Metrics};
use sweeper::config::Settings;
use sweeper::{Job, Outcome, Ports};

/// One simulated run.
struct Sweep {
    world: World,
    dead_letters: [DeadLetterBox; 2],
    counted: Counted,
}

impl Sweep {
    fn of(world: &World) -> Self {
        let dead_letters = [world.transfer_dead_letters(), world.history_dead_letters()];
        Self { world: world.clone(), dead_letters, counted: Counted::default() }
    }
}

impl Ports for Sweep {
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
        &self.counted
    }
}

/// How often each figure was counted, by its name and provider.
#[derive(Default)]
struct Counted(Mutex<BTreeMap<Figure, usize>>);

/// A figure's name, and whose it is.
pub(crate) type Figure = (&'static str, Option<Provider>);

impl Metrics for Counted {
    fn take(&self, _: Timestamp, provider: Option<Provider>, metrics: &[Metric]) {
        for metric in metrics {
            *self.0.lock().unwrap().entry((metric.name, provider)).or_default() += 1;
        }
    }
}

pub(crate) fn settings() -> Settings {
    settings_with(&[])
}

/// The same, with some variables set.
pub(crate) fn settings_with(variables: &[(&str, &str)]) -> Settings {
    let needed = [("AIRTABLE_BASE_ID", sample::AIRTABLE_BASE), ("PUBLIC_BASE_URL", "https://calls.example.com")];
    let all = needed.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from(&Environment::from_iter(all)).unwrap()
}

/// A run with four minutes before it, as the template has it.
pub(crate) fn sweep(world: &World) -> Result<Outcome, PortError> {
    sweep_for(world, &settings(), Duration::from_secs(240))
}

pub(crate) fn sweep_for(world: &World, settings: &Settings, time: Duration) -> Result<Outcome, PortError> {
    run(world, settings, serde_json::from_str(include_str!("../../../../events/sweeper-retry.json")).unwrap(), time)
}

/// A run of any job.
pub(crate) fn job(world: &World, job: Job) -> Result<Outcome, PortError> {
    run(world, &settings(), job, Duration::from_secs(240))
}

/// The same, otherwise configured, and with so much time before it.
pub(crate) fn job_for(world: &World, settings: &Settings, job: Job, time: Duration) -> Result<Outcome, PortError> {
    run(world, settings, job, time)
}

/// Two runs whose calls alternate.
pub(crate) fn sweep_twice_at_once(world: &World) -> [Result<Outcome, PortError>; 2] {
    job_twice_at_once(world, Job::Retry)
}

/// The same of any job.
pub(crate) fn job_twice_at_once(world: &World, job: Job) -> [Result<Outcome, PortError>; 2] {
    with_twice_at_once(world, &settings(), job)
}

/// The same, otherwise configured.
pub(crate) fn with_twice_at_once(world: &World, settings: &Settings, job: Job) -> [Result<Outcome, PortError>; 2] {
    let deadline = world.time() + Duration::from_secs(240);
    let [one, other] = ["sweeper 1", "sweeper 2"].map(|name| Sweep::of(&world.worker(name)));
    let (one, other) = world.run(async {
        tokio::join!(sweeper::handle(&one, settings, job, deadline), sweeper::handle(&other, settings, job, deadline),)
    });
    [one, other]
}

fn run(world: &World, settings: &Settings, job: Job, time: Duration) -> Result<Outcome, PortError> {
    let sweep = Sweep::of(&world.worker("sweeper"));
    sweep.run(settings, job, time)
}

/// What a run counts, but for having come to its end.
pub(crate) fn counts(world: &World, job: Job) -> Vec<(Figure, usize)> {
    all_counts(world, job).into_iter().filter(|((name, _), _)| !name.ends_with("_done")).collect()
}

/// All that a run counts.
pub(crate) fn all_counts(world: &World, job: Job) -> Vec<(Figure, usize)> {
    let sweep = Sweep::of(&world.worker("sweeper"));
    let _ = sweep.run(&settings(), job, Duration::from_secs(240));
    sweep.counted.0.into_inner().unwrap().into_iter().collect()
}

impl Sweep {
    fn run(&self, settings: &Settings, job: Job, time: Duration) -> Result<Outcome, PortError> {
        let deadline = self.world.now() + time;
        self.world.run(sweeper::handle(self, settings, job, deadline))
    }
}

/// A run that may die.
pub(crate) fn try_sweep(world: &World) {
    try_job(world, Job::Retry);
}

/// A run of any job that may die.
pub(crate) fn try_job(world: &World, job: Job) {
    try_job_with(world, &settings(), job);
}

/// The same, otherwise configured.
pub(crate) fn try_job_with(world: &World, settings: &Settings, job: Job) {
    let worker = world.worker("sweeper");
    let deadline = worker.now() + Duration::from_secs(240);
    worker.try_run(sweeper::handle(&Sweep::of(&worker), settings, job, deadline)).map(drop).ok();
}

/// The entry of a recording that was heard of and is not home.
pub(crate) fn received(world: &World, recording: &RecordingRef) -> LedgerEntry {
    let now = world.time();
    let entry = LedgerEntry::received(recording.clone(), None, &sample::report(1, now), now);
    let key = settings().prefix.audio_key(recording, now, None, Container::Wav);
    let entry = entry.apply(Change::KeyPinned(key), now).unwrap();
    world.put_entry(&entry);
    entry
}

/// The entry of a recording that is settled, and whose copy is due at that time.
pub(crate) fn settled(world: &World, recording: &RecordingRef, due: Timestamp) -> LedgerEntry {
    let now = world.time();
    let line = PinnedLine::from_text("---- | t | Event: Recording | URL: https://x.example/r/1".into());
    let audio = VerifiedAudio {
        bytes: 8_044,
        sha256: "00".repeat(32),
        crc64nvme: "AAAAAAAAAAA=".into(),
        container: Container::Wav,
        content_type: "audio/wav".into(),
        duration_measured_ms: Some(1_000),
        channels: Some(1),
        findings: Vec::new(),
    };
    let confirmed = Change::LinesConfirmed { texts: vec![line.text.clone()], job_record_id: sample::job_record_id(1) };
    let changes = [Change::Stored { audio, line }, confirmed, Change::Settled(SettledAs::ProviderCopyDueAt(due))];
    let entry = changes.into_iter().fold(received(world, recording), |entry, change| entry.apply(change, now).unwrap());
    world.put_entry(&entry);
    entry
}
