use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::airtable::Airtable;
use super::audio_store::{FakeObject, Stored};
use super::clock::Timers;
use super::documents::Document;
use super::issuers::Issuers;
use super::journal::{Effect, Entry};
use super::legacy::Legacy;
use super::live::Sockets;
use super::multipart::Uploads;
use super::outside_settings::{BucketSettings, Numbers};
use super::plan::Injector;
use super::provider_list::Providers;
use super::queue_ports::Queues;
use super::random::Dice;
use super::transcripts::Transcripts;
use super::versions::Older;
use super::voice_agents::Agents;
use super::{Settings, sample};
use crate::object_key::AudioKey;
use crate::secrets::Secrets;

/// A handle on the outside world, held by one simulated process. Clones are the same process.
#[derive(Clone)]
pub struct World {
    shared: Arc<Mutex<State>>,
    process: Arc<Process>,
}

/// Who holds a handle.
struct Process {
    name: Arc<str>,
    dead: AtomicBool,
    clock_skew: SignedDuration,
}

/// Everything outside of our processes.
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) now: Timestamp,
    pub(super) timers: Timers,
    pub(super) injector: Injector,
    /// What [`Random`](crate::ports::Random) gives; apart from `chance`, so that a function that draws one number more
    /// does not change what the world does.
    pub(super) numbers: Dice,
    pub(super) chance: Dice,
    pub(super) journal: Vec<Entry>,
    /// The process on whose behalf the effect under way takes place.
    pub(super) acting: Arc<str>,
    /// Whether that process had given it up before.
    pub(super) late: bool,
    pub(super) documents: BTreeMap<String, Document>,
    pub(super) audio: BTreeMap<AudioKey, Stored>,
    /// What was moved aside, by the key that it had.
    pub(super) orphans: BTreeMap<AudioKey, FakeObject>,
    /// What a versioned bucket keeps of what was overwritten or removed, by key and writing.
    pub(super) older: BTreeMap<(String, u64), Older>,
    /// How much was written so far.
    pub(super) writings: u64,
    pub(super) uploads: Uploads,
    pub(super) queues: Queues,
    pub(super) providers: Providers,
    pub(super) transcripts: Transcripts,
    pub(super) agents: Agents,
    pub(super) bucket: BucketSettings,
    pub(super) phone_numbers: Numbers,
    pub(super) legacy: Legacy,
    pub(super) sockets: Sockets,
    pub(super) issuers: Issuers,
    pub(super) airtable: Airtable,
    pub(super) secrets: Arc<Secrets>,
}

impl World {
    /// A calm world.
    pub fn new(seed: u64) -> Self {
        Self::with(Settings { seed, ..Settings::default() })
    }

    /// A world of a certain behaviour.
    pub fn with(settings: Settings) -> Self {
        let name: Arc<str> = "world".into();
        let state = State {
            now: settings.start,
            timers: Timers::default(),
            injector: Injector::default(),
            numbers: Dice::new(settings.seed),
            chance: Dice::new(!settings.seed),
            journal: Vec::new(),
            acting: name.clone(),
            late: false,
            documents: BTreeMap::new(),
            audio: BTreeMap::new(),
            orphans: BTreeMap::new(),
            older: BTreeMap::new(),
            writings: 0,
            uploads: Uploads::default(),
            queues: Queues::new(&settings),
            providers: Providers::default(),
            transcripts: Transcripts::default(),
            agents: Agents::default(),
            bucket: BucketSettings::default(),
            phone_numbers: Numbers::default(),
            legacy: Legacy::default(),
            sockets: Sockets::default(),
            issuers: Issuers::default(),
            airtable: Airtable::default(),
            secrets: Arc::new(sample::secrets()),
            settings,
        };
        let process = Process { name, dead: AtomicBool::new(false), clock_skew: SignedDuration::ZERO };
        Self { shared: Arc::new(Mutex::new(state)), process: Arc::new(process) }
    }

    /// The handle of a new process, such as one invocation of a function. A dead one's name may be used again.
    pub fn worker(&self, name: &str) -> Self {
        self.worker_with_skew(name, SignedDuration::ZERO)
    }

    /// The handle of a new process whose clock is off by `clock_skew`.
    pub fn worker_with_skew(&self, name: &str, clock_skew: SignedDuration) -> Self {
        let process = Process { name: name.into(), dead: AtomicBool::new(false), clock_skew };
        Self { shared: self.shared.clone(), process: Arc::new(process) }
    }

    /// Who this is.
    pub fn name(&self) -> &str {
        &self.process.name
    }

    /// Whether a fault or [`kill`](Self::kill) ended this process. Whoever polls its futures drops them then.
    pub fn is_dead(&self) -> bool {
        self.process.dead.load(Ordering::SeqCst)
    }

    /// Ends this process: its calls never return from now on, and what they have not done yet is not done.
    pub fn kill(&self) {
        if !self.process.dead.swap(true, Ordering::SeqCst) {
            self.act(|state| state.note(Effect::ProcessDied));
        }
    }

    /// How far this process's clock is ahead of the world's.
    pub(super) fn clock_skew(&self) -> SignedDuration {
        self.process.clock_skew
    }

    /// What took effect so far, in order.
    pub fn journal(&self) -> Vec<Entry> {
        self.state().journal.clone()
    }

    /// Reads what took effect so far where it lies. The world stands still meanwhile: `read` must not touch it.
    pub fn read_journal<T>(&self, read: impl FnOnce(&[Entry]) -> T) -> T {
        read(&self.state().journal)
    }

    /// Changes how the world behaves from now on. The seed, the start and the queues' settings are fixed by then.
    pub fn adjust(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// The secrets that [`SecretSource`](crate::ports::SecretSource) gives.
    pub fn secrets(&self) -> Arc<Secrets> {
        self.state().secrets.clone()
    }

    /// Replaces the secrets.
    pub fn set_secrets(&self, secrets: Secrets) {
        self.state().secrets = Arc::new(secrets);
    }

    /// Looks into, or changes, the state from outside of any process.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A test that failed while it held the lock should show its own failure, not this one.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something on behalf of this process.
    pub(super) fn act<T>(&self, effect: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        state.acting = self.process.name.clone();
        effect(&mut state)
    }
}

impl State {
    /// Writes into the journal.
    pub(super) fn note(&mut self, effect: Effect) {
        if !self.settings.remembers {
            return;
        }
        let entry = Entry { at: self.now, process: self.acting.to_string(), late: self.late, effect };
        self.journal.push(entry);
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("process", &self.name()).finish_non_exhaustive()
    }
}
