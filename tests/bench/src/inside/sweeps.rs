//! Sweeps without the wire: what an entry takes of the processor, and how that grows with their number.

use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use recordings::audio::Container;
use recordings::env::Environment;
use recordings::fakes::{AtProvider, FakeObject, ProviderRecording, World, sample};
use recordings::object_key::{AudioPrefix, ObjectKey};
use recordings::ports::OpenMarkerWrite;
use recordings::recording::RecordingRef;
use simulation::installation::airtable_traffic::Traffic;
use simulation::installation::figures::Figures;
use simulation::installation::ports::SweeperPorts;
use sweeper::config::Settings;
use sweeper::{Job, Outcome};

use crate::measured::{Found, forget_the_peak, microseconds, peak};

const A_RUN: Duration = Duration::from_secs(240);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(23 * 3_600);
const OLD: Duration = Duration::from_secs(8 * 86_400);

/// What there is to sweep, and when a run of the job has dealt with it.
struct Task {
    name: &'static str,
    job: Job,
    put: fn(&World, u64, u64),
    /// How long it lies before the first run.
    age: Duration,
    dealt_with: fn(&Outcome) -> u64,
}

const TASKS: [Task; 4] = [
    Task { name: "open/", job: Job::Retry, put: open, age: HOUR, dealt_with: |outcome| outcome.sent_again.into() },
    Task {
        name: "orphans",
        job: Job::Orphans,
        put: orphan,
        age: OLD,
        dealt_with: |outcome| outcome.orphans.orphans_adopted.into(),
    },
    Task {
        name: "reconcile, nobody told us of them",
        job: Job::Reconcile,
        put: lost,
        age: HOUR,
        dealt_with: |outcome| outcome.held.acts.repaired.into(),
    },
    Task {
        name: "reconcile, all known",
        job: Job::Reconcile,
        put: known,
        age: DAY,
        dealt_with: |outcome| outcome.held.loss_meter.as_ref().map_or(0, |meter| meter.inventory.in_ledger.into()),
    },
];

/// Each in a process of its own: what an earlier one gave back would hide what the next one takes.
pub(crate) fn measure(found: &mut Found, is_large: bool) {
    let sizes: &[u64] = if is_large { &[1_000, 10_000, 100_000, 1_000_000] } else { &[1_000, 10_000] };
    for &entries in sizes {
        for task in &TASKS {
            let measured = std::env::current_exe().and_then(|program| {
                Command::new(program).args([SWEEP, task.name, &entries.to_string()]).stderr(Stdio::inherit()).output()
            });
            let measured = measured.unwrap_or_else(|error| panic!("cannot measure {}: {error}", task.name));
            found.take(&measured.stdout);
        }
    }
}

/// What a process is told that is to measure one.
pub(crate) const SWEEP: &str = "--sweep";

/// Measures the one that the arguments behind [`SWEEP`] name.
pub(crate) fn measure_one(found: &mut Found, mut arguments: impl Iterator<Item = String>) {
    let name = arguments.next().unwrap_or_default();
    let entries = arguments.next().and_then(|entries| entries.parse().ok()).unwrap_or_default();
    let task = TASKS.iter().find(|task| task.name == name);
    sweep(found, task.unwrap_or_else(|| panic!("there is no sweep {name}")), entries);
}

/// Runs a job until it has dealt with all entries.
fn sweep(found: &mut Found, task: &Task, entries: u64) {
    let Task { name, job, put, age, dealt_with } = *task;
    // What the fake world remembers of itself would be most of what is measured.
    let world = World::with(recordings::fakes::Settings { remembers: false, ..Default::default() });
    (0..entries).for_each(|number| put(&world, number, entries));
    world.advance(age);
    let (mut done, mut time, mut runs) = (0, 0.0, 0_u32);
    forget_the_peak();
    let before = peak();
    while done < entries {
        let worker = world.worker("sweeper");
        let ports = SweeperPorts::of(worker, &Traffic::default(), Figures::default());
        let deadline = world.time() + A_RUN;
        let (taken, outcome) = microseconds(|| world.run(sweeper::handle(&ports, &settings(), job, deadline)));
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        let dealt_with = dealt_with(&outcome);
        assert!(dealt_with > 0, "{name} stops at {done} of {entries}: {outcome:?}");
        (done, time, runs) = (done + dealt_with, time + taken, runs + 1);
    }
    let what = format!("{name}, {entries} entries");
    found.add(&what, "sweeper", "us of processor an entry", &[time / entries as f64]);
    found.add(&what, "sweeper", "invocations", &[f64::from(runs)]);
    // The fakes hold the entries before, and afterwards also the messages, markers and versions that came of them. Of what is
    // known nothing comes, so that all of that is the sweeper's own.
    let who = if name.ends_with("known") { "sweeper" } else { "sweeper, and what the fakes keep of its work" };
    let kept = peak() - before;
    found.add(&what, who, "MB at the most, above the entries", &[kept]);
    found.add(&what, who, "bytes an entry", &[kept * 1e6 / entries as f64]);
}

fn settings() -> Settings {
    let variables = [("AIRTABLE_BASE_ID", sample::AIRTABLE_BASE), ("PUBLIC_BASE_URL", "https://calls.example.com")];
    let environment: Environment =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    Settings::from(&environment).unwrap_or_else(|error| panic!("{error}"))
}

fn open(world: &World, number: u64, _: u64) {
    let event =
        sample::transfer_request(&sample::recording(number), Some(sample::job_number(number)), 12, world.time());
    world.run(OpenMarkerWrite::put(world, &event)).unwrap_or_else(|error| panic!("{error}"));
}

fn orphan(world: &World, number: u64, _: u64) {
    put_audio(world, sample::recording(number), world.time());
}

fn put_audio(world: &World, recording: RecordingRef, started_at: Timestamp) {
    let prefix = AudioPrefix::parse("recordings/").unwrap_or_else(|error| panic!("{error}"));
    let key = prefix.audio_key(&recording, started_at, Some(&sample::job_number(7)), Container::Wav);
    let bytes = bytes::Bytes::from_static(b"RIFF");
    world.put_object(&key, FakeObject { bytes, recording: Some(recording), container: Container::Wav });
}

fn lost(world: &World, number: u64, _: u64) {
    world.put_provider_recording(&sample::recording(number), ProviderRecording::completed(sample::wav(0, number)));
}

/// One of many that were made over most of a day, brought home, and deleted at their provider, which still lists them: all that
/// a list shows where nothing was lost.
fn known(world: &World, number: u64, entries: u64) {
    const SPAN: u64 = 19 * 3_600_000;
    let recording = sample::recording(number);
    let made_at = world.time() + Duration::from_millis(number * SPAN / entries);
    let held = ProviderRecording {
        state: AtProvider::Deleted,
        created_at: Some(made_at),
        ..ProviderRecording::completed(bytes::Bytes::new())
    };
    world.put_provider_recording(&recording, held);
    world.put_document(&ObjectKey::Day(&recording, made_at).to_string(), "");
    put_audio(world, recording, made_at);
}
