//! Several scenarios at once, with whatever goes wrong by chance.

use std::time::Duration;

use jiff::SignedDuration;
use recordings::fakes::{Dice, Fault, Settings, Where};
use recordings::ports::ErrorKind;

use crate::installation::Conditions;
use crate::scenarios::{ALL, Scenario, Weight};

/// Everything that a seed chooses.
pub(crate) struct Storm {
    /// What happens, and how long after the beginning.
    pub(crate) scenes: Vec<(&'static Scenario, Duration)>,
    /// How many of a hundred calls go wrong.
    pub(crate) percent: u8,
    /// For how long.
    pub(crate) lasts: Duration,
    /// A dependency that is down as well, from when, and until when, in seconds.
    pub(crate) outage: Option<(Where, Fault, u64, u64)>,
    pub(crate) conditions: Conditions,
    /// How the world behaves.
    pub(crate) settings: Settings,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

impl Storm {
    /// What follows from a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x57_0123);
        let scenes = (0..1 + dice.below(4)).map(|_| (scenario(&mut dice), seconds(dice.below(30 * MINUTE)))).collect();
        let percent = [0, 1, 2, 3, 5, 8, 15, 25][dice.below(8) as usize];
        let lasts = seconds([10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR][dice.below(4) as usize]);
        let outage = dice.is_within_percent(20).then(|| outage(&mut dice));
        // With no ledger to tell them apart, whatever waits on RetryQueue is sent again and again, and so is its double.
        let is_long = outage.as_ref().is_some_and(|(_, _, from, until)| until - from >= 3 * HOUR);
        let settings = Settings {
            seed,
            reorder: dice.is_within_percent(70),
            duplicate_percent: if is_long { 1 } else { [0, 5, 20][dice.below(3) as usize] },
            latency: Duration::from_millis([0, 20, 300, 3_000][dice.below(4) as usize]),
            ..settings()
        };
        Self { scenes, percent, lasts, outage, conditions: conditions(seed, &mut dice), settings }
    }
}

/// Small pieces, so that there is something between the first and the last; and Airtable's own limit.
pub(crate) fn settings() -> Settings {
    Settings { chunk_bytes: 4 * 1024, airtable_limit: true, ..Settings::default() }
}

/// Those that cost most come seldom.
fn scenario(dice: &mut Dice) -> &'static Scenario {
    loop {
        let scenario = &ALL[dice.below(ALL.len() as u64) as usize];
        let percent = match scenario.weight {
            Weight::Main | Weight::Light => 100,
            Weight::Long => 10,
            Weight::Heavy => 0,
        };
        if dice.is_within_percent(percent) {
            return scenario;
        }
    }
}

fn outage(dice: &mut Dice) -> (Where, Fault, u64, u64) {
    let calls = [Where::s3(), Where::sqs(), Where::providers(), Where::airtable()][dice.below(4) as usize].clone();
    let fault = [
        Fault::ErrorBefore(ErrorKind::Unavailable),
        Fault::ErrorBefore(ErrorKind::Refused),
        Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None }),
        Fault::Hang,
    ][dice.below(4) as usize];
    let from = dice.below(HOUR);
    let lasts = [10 * MINUTE, HOUR, 3 * HOUR, 24 * HOUR][[0, 0, 0, 0, 1, 1, 1, 2, 2, 3][dice.below(10) as usize]];
    (calls, fault, from, from + lasts)
}

/// One to three transfer workers, two history workers. Most clocks are off by seconds. One may be late by minutes, so that
/// its invocations are ended before they think of it; or early by one. (A worker whose clock is early by more begins
/// nothing at all: it has no time left. It does no harm, and no good either.)
fn conditions(seed: u64, dice: &mut Dice) -> Conditions {
    let mut clock = |from: i64, to: i64| {
        SignedDuration::from_millis(1_000 * from + dice.below(1_000 * (to - from).unsigned_abs()).cast_signed())
    };
    let seconds_off = [clock(-5, 5), clock(-5, 5), clock(-5, 5)];
    let history_clocks = vec![clock(-5, 5), clock(-5, 5)];
    let (other_clocks, minutes_off) = (clock(-5, 5), clock(-600, 60));
    let mut transfer_clocks = seconds_off[..1 + dice.below(3) as usize].to_vec();
    if dice.is_within_percent(10) {
        transfer_clocks[0] = minutes_off;
    }
    Conditions { seed, transfer_clocks, history_clocks, other_clocks }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
