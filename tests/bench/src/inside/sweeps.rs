//! Sweeps without the wire: what an entry takes of the processor, and how that grows with their number.

use std::time::Duration;

use recordings::audio::Container;
use recordings::env::Environment;
use recordings::fakes::{FakeObject, ProviderRecording, World, sample};
use recordings::object_key::AudioPrefix;
use recordings::ports::OpenMarkerWrite;
use simulation::installation::airtable_traffic::Traffic;
use simulation::installation::figures::Figures;
use simulation::installation::ports::SweeperPorts;
use sweeper::config::Settings;
use sweeper::{Job, Outcome};

use crate::measured::{Found, megabytes, microseconds};

const A_RUN: Duration = Duration::from_secs(240);
const HOUR: Duration = Duration::from_secs(3_600);
const OLD: Duration = Duration::from_secs(8 * 86_400);

pub(crate) fn measure(found: &mut Found, is_large: bool) {
    let sizes: &[u64] = if is_large { &[1_000, 10_000, 100_000, 1_000_000] } else { &[1_000, 10_000] };
    for &entries in sizes {
        sweep(found, "open/", entries, Job::Retry, open, |outcome| outcome.sent_again.into());
        sweep(found, "orphans", entries, Job::Orphans, orphan, |outcome| outcome.orphans.orphans_adopted.into());
        // The fake provider sorts all that it holds for each page.
        if entries <= 10_000 {
            sweep(found, "reconcile", entries, Job::Reconcile, lost, |outcome| outcome.held.acts.repaired.into());
        }
    }
}

/// Runs a job until all entries were acted on.
fn sweep(found: &mut Found, name: &str, entries: u64, job: Job, put: fn(&World, u64), acted_on: fn(&Outcome) -> u64) {
    let world = World::new(1);
    (1..=entries).for_each(|number| put(&world, number));
    world.advance(if job == Job::Orphans { OLD } else { HOUR });
    let (mut done, mut time, mut runs, before) = (0, 0.0, 0_u32, megabytes());
    while done < entries {
        let worker = world.worker("sweeper");
        let ports = SweeperPorts::of(worker, &Traffic::default(), Figures::default());
        let deadline = world.time() + A_RUN;
        let (taken, outcome) = microseconds(|| world.run(sweeper::handle(&ports, &settings(), job, deadline)));
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        let acted = acted_on(&outcome);
        assert!(acted > 0, "{name} stops at {done} of {entries}: {outcome:?}");
        (done, time, runs) = (done + acted, time + taken, runs + 1);
    }
    let what = format!("{name}, {entries} entries");
    found.add(&what, "sweeper", "us of processor an entry", &[time / entries as f64]);
    found.add(&what, "sweeper", "invocations", &[f64::from(runs)]);
    let kept = (megabytes() - before) * 1e6 / entries as f64;
    found.add(&what, "sweeper and the fake's journal", "bytes an entry", &[kept]);
}

fn settings() -> Settings {
    let variables = [("AIRTABLE_BASE_ID", sample::AIRTABLE_BASE), ("PUBLIC_BASE_URL", "https://calls.example.com")];
    let environment: Environment =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    Settings::from(&environment).unwrap_or_else(|error| panic!("{error}"))
}

fn open(world: &World, number: u64) {
    let event =
        sample::transfer_request(&sample::recording(number), Some(sample::job_number(number)), 12, world.time());
    world.run(OpenMarkerWrite::put(world, &event)).unwrap_or_else(|error| panic!("{error}"));
}

fn orphan(world: &World, number: u64) {
    let recording = sample::recording(number);
    let prefix = AudioPrefix::parse("recordings/").unwrap_or_else(|error| panic!("{error}"));
    let key = prefix.audio_key(&recording, world.time(), Some(&sample::job_number(7)), Container::Wav);
    let bytes = bytes::Bytes::from_static(b"RIFF");
    world.put_object(&key, FakeObject { bytes, recording: Some(recording), container: Container::Wav });
}

fn lost(world: &World, number: u64) {
    world.put_provider_recording(&sample::recording(number), ProviderRecording::completed(sample::wav(0, number)));
}
