use std::borrow::Cow;
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
    let first_day = played.script.begins().strftime("%F").to_string();
    let world = &played.installation.world;
    world.read_calls(|calls| faults_of(calls.iter().filter(|call| call.number > behind), &first_day, most))
}

fn faults_of<'a>(calls: impl Iterator<Item = &'a Call>, first_day: &str, most: u32) -> Vec<(u64, Fault)> {
    let mut alike: BTreeMap<_, u32> = BTreeMap::new();
    let mut faults = Vec::new();
    for call in calls {
        let process = call.process.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let seen = alike.entry((process, call.port, call.operation, about(call, first_day))).or_default();
        *seen += 1;
        if *seen <= most {
            faults.extend(call.possible_faults().into_iter().map(|fault| (call.number, fault)));
        }
    }
    faults
}

/// What a call is about. The pages of a list are one thing, wherever they begin. So are the lists of all days but the first:
/// nobody records anything before or after it.
fn about<'a>(call: &'a Call, first_day: &str) -> Cow<'a, str> {
    match call.key.rsplit_once('/') {
        Some((list, _)) if call.operation == "page" => {
            let is_of_the_first_day = list.replace('/', "-").contains(first_day);
            if is_of_the_first_day { list.into() } else { list.replace(|c: char| c.is_ascii_digit(), "").into() }
        }
        _ => call.key.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn call(number: u64, port: &'static str, operation: &'static str, key: &str) -> Call {
        let (process, at) = (format!("sweeper {number}"), Timestamp::UNIX_EPOCH);
        Call { number, process, port, operation, key: key.to_owned(), writes: false, at, fault: None }
    }

    /// The numbers of the calls that are tried.
    fn tried(calls: &[Call], most: u32) -> Vec<u64> {
        let mut numbers: Vec<_> =
            faults_of(calls.iter(), "2024-03-15", most).into_iter().map(|(number, _)| number).collect();
        numbers.dedup();
        numbers
    }

    #[test]
    fn calls_are_alike_when_the_same_is_asked_of_the_same() {
        let keys = ["a/1", "a/1", "a/2", "a/1"];
        let mut calls: Vec<_> = (1..).zip(keys).map(|(n, key)| call(n, "LedgerRead", "get", key)).collect();
        calls.push(call(5, "LedgerWrite", "replace", "a/1"));
        assert_eq!(tried(&calls, 1), [1, 3, 5]);
        assert_eq!(tried(&calls, 2), [1, 2, 3, 5]);
    }

    #[test]
    fn pages_are_alike_unless_their_list_is_of_the_day_on_which_something_happened() {
        let lists = [
            "days/a/2024-03-13/x",
            "days/a/2023-03-16/",
            "days/a/2024-03-15/x",
            "days/a/2024-03-15/y",
            "days/b/2024-03-14/",
        ];
        let days: Vec<_> = (1..).zip(lists).map(|(n, key)| call(n, "DayIndexList", "page", key)).collect();
        assert_eq!(tried(&days, 1), [1, 3, 5]);
        let audio = ["recordings/2024/03/14/", "recordings/2024/03/15/", "recordings/2024/03/16/"];
        let audio: Vec<_> = (1..).zip(audio).map(|(n, key)| call(n, "AudioList", "page", key)).collect();
        assert_eq!(tried(&audio, 1), [1, 2]);
    }
}
