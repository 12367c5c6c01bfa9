use std::ops::Range;
use std::sync::atomic::AtomicU64;

use super::{Report, explore, on_all_cores, watch};
use crate::case::Case;
use crate::installation::wiring::Wiring;
use crate::play::Watch;
use crate::scenarios::ALL;

/// Plays every scenario as it is, watched closely.
pub fn calm<W: Wiring>(wiring: &W) -> Report {
    let mut report = Report::default();
    for scenario in ALL {
        explore(&Case::calm(scenario, 1), wiring.clone(), Watch { logs: true, again: true }, &mut report);
    }
    report
}

/// Plays the storms of some seeds, and counts in `done` how many are over. After `enough` failures none is begun.
pub fn storms<W: Wiring + Sync>(seeds: Range<u64>, wiring: &W, done: &AtomicU64, enough: usize) -> Report {
    on_all_cores(seeds, done, enough, |seed, report| {
        explore(&Case::storm(seed), wiring.clone(), watch(seed), report);
    })
}
