use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use recordings::fakes::{Call, Fault, Replay};

use super::{Report, explore, on_all_cores, watch};
use crate::case::Case;
use crate::installation::wiring::Wiring;
use crate::play::{Watch, play};
use crate::scenarios::Scenario;

/// The same call of the same process on the same thing comes again and again while a day passes; so many of them are tried
/// alone, and behind another fault.
const ALIKE: u32 = 3;
pub(super) const ALIKE_BEHIND: u32 = 1;

/// Plays a scenario once to learn its calls, and then once for each fault of each call.
pub fn singles<W: Wiring + Sync>(scenario: &Scenario, wiring: &W) -> Report {
    let calm = Case::calm(scenario, 1);
    let faults = faults(&calm, wiring, 0, ALIKE);
    on_all_cores(0..faults.len() as u64, &AtomicU64::new(0), usize::MAX, |n, report| {
        let case = Case { faults: Replay(vec![faults[n as usize]]), ..calm.clone() };
        explore(&case, wiring.clone(), watch(n), report);
    })
}

/// Each fault of each call that a case makes behind one, as far as no other is like it.
pub(super) fn faults<W: Wiring>(case: &Case, wiring: &W, behind: u64, most: u32) -> Vec<(u64, Fault)> {
    let played = play(case, wiring.clone(), Watch::default());
    played.installation.world.read_calls(|calls| faults_of(calls.iter().filter(|call| call.number > behind), most))
}

fn faults_of<'a>(calls: impl Iterator<Item = &'a Call>, most: u32) -> Vec<(u64, Fault)> {
    let mut alike: BTreeMap<(&str, &str, &str, &str), u32> = BTreeMap::new();
    let mut faults = Vec::new();
    for call in calls {
        let process = call.process.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let seen = alike.entry((process, call.port, call.operation, &call.key)).or_default();
        *seen += 1;
        if *seen <= most {
            faults.extend(call.possible_faults().into_iter().map(|fault| (call.number, fault)));
        }
    }
    faults
}
