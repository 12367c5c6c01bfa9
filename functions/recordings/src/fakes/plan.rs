use jiff::Timestamp;

use super::World;
use super::faults::{Call, Fault};
use super::random::Dice;
use super::replay::Replay;

/// What is to go wrong. The first rule that applies to a call decides; without one, chance may.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    rules: Vec<Rule>,
    percent: u8,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    calls: Where,
    when: When,
    fault: Fault,
    seen: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum When {
    Number(u64),
    Nth(u64),
    Always,
    Between(Timestamp, Timestamp),
}

/// Which calls a rule is about. Each condition narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Where {
    ports: Option<Vec<&'static str>>,
    operation: Option<&'static str>,
    process: Option<String>,
    key_part: Option<String>,
}

impl Plan {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a fault at the call with this number.
    #[must_use]
    pub fn at(self, number: u64, fault: Fault) -> Self {
        self.rule(Where::any(), When::Number(number), fault)
    }

    /// Adds a fault at the nth of the calls, counted from 1.
    #[must_use]
    pub fn nth(self, n: u64, calls: Where, fault: Fault) -> Self {
        self.rule(calls, When::Nth(n), fault)
    }

    /// Adds a fault at each of the calls.
    #[must_use]
    pub fn always(self, calls: Where, fault: Fault) -> Self {
        self.rule(calls, When::Always, fault)
    }

    /// Adds a fault at each of the calls from one time until before another: an outage.
    #[must_use]
    pub fn between(self, from: Timestamp, until: Timestamp, calls: Where, fault: Fault) -> Self {
        self.rule(calls, When::Between(from, until), fault)
    }

    /// Adds everything that goes wrong by another plan, behind what goes wrong by this one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self.percent = self.percent.max(other.percent);
        self
    }

    /// Lets so many of a hundred calls go wrong in one of their possible ways, by the world's seed.
    #[must_use]
    pub fn by_chance(mut self, percent: u8) -> Self {
        self.percent = percent;
        self
    }

    /// One plan for each fault of each call.
    pub fn each_single(calls: &[Call]) -> impl Iterator<Item = Self> {
        calls
            .iter()
            .flat_map(|call| call.possible_faults().into_iter().map(|fault| Self::none().at(call.number, fault)))
    }

    fn rule(mut self, calls: Where, when: When, fault: Fault) -> Self {
        self.rules.push(Rule { calls, when, fault, seen: 0 });
        self
    }
}

impl From<Replay> for Plan {
    fn from(replay: Replay) -> Self {
        replay.0.into_iter().fold(Self::none(), |plan, (number, fault)| plan.at(number, fault))
    }
}

impl Rule {
    fn applies(&mut self, call: &Call) -> bool {
        if !self.calls.matches(call) {
            return false;
        }
        self.seen += 1;
        match self.when {
            When::Number(number) => call.number == number,
            When::Nth(n) => self.seen == n,
            When::Always => true,
            When::Between(from, until) => (from..until).contains(&call.at),
        }
    }
}

impl Where {
    /// Every call.
    pub fn any() -> Self {
        Self::default()
    }

    /// Calls of these ports.
    pub fn ports(ports: &[&'static str]) -> Self {
        Self { ports: Some(ports.to_vec()), ..Self::default() }
    }

    /// Everything that is an S3 request.
    pub fn s3() -> Self {
        Self::ports(&[
            "LedgerRead",
            "LedgerWrite",
            "CallControlRead",
            "CallControlWrite",
            "CallEntries",
            "DayIndex",
            "DayIndexList",
            "OpenMarkerWrite",
            "OpenMarkerRemove",
            "OpenMarkerList",
            "CallNotes",
            "CallNoteList",
            "CallNoteRemove",
            "CallRecordings",
            "Cursors",
            "AuditLog",
            "AudioLook",
            "AudioStore",
            "AudioRead",
            "AudioList",
            "UploadList",
            "Orphans",
            "Receipts",
            "AudioTag",
            "Traces",
            "TraceRemove",
            "ErasureReceipts",
            "RetrievalRead",
            "RetrievalWrite",
            "ListenersRead",
            "ListenersWrite",
        ])
    }

    /// Everything that is an SQS request.
    pub fn sqs() -> Self {
        Self::ports(&[
            "TransferQueue",
            "HistoryQueue",
            "RetryQueue",
            "RetryQueueConsume",
            "TransferDeadLetters",
            "HistoryDeadLetters",
        ])
    }

    /// Everything that asks a provider.
    pub fn providers() -> Self {
        Self::ports(&["AudioSource", "LegacyAudio", "ProviderCopies", "ProviderList"])
    }

    /// Everything that asks Airtable.
    pub fn airtable() -> Self {
        Self::ports(&["Jobs"])
    }

    /// Only calls of this method.
    #[must_use]
    pub fn operation(mut self, operation: &'static str) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Only calls by processes of this name.
    #[must_use]
    pub fn process(mut self, name: &str) -> Self {
        self.process = Some(name.to_owned());
        self
    }

    /// Only calls whose key has this in it.
    #[must_use]
    pub fn key(mut self, part: &str) -> Self {
        self.key_part = Some(part.to_owned());
        self
    }

    fn matches(&self, call: &Call) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.contains(&call.port))
            && self.operation.is_none_or(|operation| operation == call.operation)
            && self.process.as_ref().is_none_or(|process| *process == call.process)
            && self.key_part.as_ref().is_none_or(|part| call.key.contains(part.as_str()))
    }
}

/// Decides about each call and remembers it.
#[derive(Default)]
pub(super) struct Injector {
    plan: Plan,
    calls: u64,
    log: Vec<Call>,
}

impl Injector {
    /// Gives the call its number, decides what goes wrong with it, and remembers it where it is to.
    pub(super) fn decide(&mut self, mut call: Call, chance: &mut Dice, remembers: bool) -> Call {
        self.calls += 1;
        call.number = self.calls;
        // Every rule counts its calls, whichever decides.
        let applying: Vec<Fault> =
            self.plan.rules.iter_mut().filter_map(|rule| rule.applies(&call).then_some(rule.fault)).collect();
        call.fault = applying.first().copied();
        if call.fault.is_none() && self.plan.percent > 0 && chance.is_within_percent(self.plan.percent) {
            let faults = call.possible_faults();
            call.fault = faults.get(chance.below(faults.len() as u64) as usize).copied();
        }
        if remembers {
            self.log.push(call.clone());
        }
        call
    }
}

impl World {
    /// Replaces the plan of what is to go wrong; the rules count from now on.
    pub fn set_plan(&self, plan: impl Into<Plan>) {
        self.state().injector.plan = plan.into();
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().injector.log.clone()
    }

    /// Reads every call so far where it lies. The world stands still meanwhile: `read` must not touch it.
    pub fn read_calls<T>(&self, read: impl FnOnce(&[Call]) -> T) -> T {
        read(&self.state().injector.log)
    }

    /// What went wrong on purpose so far; as a plan, with the same seed, it makes the same go wrong again.
    pub fn replay(&self) -> Replay {
        let faults = |call: &Call| call.fault.map(|fault| (call.number, fault));
        Replay(self.state().injector.log.iter().filter_map(faults).collect())
    }

    pub(super) fn last_calls(&self, count: usize) -> Vec<String> {
        let state = self.state();
        let log = &state.injector.log;
        log[log.len().saturating_sub(count)..].iter().map(Call::to_string).collect()
    }
}
