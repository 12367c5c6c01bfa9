use std::time::Duration;

use field::{Field, Kind, Process};
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::StdRng;

use crate::numbers::dice;
use crate::run::{Plan, pause};

/// Kills processes with SIGKILL while they have an invocation.
pub(crate) struct Killer<'a> {
    field: &'a Field,
    plan: Plan,
    kills: Mutex<Kills>,
}

/// The kills that met an invocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kills {
    pub(crate) webhook: usize,
    pub(crate) transfer: usize,
    pub(crate) sweeper: usize,
}

impl Kills {
    pub(crate) fn all(self) -> usize {
        self.webhook + self.transfer + self.sweeper
    }
}

/// How often each is chosen: most of what can be lost is in the hands of the transfer function.
const WHOM: [(Kind, u32); 3] = [(Kind::Webhook, 15), (Kind::Transfer, 75), (Kind::Sweeper, 10)];
/// A process that has no invocation for so long is left for another; the sweeper's come seldom, and last.
fn patience(kind: Kind) -> Duration {
    Duration::from_secs(if kind == Kind::Sweeper { 10 } else { 1 })
}

impl<'a> Killer<'a> {
    pub(crate) fn new(field: &'a Field, plan: Plan) -> Self {
        Self { field, plan, kills: Mutex::default() }
    }

    pub(crate) fn kills(&self) -> Kills {
        *self.kills.lock()
    }

    /// Kills in step with the progress of something else, from 0 to 1, until there are enough kills or it is over.
    pub(crate) async fn run(&self, progress: impl Fn() -> f64, is_over: impl Fn() -> bool) {
        let mut dice = dice(self.plan.seed, 4, 0);
        while !is_over() && self.kills().all() < self.plan.kills {
            if self.kills().all() as f64 > progress() * self.plan.kills as f64 {
                pause(Duration::from_millis(20)).await;
                continue;
            }
            let (kind, process) = self.choose(&mut dice);
            if ambush(process, patience(kind), moment(kind, &mut dice)).await {
                self.count(kind);
            }
        }
    }

    fn choose(&self, dice: &mut StdRng) -> (Kind, &Process) {
        let mut chosen = dice.random_range(0..WHOM.iter().map(|(_, weight)| weight).sum());
        let mut kind = Kind::Transfer;
        for (candidate, weight) in WHOM {
            if chosen < weight {
                kind = candidate;
                break;
            }
            chosen -= weight;
        }
        let processes = self.field.function(kind).processes();
        (kind, &processes[dice.random_range(0..processes.len())])
    }

    fn count(&self, kind: Kind) {
        let mut kills = self.kills.lock();
        match kind {
            Kind::Webhook => kills.webhook += 1,
            Kind::Transfer => kills.transfer += 1,
            Kind::Sweeper => kills.sweeper += 1,
        }
    }
}

/// Kills the process that long after it got its next invocation, if it still has it then.
async fn ambush(process: &Process, patience: Duration, moment: Duration) -> bool {
    let Ok(invocation) = tokio::time::timeout(patience, process.next_invocation()).await else { return false };
    pause(moment).await;
    process.kill_during(invocation).await
}

/// Every step is as likely to be hit as every other, whether it takes a millisecond or a second.
fn moment(kind: Kind, dice: &mut StdRng) -> Duration {
    let longest_ms: f64 = match kind {
        Kind::Webhook => 40.0,
        Kind::Transfer => 1_500.0,
        Kind::Sweeper => 400.0,
    };
    Duration::from_secs_f64(longest_ms.powf(dice.random_range(0.0..1.0)) / 1_000.0)
}
