//! Seeded storms: for an hour anything may fail at any time; afterwards everything is as if nothing had.

use std::time::Duration;

use recordings::fakes::{Plan, Settings, World, sample};
use recordings::recording::RecordingRef;

use crate::invariants::broken;
use crate::stage::{Stage, recorded};

const STORM: Duration = Duration::from_secs(60 * 60);
/// The slow lane's longest wait, and what may follow it.
const PATIENCE: Duration = Duration::from_secs(48 * 60 * 60);

fn storm(seed: u64, percent: u8) -> Vec<String> {
    let settings = Settings { seed, reorder: true, duplicate_percent: 20, ..Settings::default() };
    let stage = Stage::new(World::with(settings));
    // Two recordings a job, so that what is written late meets another's line.
    let recordings: Vec<RecordingRef> = (1..=4).map(sample::recording).collect();
    let requests: Vec<_> =
        [1, 1, 2, 2].into_iter().zip(&recordings).map(|(job, one)| recorded(&stage.world, one, job)).collect();
    stage.world.set_plan(Plan::none().by_chance(percent));
    let mut accepted = Vec::new();
    for (recording, request) in recordings.into_iter().zip(&requests) {
        if stage.webhook(request) {
            accepted.push(recording);
        }
        stage.deliver();
    }
    stage.live_for(STORM);
    stage.world.set_plan(Plan::none());
    let quiet = stage.becomes_quiet_within(PATIENCE);
    let mut broken = broken(&stage, &accepted);
    if !quiet {
        broken.push("it never becomes quiet".to_owned());
    }
    broken
}

#[test]
fn after_any_storm_all_is_home() {
    let storms = (1..=60).flat_map(|seed| [(seed, 5), (seed, 25)]);
    let failures: Vec<String> = storms
        .filter_map(|(seed, percent)| {
            let broken = storm(seed, percent);
            (!broken.is_empty()).then(|| format!("seed {seed}, {percent} %: {}", broken.join("; ")))
        })
        .collect();
    assert!(failures.is_empty(), "{} storms leave damage:\n{}", failures.len(), failures.join("\n"));
}
