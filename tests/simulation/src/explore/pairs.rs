use std::sync::atomic::AtomicU64;

use recordings::fakes::{Dice, Replay};

use super::singles::{ALIKE_BEHIND, faults};
use super::{Report, explore, on_all_cores, watch};
use crate::case::Case;
use crate::installation::wiring::Wiring;
use crate::scenarios::Scenario;

/// Plays a scenario with one fault to learn what it does then, and then with each second fault behind the first; only some
/// of a hundred of these, where not all can be tried.
pub fn pairs<W: Wiring + Sync>(scenario: &Scenario, wiring: &W, percent: u8) -> Report {
    let calm = Case::calm(scenario, 1);
    let firsts = faults(&calm, wiring, 0, ALIKE_BEHIND);
    on_all_cores(0..firsts.len() as u64, &AtomicU64::new(0), usize::MAX, |n, report| {
        let first = firsts[n as usize];
        let mut dice = Dice::new(n);
        let with_first = Case { faults: Replay(vec![first]), ..calm.clone() };
        let chosen: Vec<_> = faults(&with_first, wiring, first.0, ALIKE_BEHIND)
            .into_iter()
            .filter(|_| dice.is_within_percent(percent))
            .collect();
        for (at, second) in (n..).zip(chosen) {
            let case = Case { faults: Replay(vec![first, second]), ..calm.clone() };
            explore(&case, wiring.clone(), watch(at), report);
        }
    })
}
