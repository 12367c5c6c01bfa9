//! What happens in a run, and how it has to end.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;
use recordings::call_control::CallControl;
use recordings::fakes::{Fault, Plan, ProviderRecording, QueueName, Where, World, sample};
use recordings::ledger_entry::Change as LedgerChange;
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::ObjectKey;
use recordings::ports::JobRecord;
use recordings::recording::{CallRef, Provider, RecordingRef};

use crate::installation::agents::{Event, Said};
use crate::installation::twilio::Form;
use crate::installation::{Happening, Sent};

/// How long each recording plays.
pub(crate) const SECONDS: u32 = 1;

/// Everything that is going to happen, from whenever it is played.
pub struct Script {
    /// Where it is going to happen.
    pub world: World,
    /// What, and how long after the beginning.
    pub happenings: Vec<(Duration, Happening)>,
    /// How it has to end.
    pub expected: Vec<Expected>,
    /// Bodies that no function can read, each of which has to end in a dead-letter queue.
    pub poison: Vec<String>,
    /// What is down meanwhile.
    pub plan: Plan,
    /// What no process of ours may ever have asked for or written: words from forgeries.
    pub forged: Vec<String>,
    /// Whether everything is in order, so that nobody is to be alarmed.
    pub healthy: bool,
    started: Timestamp,
    offset: Duration,
    scene: u64,
    provider: Provider,
}

/// A recording and its end.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Which.
    pub recording: RecordingRef,
    /// How it has to end once we heard of it.
    pub end: End,
}

/// How a recording ends, whatever happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Stored and linked, and the provider's copy deleted, where that is asked for.
    Home,
    /// Stored and linked, and the provider's copy kept because of a hold.
    Held,
    /// Stored, though no job was found for it; the provider's copy is kept.
    Unassigned,
    /// Imported, and stored and linked once somebody asked; it came from its legacy URL, and nothing is deleted anywhere.
    Imported,
    /// Stored and linked, but doubtful; the provider's copy is kept.
    Suspect,
    /// There is no audio, and the history says so.
    Absent,
    /// There is no audio, and no job to say so in.
    AbsentUnassigned,
    /// It was erased before, and stays so.
    Erased,
    /// Nobody may know of it.
    Unheard,
}

impl Script {
    /// An empty one.
    pub fn new(world: World) -> Self {
        let started = world.time();
        Self {
            world,
            happenings: Vec::new(),
            expected: Vec::new(),
            poison: Vec::new(),
            plan: Plan::none(),
            forged: Vec::new(),
            healthy: true,
            started,
            offset: Duration::ZERO,
            scene: 0,
            provider: Provider::Twilio,
        }
    }

    /// The next scenario begins so long after the beginning of all, with calls and jobs of its own.
    pub fn next_scene(&mut self, offset: Duration) {
        self.offset = offset;
        self.scene += 1;
        self.provider = Provider::Twilio;
    }

    /// The scenario is about calls of this provider's, of which every organisation has credentials.
    pub fn calls_are_at(&mut self, provider: Provider) {
        self.provider = provider;
        self.world.set_secrets(sample::secrets_of_all_providers());
    }

    /// A number for the nth call, recording or job of this scenario that no other scenario has.
    pub fn number(&self, n: u64) -> u64 {
        self.scene * 100 + n
    }

    /// When the scenario begins.
    pub fn begins(&self) -> Timestamp {
        self.started + self.offset
    }

    /// A recording of a second at its provider, by the numbers of its call and itself.
    pub fn recorded(&mut self, call: u64, recording: u64) -> RecordingRef {
        self.recorded_for("default", call, recording)
    }

    /// The same, of any organisation.
    pub fn recorded_for(&mut self, organisation: &str, call: u64, recording: u64) -> RecordingRef {
        let (call, number) = (self.number(call), self.number(recording));
        let recording = sample::recording_at(self.provider, organisation, call, number);
        if self.provider.writes_transcripts() {
            self.world.put_provider_transcript(&recording.call(), sample::transcript(), Timestamp::MIN);
        }
        self.world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(SECONDS, number)));
        recording
    }

    /// Lets a recording be older than our installation, and so none of ours.
    pub fn made_before_us(&mut self, recording: &RecordingRef) {
        let (bytes, a_day) = (sample::wav(SECONDS, 0), Duration::from_secs(86_400));
        let created_at = Some(self.started - a_day);
        self.world
            .put_provider_recording(recording, ProviderRecording { created_at, ..ProviderRecording::completed(bytes) });
    }

    /// The nth job of an organisation, which names these recordings' calls.
    pub fn job(&mut self, n: u64, calls: &[&RecordingRef]) -> JobRecord {
        sample::job(self.number(n), calls)
    }

    /// A job that has been there before.
    pub fn known_job(&mut self, organisation: &str, n: u64) {
        let job = self.job(n, &[]);
        self.world.put_job(&organisation.parse().expect("an organisation's id is valid"), job);
    }

    /// What its provider says when a recording is complete.
    pub fn completed(&self, recording: &RecordingRef, job: Option<u64>) -> Sent {
        self.report(recording, job, "completed", SECONDS)
    }

    /// What its provider says of a recording, in Twilio's words.
    pub fn report(&self, recording: &RecordingRef, job: Option<u64>, status: &str, seconds: u32) -> Sent {
        let number = job.map(|n| sample::job_number(self.number(n)).to_string());
        match recording.provider {
            Provider::Twilio => Form::recording(recording, number.as_deref(), status, seconds, self.begins()).into(),
            _ => {
                let said = if status == "completed" { Said::Completed } else { Said::Absent };
                Event::of(recording, number.as_deref(), said, seconds, self.begins()).into()
            }
        }
    }

    /// What Twilio says when a recording is complete, to be changed before it is sent.
    pub fn form(&self, recording: &RecordingRef, job: u64) -> Form {
        let number = sample::job_number(self.number(job)).to_string();
        Form::recording(recording, Some(&number), "completed", SECONDS, self.begins())
    }

    /// The same of a voice agent's provider.
    pub fn event(&self, recording: &RecordingRef, job: u64) -> Event {
        let number = sample::job_number(self.number(job)).to_string();
        Event::of(recording, Some(&number), Said::Completed, SECONDS, self.begins())
    }

    /// Lets something happen, so long after the scenario's beginning.
    pub fn at(&mut self, seconds: u64, happening: Happening) {
        self.happenings.push((self.offset + Duration::from_secs(seconds), happening));
    }

    /// A provider sends a webhook.
    pub fn webhook(&mut self, seconds: u64, sent: impl Into<Sent>) {
        self.at(seconds, Happening::Webhook(sent.into()));
    }

    /// Anything else happens.
    pub fn change(&mut self, seconds: u64, change: impl FnOnce(&World) + 'static) {
        self.at(seconds, Happening::Change(Box::new(change)));
    }

    /// Somebody decides something about a recording's call, if it can be decided, and says so.
    pub fn decide(
        &mut self,
        seconds: u64,
        recording: &RecordingRef,
        decide: impl FnOnce(&CallControl, Timestamp) -> Option<CallControl> + 'static,
    ) {
        let call = recording.call();
        self.change(seconds, move |world| {
            let Some(decided) = decide(&world.control(&call), world.time()) else { return };
            world.put_control(&decided);
            say_so(world, &call);
        });
    }

    /// Somebody has a recording's call erased, unless it is held.
    pub fn erase(&mut self, seconds: u64, recording: &RecordingRef) {
        self.decide(seconds, recording, |control, now| control.erased(now, "user-7").ok());
    }

    /// Somebody assigns a recording, if it is known by then, to the nth job.
    pub fn assign(&mut self, seconds: u64, recording: &RecordingRef, n: u64) {
        let (recording, job) = (recording.clone(), sample::job_number(self.number(n)));
        self.change(seconds, move |world| {
            let Some(entry) = world.entry(&recording) else { return };
            let Ok(assigned) = entry.apply(LedgerChange::JobAssigned(job), world.time()) else { return };
            world.put_entry(&assigned);
            say_so(world, &recording.call());
        });
    }

    /// Every call of a kind fails for a while.
    pub fn outage(&mut self, seconds: Range<u64>, calls: Where, fault: Fault) {
        let [from, until] = [seconds.start, seconds.end].map(|seconds| self.begins() + Duration::from_secs(seconds));
        self.plan = std::mem::take(&mut self.plan).between(from, until, calls, fault);
        self.healthy = false;
    }

    /// A recording has to end so.
    pub fn expect(&mut self, recording: &RecordingRef, end: End) {
        self.healthy &= matches!(end, End::Home | End::Held | End::Imported);
        self.expected.push(Expected { recording: recording.clone(), end });
    }
}

/// As the API says it: a message, and a marker that outlives it.
fn say_so(world: &World, call: &CallRef) {
    let said = TransferRequest::of_decision(call, world.time(), Origin::Person);
    let body = serde_json::to_string(&said).expect("a message can be written");
    world.put_document(&ObjectKey::Open(&said.recording).to_string(), &body);
    world.send_raw(QueueName::Transfer, &body);
}
