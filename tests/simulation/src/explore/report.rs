use std::collections::BTreeMap;
use std::fmt;

use recordings::fakes::Fault;

use crate::case::Case;
use crate::installation::wiring::Wiring;
use crate::invariants::{self, Broken};
use crate::play::Played;

/// What came of some runs.
#[derive(Debug, Default)]
pub struct Report {
    /// How many were played.
    pub runs: u64,
    /// How many calls of ports they made.
    pub calls: u64,
    /// How many faults met them, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many invocations ended before their work.
    pub deaths: u64,
    /// How many invariants were checked.
    pub checks: u64,
    /// The hours of virtual time.
    pub hours: u64,
    /// The runs that broke one.
    pub failures: Vec<Failure>,
}

/// A run that broke an invariant.
#[derive(Debug)]
pub struct Failure {
    /// Which run.
    pub case: Case,
    /// What is wrong.
    pub broken: Vec<Broken>,
}

impl Report {
    /// Adds a run.
    pub fn add<W: Wiring>(&mut self, case: &Case, played: &Played<W>) {
        let world = &played.installation.world;
        self.runs += 1;
        self.deaths += played.installation.deaths;
        self.checks += invariants::COUNT;
        self.hours += u64::try_from(world.time().duration_since(played.script.begins()).as_hours()).unwrap_or_default();
        world.read_calls(|calls| {
            self.calls += calls.len() as u64;
            for fault in calls.iter().filter_map(|call| call.fault) {
                *self.faults.entry(kind(fault)).or_default() += 1;
            }
        });
        if !played.broken.is_empty() {
            self.failures.push(Failure { case: case.clone(), broken: played.broken.clone() });
        }
    }

    /// Adds what somebody else found.
    pub fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.calls += other.calls;
        self.deaths += other.deaths;
        self.checks += other.checks;
        self.hours += other.hours;
        for (kind, count) in other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.failures.extend(other.failures);
    }

    /// # Panics
    /// With the lines that play the failures again, when there are any.
    pub fn assert_sound(&self) {
        let most = self.failures.iter().take(20).map(ToString::to_string).collect::<Vec<_>>();
        assert!(most.is_empty(), "{} of {} runs fail:\n{}", self.failures.len(), self.runs, most.join("\n"));
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let broken: Vec<String> = self.broken.iter().map(ToString::to_string).collect();
        write!(f, "make simulate REPLAY='{}'  # {}", self.case, broken.join("; "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, calls, deaths, checks, hours, failures, faults } = self;
        let faults: Vec<String> = faults.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        write!(
            f,
            "{runs} runs, {} failed; {calls} calls; faults: {}; {deaths} invocations died; {checks} invariants checked; \
             {hours} hours of virtual time",
            failures.len(),
            faults.join(", ")
        )
    }
}

fn kind(fault: Fault) -> &'static str {
    match fault {
        Fault::ErrorBefore(_) => "error",
        Fault::ReplyLost => "reply-lost",
        Fault::Hang => "hang",
        Fault::HangApplied => "hang-applied",
        Fault::LandsLate(_) => "lands-late",
        Fault::Crash => "crash",
        Fault::CrashApplied => "crash-applied",
        Fault::PartialBody(_) => "partial-body",
        Fault::ShortBody(_) => "short-body",
        Fault::HangingBody(_) => "hanging-body",
    }
}
