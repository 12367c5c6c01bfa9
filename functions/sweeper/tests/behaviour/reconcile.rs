//! What the providers hold is compared with the ledger: nothing is missed, and nothing is touched that is not ours.

mod faults;
mod figures;
mod lost;
mod providers;
mod scope;
mod slow_lane;

use std::time::Duration;

use recordings::fakes::{ProviderRecording, QueueName, World, sample};
use recordings::messages::TransferRequest;
use recordings::ports::PortError;
use recordings::recording::RecordingRef;
use sweeper::config::Settings;
use sweeper::{Held, Job, Outcome};

use crate::stage::{job, job_for, settings};

/// Longer than what just happened is left alone.
const LATER: Duration = Duration::from_secs(3_600);

/// A recording of a second that Twilio made just now.
fn made(world: &World, n: u64) -> RecordingRef {
    let recording = sample::recording(n);
    world.put_provider_recording(&recording, completed(n));
    recording
}

fn completed(n: u64) -> ProviderRecording {
    ProviderRecording::completed(sample::wav(1, n))
}

fn reconcile(world: &World) -> Held {
    try_reconcile(world).unwrap().held
}

fn try_reconcile(world: &World) -> Result<Outcome, PortError> {
    job(world, serde_json::from_str(include_str!("../../../../events/sweeper-reconcile.json")).unwrap())
}

fn reconcile_with(world: &World, settings: &Settings, time: Duration) -> Held {
    job_for(world, settings, Job::Reconcile, time).unwrap().held
}

/// What was sent to be transferred.
fn sent(world: &World) -> Vec<TransferRequest> {
    world.bodies(QueueName::Transfer).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn sent_ids(world: &World) -> Vec<RecordingRef> {
    let mut ids: Vec<_> = sent(world).into_iter().map(|request| request.recording).collect();
    ids.sort();
    ids
}

fn with(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings();
    change(&mut settings);
    settings
}
