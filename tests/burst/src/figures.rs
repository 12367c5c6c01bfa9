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
    done: Done,
    airtable: AirtableCounters,
    invocations: [Tally; 2],
    comes_again: u64,
}

/// What it took until nothing was left to do.
pub(crate) struct Done {
    /// From the first webhook on.
    pub(crate) after: Duration,
    /// Recordings that Twilio's copy stood in for until they were stored.
    pub(crate) stood_in_for: usize,
    pub(crate) backlog: Backlog,
    pub(crate) memory: Memories,
}

impl Figures {
    pub(crate) fn of(field: &Field, load: &Load, sent: Sent, done: Done) -> Self {
        Self {
            recordings: load.recordings.len(),
            sent,
            done,
            airtable: field.world().airtable_counters(),
            invocations: [Kind::Webhook, Kind::Transfer].map(|kind| field.function(kind).tally()),
            comes_again: field.transfers().comes_again() + field.histories().comes_again(),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recordings, sent, done, airtable, invocations: [webhook, transfer], comes_again } = self;
        let [half, most, nearly_all, all] = [0.5, 0.95, 0.99, 1.0].map(|share| sent.within(share));
        writeln!(f, "webhooks")?;
        writeln!(f, "  {} answered 2xx of {}, {:.0} a second", sent.successes(), webhook.invocations, sent.a_second())?;
        writeln!(f, "  in {half:.0} ms (p50), {most:.0} (p95), {nearly_all:.0} (p99), {all:.0} at the most")?;
        let Done { after, stood_in_for, backlog, memory } = done;
        let seconds = after.as_secs_f64();
        writeln!(f, "recordings")?;
        writeln!(f, "  {recordings} settled after {seconds:.0} s, {:.1} a second", *recordings as f64 / seconds)?;
        writeln!(f, "  {stood_in_for} of them were pending for a while, because the bucket was out of reach")?;
        writeln!(f, "  {} invocations of transfer, {comes_again} messages came again", transfer.invocations)?;
        let AirtableCounters { requests, finds, patches, rate_limited, .. } = airtable;
        let each = *requests as f64 / *recordings as f64;
        writeln!(f, "Airtable")?;
        writeln!(f, "  {requests} requests: {finds} finds, {patches} PATCHes, {rate_limited} times 429")?;
        writeln!(f, "  {each:.3} requests per recording, {backlog}")?;
        write!(f, "memory\n{memory}")
    }
}
