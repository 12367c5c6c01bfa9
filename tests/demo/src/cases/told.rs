use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;
use standins::Delivery;

use crate::Evidence;

/// A case as it went.
#[derive(Debug, Serialize)]
pub struct Told {
    /// What it is about.
    pub name: &'static str,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What each webhook was answered.
    pub webhooks: Vec<Answered>,
    /// What was seen of each recording.
    pub recordings: Vec<Evidence>,
    /// The whole case, in milliseconds.
    pub took_ms: u128,
    /// What is not as promised.
    pub wrong: Vec<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When, in milliseconds after the case began.
    pub after_ms: i128,
    /// Where it was seen: `webhook`, `log`, `ledger`, `history`, `Twilio`, `Airtable`, or that it was done by `somebody`.
    pub at: &'static str,
    /// What.
    pub what: String,
}

/// What a webhook was answered.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// The HTTP status.
    pub status: Option<u16>,
    /// How long Twilio waited, in milliseconds.
    pub elapsed_ms: f64,
}

impl From<&Delivery> for Answered {
    fn from(delivery: &Delivery) -> Self {
        Self { status: delivery.status, elapsed_ms: delivery.elapsed_ms }
    }
}

/// Collects a case while it runs.
pub(super) struct Teller {
    pub(super) told: Told,
    steps: Vec<(Timestamp, Step)>,
    began: Timestamp,
    start: Instant,
}

impl Teller {
    pub(super) fn of(name: &'static str) -> Self {
        let (steps, webhooks, recordings, wrong) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let told = Told { name, steps, webhooks, recordings, took_ms: 0, wrong };
        Self { told, steps: Vec::new(), began: Timestamp::now(), start: Instant::now() }
    }

    pub(super) fn answered(&mut self, delivery: &Delivery, expected: u16) {
        let status = delivery.status.map_or_else(|| "not at all".to_owned(), |status| status.to_string());
        self.note("webhook", format!("answered {status} after {:.0} ms", delivery.elapsed_ms));
        self.told.webhooks.push(delivery.into());
        self.expect(delivery.status == Some(expected), || format!("the webhook was answered {:?}", delivery.status));
    }

    pub(super) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.told.wrong.push(otherwise());
        }
    }

    /// Something happens now.
    pub(super) fn note(&mut self, at: &'static str, what: impl Into<String>) {
        self.note_at(Timestamp::now(), at, what);
    }

    /// Something happened then. It is told once, however often it is looked up.
    pub(super) fn note_at(&mut self, then: Timestamp, at: &'static str, what: impl Into<String>) {
        let step = (then, Step { after_ms: then.duration_since(self.began).as_millis(), at, what: what.into() });
        if !self.steps.contains(&step) {
            self.steps.push(step);
        }
    }

    /// When the case began.
    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    pub(super) fn end(mut self) -> Told {
        self.told.took_ms = self.start.elapsed().as_millis();
        self.steps.sort_by_key(|(then, _)| *then);
        self.told.steps = self.steps.into_iter().map(|(_, step)| step).collect();
        self.told
    }
}
