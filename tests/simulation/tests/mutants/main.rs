//! Planted bugs. Each stands before one port, and the simulation has to find it, and to name what it breaks.

mod ack_before_durable;
mod append_without_looking;
mod delete_before_verify;
mod erased_comes_back;
mod overwrite_audio;
mod overwrite_the_ledger;
mod stale_worker;
mod tombstone_forgotten;
mod wrong_audio;

use simulation::installation::wiring::{Sound, Wiring};
use simulation::{Case, Watch, play};

/// So many storms have to be enough to find any bug.
const SEEDS: u64 = 300;

/// Asserts that the storms find a bug by this invariant, and that they find nothing without it.
fn is_caught_by(invariant: u8, bug: &impl Wiring) {
    for seed in 1..=SEEDS {
        let case = Case::storm(seed);
        let found = play(&case, bug.clone(), Watch::default()).broken;
        if found.iter().any(|broken| broken.invariant == invariant) {
            let sound = play(&case, Sound, Watch::default()).broken;
            assert_eq!(sound, [], "{case} fails without the bug, too");
            return;
        }
    }
    panic!("{SEEDS} storms do not find it");
}
