use std::collections::BTreeMap;

use jiff::Timestamp;
use recordings::ports::Clock;
use recordings::recording::{Organisation, Provider};
use recordings::telemetry::{Metric, Metrics, Unit};
use serde::{Deserialize, Serialize};

use crate::Ports;

/// Whether anything was lost: what providers hold and what became of it, over a whole pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossMeter {
    /// What the lists show.
    #[serde(flatten)]
    pub inventory: Inventory,
    /// What was asked for.
    #[serde(flatten)]
    pub acts: Acts,
    /// Recordings with unfinished business, of any age.
    pub open: u32,
    /// Since when the oldest of them has been open.
    pub oldest_open: Option<Timestamp>,
    /// Organisations whose list could not be had. The figures do not speak of what they hold.
    pub unlisted: u32,
}

/// What a provider's list shows of the window, next to the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Recordings in the list, whatever became of them.
    pub listed: u32,
    /// Those whose audio the provider has.
    pub held: u32,
    /// Those that the ledger, or the index by day, knows.
    pub in_ledger: u32,
    /// Those whose audio is, or was, in the bucket.
    pub stored: u32,
    /// Those for which nothing is left to do.
    pub settled: u32,
    /// Those that are not in the ledger yet, and are new or have a marker.
    pub on_their_way: u32,
    /// Those whose copy the provider has and is to have.
    pub kept: u32,
    /// Those that were erased, and whose copy the provider has all the same.
    pub erased_at_provider: u32,
    /// Those whose ledger entry cannot be read.
    pub unreadable: u32,
}

/// What was asked for, and of whom it was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {
    /// Recordings of which nobody had told us, and that are being transferred.
    pub repaired: u32,
    /// Recordings without audio of which nobody had told us, and that are being explained.
    pub absences_repaired: u32,
    /// Recordings that somebody deleted at the provider before we had them.
    pub lost_at_provider: u32,
    /// Unfinished recordings that had lost their marker.
    pub remembered: u32,
    /// Copies that are due, or that should be gone.
    pub deletions_asked_for: u32,
    /// Recordings that are not in the bucket and that the provider will not keep for another day.
    pub at_risk: u32,
}

impl Acts {
    fn add(&mut self, other: &Self) {
        self.repaired += other.repaired;
        self.absences_repaired += other.absences_repaired;
        self.lost_at_provider += other.lost_at_provider;
        self.remembered += other.remembered;
        self.deletions_asked_for += other.deletions_asked_for;
        self.at_risk += other.at_risk;
    }
}

impl Inventory {
    pub(super) fn add(&mut self, other: &Self) {
        self.listed += other.listed;
        self.held += other.held;
        self.in_ledger += other.in_ledger;
        self.stored += other.stored;
        self.settled += other.settled;
        self.on_their_way += other.on_their_way;
        self.kept += other.kept;
        self.erased_at_provider += other.erased_at_provider;
        self.unreadable += other.unreadable;
    }
}

/// The meter of each organisation at each provider, of those that were asked or have unfinished business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meters(BTreeMap<Organisation, BTreeMap<Provider, LossMeter>>);

impl Meters {
    pub(super) fn of(&mut self, organisation: &Organisation, provider: Provider) -> &mut LossMeter {
        self.0.entry(organisation.clone()).or_default().entry(provider).or_default()
    }

    /// Publishes the figures of a whole pass, each under its provider, and gives them all together.
    pub(super) fn publish(&self, ports: &impl Ports, begun_at: Timestamp) -> LossMeter {
        let mut all = LossMeter::default();
        for (provider, meter) in &self.by_provider() {
            meter.publish(ports, *provider, begun_at);
            all.add(meter);
        }
        all
    }

    /// Whose a recording is belongs in no figure of the installation's.
    fn by_provider(&self) -> BTreeMap<Provider, LossMeter> {
        let mut sums: BTreeMap<Provider, LossMeter> = BTreeMap::new();
        for (provider, meter) in self.0.values().flatten() {
            sums.entry(*provider).or_default().add(meter);
        }
        sums
    }
}

impl LossMeter {
    fn add(&mut self, other: &Self) {
        let Self { inventory, acts, open, oldest_open, unlisted } = other;
        self.inventory.add(inventory);
        self.acts.add(acts);
        self.open += open;
        self.oldest_open = [self.oldest_open, *oldest_open].into_iter().flatten().min();
        self.unlisted += unlisted;
    }

    pub(super) fn found_open(&mut self, since: Timestamp) {
        self.open += 1;
        self.oldest_open = Some(self.oldest_open.map_or(since, |oldest| oldest.min(since)));
    }

    fn publish(&self, ports: &impl Ports, provider: Provider, begun_at: Timestamp) {
        let now = ports.clock().now();
        let age = self.oldest_open.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
        let Self { inventory, acts, open, unlisted, .. } = self;
        let count = |name, value: u32| Metric { name, unit: Unit::Count, value: value.into() };
        let figures = [
            count("meter_listed", inventory.listed),
            count("meter_held", inventory.held),
            count("meter_in_ledger", inventory.in_ledger),
            count("meter_stored", inventory.stored),
            count("meter_settled", inventory.settled),
            count("meter_repaired", acts.repaired),
            count("meter_lost", acts.lost_at_provider),
            count("meter_at_risk", acts.at_risk),
            count("meter_open", *open),
            count("meter_unlisted", *unlisted),
            Metric { name: "meter_oldest_open", unit: Unit::Seconds, value: age },
        ];
        ports.metrics().record(now, provider, &figures);
        tracing::info!(
            log_type = "loss_meter",
            provider = %provider,
            begun_at = %begun_at,
            listed = inventory.listed,
            held = inventory.held,
            in_ledger = inventory.in_ledger,
            stored = inventory.stored,
            settled = inventory.settled,
            on_their_way = inventory.on_their_way,
            kept = inventory.kept,
            erased_at_provider = inventory.erased_at_provider,
            unreadable = inventory.unreadable,
            repaired = acts.repaired,
            absences_repaired = acts.absences_repaired,
            lost_at_provider = acts.lost_at_provider,
            remembered = acts.remembered,
            deletions_asked_for = acts.deletions_asked_for,
            at_risk = acts.at_risk,
            open,
            oldest_open_seconds = age,
            unlisted,
            "a pass over what a provider holds is through",
        );
    }
}
