//! Plays storms of as many seeds as it is asked for, on all cores, or one case that failed, with all that it did.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use simulation::explore::{Report, pairs, singles, storms};
use simulation::installation::wiring::Sound;
use simulation::scenarios::{self, Scenario};
use simulation::{Case, Watch, play};

const USAGE: &str = "simulate [--seeds N] [--from N] | simulate --scenario NAME [--pairs PERCENT] | \
    simulate --replay 'scenario=normal seed=1 faults=12=crash'";
/// So many failures are as good as any number.
const ENOUGH: usize = 20;

fn main() -> ExitCode {
    match Task::from_arguments() {
        Ok(Task::Replay(case)) => replay(&case),
        Ok(Task::Faults { scenario, percent }) => faults(scenario, percent),
        Ok(Task::Storms { from, seeds }) => many(from, seeds),
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

enum Task {
    Replay(Case),
    Faults { scenario: &'static Scenario, percent: u8 },
    Storms { from: u64, seeds: u64 },
}

impl Task {
    fn from_arguments() -> Result<Self, lexopt::Error> {
        use lexopt::{Arg, ValueExt};
        let (mut from, mut seeds, mut scenario, mut percent) = (1, 1_000, None, 0);
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("seeds") => seeds = arguments.value()?.parse()?,
                Arg::Long("from") => from = arguments.value()?.parse()?,
                Arg::Long("scenario") => {
                    let name = arguments.value()?.string()?;
                    scenario = Some(scenarios::named(&name).ok_or("there is no such scenario")?);
                }
                Arg::Long("pairs") => percent = arguments.value()?.parse()?,
                Arg::Long("replay") => return Ok(Self::Replay(arguments.value()?.parse()?)),
                other => return Err(other.unexpected()),
            }
        }
        Ok(scenario.map_or(Self::Storms { from, seeds }, |scenario| Self::Faults { scenario, percent }))
    }
}

/// Each fault of each call of a scenario, and some of the pairs.
fn faults(scenario: &Scenario, percent: u8) -> ExitCode {
    let started = Instant::now();
    let mut report = singles(scenario, &Sound);
    if percent > 0 {
        report.merge(pairs(scenario, &Sound, percent));
    }
    told(&report, started)
}

fn many(from: u64, seeds: u64) -> ExitCode {
    let (started, done) = (Instant::now(), AtomicU64::new(0));
    let report = std::thread::scope(|scope| {
        let all = scope.spawn(|| storms(from..from + seeds, &Sound, &done, ENOUGH));
        while !all.is_finished() {
            std::thread::park_timeout(Duration::from_millis(100));
            progress(started, &done, seeds);
        }
        all.join()
    });
    let Ok(report) = report else { return ExitCode::FAILURE };
    told(&report, started)
}

/// A line every five seconds.
fn progress(started: Instant, done: &AtomicU64, seeds: u64) {
    static SAID: AtomicU64 = AtomicU64::new(0);
    let (seconds, done) = (started.elapsed().as_secs(), done.load(Ordering::Relaxed));
    if seconds >= SAID.load(Ordering::Relaxed) + 5 {
        SAID.store(seconds, Ordering::Relaxed);
        eprintln!("{done} of {seeds} seeds after {seconds} s");
    }
}

fn replay(case: &Case) -> ExitCode {
    let played = play(case, Sound, Watch { logs: true, again: true });
    let world = &played.installation.world;
    world.read_calls(|calls| calls.iter().for_each(|call| println!("{call}")));
    world.read_journal(|journal| {
        for entry in journal {
            println!("{} {}{}: {:?}", entry.at, entry.process, if entry.late { " (late)" } else { "" }, entry.effect);
        }
    });
    println!("{}", played.log.as_deref().unwrap_or_default());
    let mut report = Report::default();
    report.add(case, &played);
    println!("{report}");
    conclude(&report)
}

fn told(report: &Report, started: Instant) -> ExitCode {
    let seconds = started.elapsed().as_secs_f64();
    println!("{report}; {seconds:.1} s, {:.0} runs a second", report.runs as f64 / seconds);
    conclude(report)
}

fn conclude(report: &Report) -> ExitCode {
    for failure in &report.failures {
        println!("{failure}");
    }
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
