//! Plays a case to its end and looks at what is left.

use std::time::Duration;

use recordings::fakes::{Plan, Settings, World};

use crate::case::Case;
use crate::installation::wiring::{Sound, Wiring};
use crate::installation::{Conditions, Installation};
use crate::invariants::{self, Broken, Left};
use crate::script::{End, Script};
use crate::storm::{self, Storm};
use crate::{log, scenarios};

/// The slow lane's longest wait, what may follow it, and what follows that.
const PATIENCE: Duration = Duration::from_secs(72 * 60 * 60);

/// What was lost without anybody's knowing is found by the hourly reconciliation: a recording by the next one, and a line
/// that a late PATCH took away by the one behind it.
const RECONCILED: Duration = Duration::from_secs(130 * 60);

/// What is looked at besides the world.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watch {
    /// Keep what the functions log, for invariants that are about it.
    pub logs: bool,
    /// When all is over, deliver every message once more: nothing may come of it.
    pub again: bool,
}

/// A case that was played to its end.
pub struct Played<W = Sound> {
    /// Everything that was, and is.
    pub installation: Installation<W>,
    /// What was to happen.
    pub script: Script,
    /// Whether there was an end.
    pub quiet: bool,
    /// What the functions logged, where it was kept.
    pub log: Option<String>,
    /// What is wrong.
    pub broken: Vec<Broken>,
}

/// Plays a case with the functions as they are wired.
pub fn play<W: Wiring>(case: &Case, wiring: W, watch: Watch) -> Played<W> {
    let mut played = if watch.logs {
        let (played, log) = log::during(|| to_the_end(case, wiring, watch));
        Played { log: Some(log), ..played }
    } else {
        to_the_end(case, wiring, watch)
    };
    played.broken.extend(invariants::broken(&played));
    played
}

fn to_the_end<W: Wiring>(case: &Case, wiring: W, watch: Watch) -> Played<W> {
    let mut played = match case.scenario {
        Some(name) => scenario(case, name, wiring),
        None => storm(case, wiring),
    };
    if watch.again && played.quiet {
        let before = Left::by(&played);
        again(&mut played);
        let after = Left::by(&played);
        if after != before {
            let changed = after.new_since(&before).join(", ");
            played.broken.push(Broken::new(6, format!("messages that came once more changed something: {changed}")));
        }
    }
    played
}

fn scenario<W: Wiring>(case: &Case, name: &str, wiring: W) -> Played<W> {
    let world = World::with(Settings { seed: case.seed, ..storm::settings() });
    let mut script = Script::new(world.clone());
    let scenario = scenarios::named(name).expect("a case names a scenario");
    (scenario.play)(&mut script);
    world.set_plan(faults(case, Plan::none()).and(script.plan.clone()));
    let mut installation = installation(world, wiring, &Conditions::calm(case.seed), &mut script);
    let mut quiet = installation.becomes_quiet_within(PATIENCE);
    if nobody_told_us_of_all(&installation, &script) {
        installation.live_for(RECONCILED);
        quiet = installation.becomes_quiet_within(PATIENCE);
    }
    Played { installation, script, quiet, log: None, broken: Vec::new() }
}

/// Whether a webhook was lost with all its retries, so that only the provider's list knows of its recording.
fn nobody_told_us_of_all<W: Wiring>(installation: &Installation<W>, script: &Script) -> bool {
    let ours = script.expected.iter().filter(|expected| expected.end != End::Unheard);
    ours.map(|expected| installation.world.entry(&expected.recording)).any(|entry| entry.is_none())
}

fn storm<W: Wiring>(case: &Case, wiring: W) -> Played<W> {
    let storm = Storm::of(case.seed);
    let world = World::with(storm.settings.clone());
    let mut script = Script::new(world.clone());
    for (scenario, offset) in storm.scenes {
        script.next_scene(offset);
        (scenario.play)(&mut script);
    }
    let outage_ends = storm.outage.as_ref().map_or(Duration::ZERO, |(_, _, _, until)| Duration::from_secs(*until));
    if let Some((calls, fault, from, until)) = storm.outage {
        script.next_scene(Duration::ZERO);
        script.outage(from..until, calls, fault);
    }
    // What takes longer than somebody's patience is a failure too.
    script.healthy &= storm.percent == 0 && storm.settings.latency < Duration::from_secs(1);
    world.set_plan(faults(case, Plan::none()).and(script.plan.clone()).by_chance(storm.percent));
    let mut installation = installation(world.clone(), wiring, &storm.conditions, &mut script);
    installation.live_for(storm.lasts);
    world.set_plan(script.plan.clone());
    installation.live_for(outage_ends.saturating_sub(storm.lasts));
    installation.live_for(RECONCILED);
    let quiet = installation.becomes_quiet_within(PATIENCE);
    Played { installation, script, quiet, log: None, broken: Vec::new() }
}

fn faults(case: &Case, plan: Plan) -> Plan {
    case.faults.0.iter().fold(plan, |plan, (number, fault)| plan.at(*number, *fault))
}

fn installation<W: Wiring>(world: World, wiring: W, conditions: &Conditions, script: &mut Script) -> Installation<W> {
    let mut installation = Installation::new(world, wiring, conditions);
    for (wait, happening) in script.happenings.drain(..) {
        installation.after(wait, happening);
    }
    installation
}

/// Every message that a worker was ever given comes once more.
fn again<W: Wiring>(played: &mut Played<W>) {
    let installation = &mut played.installation;
    installation.world.set_plan(Plan::none());
    for (queue, body) in installation.bodies.clone().into_values() {
        if !played.script.poison.contains(&body) {
            installation.world.send_raw(queue, &body);
        }
    }
    played.quiet = installation.becomes_quiet_within(PATIENCE);
}
