use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use field::{Field, Kind as Function, Tally};

use crate::killer::Kills;
use crate::run::Plan;
use crate::weather::{Kind, Place, Storm};

/// What the functions log of their own troubles, and what it means.
const TROUBLES: [(&str, &str); 5] = [
    ("recording_transfer_failed", "tries failed"),
    ("twilio_recording_preserved", "times Twilio's copy stood in"),
    ("recording_failed", "times the quick tries were used up"),
    ("recording_dead_lettered", "times a message was given up"),
    ("recording_sent_again", "times the sweeper sent a recording again"),
];

/// What was done to the functions, and what they did.
#[derive(Debug)]
pub struct Figures {
    seed: u64,
    kills: Kills,
    recordings: usize,
    faulty: usize,
    webhooks: u64,
    webhooks_refused: u64,
    struck: BTreeMap<(Place, Kind), u64>,
    foreign_visits: u64,
    invocations: Vec<(&'static str, Tally)>,
    received: u64,
    come_again: u64,
    told: Vec<(&'static str, usize)>,
    pub(crate) left_uploads: usize,
    pub(crate) failing: Duration,
    pub(crate) calming: Duration,
}

impl Figures {
    pub(crate) fn new(plan: Plan, kills: Kills, recordings: usize, [webhooks, webhooks_refused]: [u64; 2]) -> Self {
        Self {
            seed: plan.seed,
            kills,
            recordings,
            faulty: 0,
            webhooks,
            webhooks_refused,
            struck: BTreeMap::new(),
            foreign_visits: 0,
            invocations: Vec::new(),
            received: 0,
            come_again: 0,
            told: Vec::new(),
            left_uploads: 0,
            failing: Duration::ZERO,
            calming: Duration::ZERO,
        }
    }

    pub(crate) fn take_counters(&mut self, field: &Field, storm: &Storm, foreign_visits: u64) {
        let functions =
            [("webhook", Function::Webhook), ("transfer", Function::Transfer), ("sweeper", Function::Sweeper)];
        self.invocations = functions.map(|(name, kind)| (name, field.function(kind).tally())).into();
        self.received = field.transfers().received() + field.histories().received();
        self.come_again = field.transfers().comes_again() + field.histories().comes_again();
        let logs = functions.map(|(_, kind)| field.function(kind).log()).concat();
        let times = |log_type: &str| logs.matches(&format!("\"log_type\":\"{log_type}\"")).count();
        self.told = TROUBLES.map(|(log_type, meaning)| (meaning, times(log_type))).into();
        (self.faulty, self.struck, self.foreign_visits) = (storm.faulty(), storm.struck(), foreign_visits);
    }

    /// Kills that met an invocation.
    #[must_use]
    pub fn kills(&self) -> usize {
        self.kills.all()
    }

    /// Recordings that met a fault.
    #[must_use]
    pub fn faulty(&self) -> usize {
        self.faulty
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Kills { webhook, transfer, sweeper } = self.kills;
        let seconds = (self.failing + self.calming).as_secs_f64();
        writeln!(f, "seed         {}", self.seed)?;
        writeln!(
            f,
            "kills        {} with an invocation: transfer {transfer}, webhook {webhook}, sweeper {sweeper}",
            self.kills.all()
        )?;
        writeln!(f, "recordings   {}, of which {} met a fault", self.recordings, self.faulty)?;
        writeln!(
            f,
            "webhooks     {} accepted, {} refused with all retries and sent again",
            self.webhooks, self.webhooks_refused
        )?;
        writeln!(f, "messages     {} received, {} of them to come again", self.received, self.come_again)?;
        for (name, Tally { invocations, ended, timed_out, errors }) in &self.invocations {
            writeln!(
                f,
                "{name:<12} {invocations} invocations: {ended} ended early, {errors} errors, {timed_out} time-outs"
            )?;
        }
        let told: Vec<_> = self.told.iter().map(|(meaning, times)| format!("{times} {meaning}")).collect();
        writeln!(f, "troubles     {}", told.join(", "))?;
        writeln!(f, "uploads      {} left behind by who was killed, until the sweep", self.left_uploads)?;
        writeln!(
            f,
            "took         {:.0} s, and {:.0} s until all was done: {:.1} recordings a second",
            self.failing.as_secs_f64(),
            self.calming.as_secs_f64(),
            self.recordings as f64 / seconds.max(1.0)
        )?;
        writeln!(f, "redirected   {} times to the foreign host", self.foreign_visits)?;
        writeln!(f, "faults       {}", self.struck.values().sum::<u64>())?;
        for ((place, kind), times) in &self.struck {
            writeln!(f, "  {:<24} {:<40} {times:>6}", place.name(), kind.name())?;
        }
        Ok(())
    }
}
