use std::time::{Duration, Instant};

use field::{Field, Kind};
use futures_util::{StreamExt, stream};
use standins::Delivery;

use crate::load::Load;
use crate::memory::Watch;

/// Webhooks that Twilio sends at the same time: four for each process, so that all are busy and nobody waits for long.
const AT_ONCE: usize = 16;

/// What became of the webhooks.
pub(crate) struct Sent {
    /// Of each webhook, in no order: the recording's place, and the answer.
    answers: Vec<(usize, Delivery)>,
    pub(crate) took: Duration,
}

/// Sends all webhooks, as many at a time as Twilio would.
pub(crate) async fn send(field: &Field, load: &Load, watch: &Watch) -> Sent {
    let begun = Instant::now();
    let report = async |place: &usize| {
        let (recording, job) = &load.recordings[*place];
        (*place, field.report(recording, Some(&load.jobs[*job].0)).await)
    };
    let mut answers = Vec::with_capacity(load.webhooks.len());
    let mut answered = stream::iter(load.webhooks.iter().map(report)).buffer_unordered(AT_ONCE);
    while let Some(answer) = answered.next().await {
        answers.push(answer);
        watch.finished(answers.len() * 10 >= load.webhooks.len(), Kind::Webhook);
    }
    Sent { answers, took: begun.elapsed() }
}

impl Sent {
    /// The places of the recordings that were taken on: each has to be there in the end.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = usize> {
        self.answers.iter().filter(|(_, delivery)| is_success(delivery)).map(|(place, _)| *place)
    }

    /// Nobody was turned away, not even for one attempt.
    pub(crate) fn findings(&self) -> Vec<String> {
        let strange = self.answers.iter().filter(|(_, answer)| !is_success(answer) || answer.attempts.len() != 1);
        strange.map(|(place, answer)| format!("webhook for recording {place}: {:?}", answer.attempts)).collect()
    }

    /// The milliseconds within which that share of the webhooks was answered.
    pub(crate) fn within(&self, share: f64) -> f64 {
        let mut took: Vec<f64> = self.answers.iter().map(|(_, answer)| answer.elapsed_ms).collect();
        took.sort_by(f64::total_cmp);
        let last = took.len().saturating_sub(1);
        took.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn successes(&self) -> usize {
        self.accepted().count()
    }

    pub(crate) fn a_second(&self) -> f64 {
        self.answers.len() as f64 / self.took.as_secs_f64()
    }
}

fn is_success(delivery: &Delivery) -> bool {
    delivery.status.is_some_and(|status| (200..300).contains(&status))
}
