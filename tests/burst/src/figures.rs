use std::fmt;
use std::time::Duration;

use field::{Field, Kind, Tally};
use standins::AirtableCounters;

use crate::backlog::Backlog;
use crate::load::Load;
use crate::memory::Memories;
use crate::sending::Sent;

/// What a load took.
pub struct Figures {
    recordings: usize,
    sent: Sent,
    drained: Duration,
    airtable: AirtableCounters,
    backlog: Backlog,
    memory: Memories,
    invocations: [Tally; 2],
    comes_again: u64,
}

impl Figures {
    pub(crate) fn of(
        field: &Field,
        load: &Load,
        sent: Sent,
        drained: Duration,
        backlog: Backlog,
        memory: Memories,
    ) -> Self {
        Self {
            recordings: load.recordings.len(),
            sent,
            drained,
            airtable: field.world().airtable_counters(),
            backlog,
            memory,
            invocations: [Kind::Webhook, Kind::Transfer].map(|kind| field.function(kind).tally()),
            comes_again: field.transfers().comes_again() + field.histories().comes_again(),
        }
    }

    fn requests_per_recording(&self) -> f64 {
        self.airtable.requests as f64 / self.recordings as f64
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            recordings,
            sent,
            drained,
            airtable,
            backlog,
            memory,
            invocations: [webhook, transfer],
            comes_again,
        } = self;
        let [half, most, nearly_all, all] = [0.5, 0.95, 0.99, 1.0].map(|share| sent.within(share));
        writeln!(f, "webhooks")?;
        writeln!(f, "  {} answered 2xx of {}, {:.0} a second", sent.successes(), webhook.invocations, sent.a_second())?;
        writeln!(f, "  in {half:.0} ms (p50), {most:.0} (p95), {nearly_all:.0} (p99), {all:.0} at the most")?;
        writeln!(f, "recordings")?;
        let rate = *recordings as f64 / drained.as_secs_f64();
        writeln!(f, "  {recordings} settled after {:.0} s, {rate:.1} a second", drained.as_secs_f64())?;
        writeln!(f, "  {} invocations of transfer, {comes_again} messages came again", transfer.invocations)?;
        writeln!(f, "Airtable")?;
        let AirtableCounters { requests, finds, patches, rate_limited, .. } = airtable;
        writeln!(f, "  {requests} requests: {finds} finds, {patches} PATCHes, {rate_limited} times 429")?;
        writeln!(f, "  {:.3} requests per recording, {backlog}", self.requests_per_recording())?;
        write!(f, "memory\n{memory}")
    }
}
