use std::time::Duration;

use jiff::Timestamp;
use recordings::env::Environment;
use recordings::fakes::World;
use recordings::ports::{
    Clock, Cursors, OpenMarkerList, OpenMarkerWrite, PortError, RetryQueue, RetryQueueConsume, TransferQueue,
};
use recordings::recording::Provider;
use recordings::telemetry::{Metric, Metrics};
use sweeper::config::Settings;
use sweeper::{Job, Outcome, Ports};

/// One simulated run.
struct Sweep(World);

impl Ports for Sweep {
    fn open_markers(&self) -> &(impl OpenMarkerList + OpenMarkerWrite) {
        &self.0
    }
    fn transfer_queue(&self) -> &impl TransferQueue {
        &self.0
    }
    fn retry_queue(&self) -> &(impl RetryQueue + RetryQueueConsume) {
        &self.0
    }
    fn cursors(&self) -> &impl Cursors {
        &self.0
    }
    fn clock(&self) -> &impl Clock {
        &self.0
    }
    fn metrics(&self) -> &impl Metrics {
        &Nowhere
    }
}

struct Nowhere;

impl Metrics for Nowhere {
    fn record(&self, _: Timestamp, _: Provider, _: &[Metric]) {}
}

pub(crate) fn settings() -> Settings {
    Settings::from(&Environment::default()).unwrap()
}

/// A run with four minutes before it, as the template has it.
pub(crate) fn sweep(world: &World) -> Result<Outcome, PortError> {
    sweep_for(world, &settings(), Duration::from_secs(240))
}

pub(crate) fn sweep_for(world: &World, settings: &Settings, time: Duration) -> Result<Outcome, PortError> {
    run(world, settings, serde_json::from_str(include_str!("../../../../events/sweeper-retry.json")).unwrap(), time)
}

fn run(world: &World, settings: &Settings, job: Job, time: Duration) -> Result<Outcome, PortError> {
    let worker = world.worker("sweeper");
    let deadline = worker.now() + time;
    worker.run(sweeper::handle(&Sweep(worker.clone()), settings, job, deadline))
}

/// A run that may die.
pub(crate) fn try_sweep(world: &World) {
    let worker = world.worker("sweeper");
    let deadline = worker.now() + Duration::from_secs(240);
    worker.try_run(sweeper::handle(&Sweep(worker.clone()), &settings(), Job::Retry, deadline)).map(drop).ok();
}
