use std::collections::BTreeMap;
use std::fmt;

use demo::{Scene, SceneError};
use jiff::Timestamp;
use standins::{AirtableCounters, Author};

use crate::flood::Flood;

/// What writing the histories cost.
pub(crate) struct Figures {
    recordings: usize,
    asked: AirtableCounters,
    /// How many PATCHes wrote so many lines.
    batches: BTreeMap<usize, usize>,
    seconds_to_the_first_line: f64,
    seconds_from_webhook_to_line: f64,
}

/// Where the counters stood before.
pub(crate) struct Before {
    at: Timestamp,
    asked: AirtableCounters,
}

impl Figures {
    pub(crate) async fn begin(scene: &Scene) -> Result<Before, SceneError> {
        Ok(Before { at: scene.standins().now().await?, asked: scene.standins().airtable_counters().await? })
    }

    pub(crate) fn throttled(&self) -> u64 {
        self.asked.rate_limited
    }

    pub(crate) fn requests_per_recording(&self) -> f64 {
        self.asked.requests as f64 / self.recordings as f64
    }
}

impl Before {
    pub(crate) async fn end(
        self,
        scene: &Scene,
        flood: &Flood,
        last_webhook: Timestamp,
    ) -> Result<Figures, SceneError> {
        let now = scene.standins().airtable_counters().await?;
        // The records of one PATCH are written at the same time.
        let mut patches: BTreeMap<Timestamp, usize> = BTreeMap::new();
        for job in &flood.jobs {
            let mut lines = 0;
            for revision in scene.standins().job_revisions(job.record_id.clone()).await? {
                let then = revision.history.lines().count();
                if revision.by == Author::Api {
                    *patches.entry(revision.at).or_default() += then.saturating_sub(lines);
                }
                lines = then;
            }
        }
        let mut batches = BTreeMap::new();
        for lines in patches.values() {
            *batches.entry(*lines).or_default() += 1;
        }
        let since = |start: Timestamp, end: Option<&Timestamp>| {
            end.map_or(f64::NAN, |end| end.duration_since(start).as_secs_f64())
        };
        Ok(Figures {
            recordings: flood.recordings.len(),
            asked: AirtableCounters {
                requests: now.requests - self.asked.requests,
                finds: now.finds - self.asked.finds,
                patches: now.patches - self.asked.patches,
                rate_limited: now.rate_limited - self.asked.rate_limited,
                ..AirtableCounters::default()
            },
            batches,
            seconds_to_the_first_line: since(self.at, patches.keys().next()),
            seconds_from_webhook_to_line: since(last_webhook, patches.keys().last()),
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AirtableCounters { requests, finds, patches, rate_limited, .. } = self.asked;
        writeln!(f, "{} recordings", self.recordings)?;
        writeln!(f, "  Airtable    {requests} requests: {finds} finds, {patches} PATCHes, {rate_limited} times 429")?;
        writeln!(f, "  each        {:.3} requests per recording", self.requests_per_recording())?;
        writeln!(f, "  first line  {:.1} s after the first webhook", self.seconds_to_the_first_line)?;
        writeln!(f, "  last line   {:.1} s after the last webhook", self.seconds_from_webhook_to_line)?;
        let batches: Vec<_> = self.batches.iter().map(|(lines, times)| format!("{lines} ({times} times)")).collect();
        write!(f, "  lines in a PATCH: {}", batches.join(", "))
    }
}
