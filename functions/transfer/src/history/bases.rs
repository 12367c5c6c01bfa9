//! A batch's parts, one a base: each has an allowance of its own, and none waits for another's.

use jiff::{Timestamp, ToSpan};
use recordings::ports::{Clock, ErrorKind, PortError, SecretSource};
use recordings::recording::{AirtableBaseId, Organisation};

use super::item::Item;
use super::jobs;
use crate::config::Settings;
use crate::{Deadline, Ports};

/// What a batch asks of one base.
pub(super) struct Part<'a, 'b> {
    /// The base; none where nothing is asked of any.
    pub(super) base: Option<AirtableBaseId>,
    pub(super) items: Vec<&'a mut Item<'b>>,
}

/// The parts of a batch. What needs no job is a part of its own, and so is what cannot be asked for at all, which is
/// refused here.
pub(super) async fn parts<'a, 'b>(
    ports: &impl Ports,
    settings: &Settings,
    items: &'a mut [Item<'b>],
) -> Vec<Part<'a, 'b>> {
    let secrets = match items.iter().any(Item::needs_its_job) {
        true => ports.secrets().current().await.map(Some),
        false => Ok(None),
    };
    let base_of = |organisation: &Organisation| match &secrets {
        Ok(Some(secrets)) => {
            let base = secrets.airtable_base(organisation, &settings.airtable_base);
            base.cloned().ok_or_else(without_airtable)
        }
        Ok(None) => Err(without_airtable()),
        Err(error) => Err(PortError::new(error.kind, error.operation, error.detail.clone())),
    };
    let mut parts = vec![Part { base: None, items: Vec::new() }];
    for item in items {
        let base = match item.needs_its_job().then(|| base_of(item.organisation())) {
            Some(Ok(base)) => Some(base),
            Some(Err(error)) => {
                jobs::refused(ports, &mut [&mut *item], &error);
                None
            }
            None => None,
        };
        match parts.iter_mut().find(|part| part.base == base) {
            Some(part) => part.items.push(item),
            None => parts.push(Part { base, items: vec![item] }),
        }
    }
    parts
}

fn without_airtable() -> PortError {
    PortError::new(ErrorKind::Refused, "ask airtable", "the secret holds no Airtable token of the organisation")
}

impl Part<'_, '_> {
    /// The organisations of this part, those first whose messages were sent first: where the time ends before all are
    /// served, it is not always the same ones that are left.
    pub(super) fn organisations(&self) -> Vec<Organisation> {
        let mut organisations: Vec<Organisation> = Vec::new();
        for item in self.items.iter().filter(|item| item.needs_its_job()) {
            if !organisations.contains(item.organisation()) {
                organisations.push(item.organisation().clone());
            }
        }
        organisations
    }
}

/// Longer than it takes to pay for a find and a PATCH, shorter than any quiet time.
const BESIDE_OTHERS_SECONDS: i64 = 5;

/// How long a batch waits for one base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) deadline: Deadline,
    /// Whether the batch asks other bases, too: then nobody sits out a quiet time, because the others' next messages
    /// would wait with it. The lines wait in the ledger.
    pub(super) beside_others: bool,
}

impl Patience {
    pub(super) fn latest_find(self, clock: &impl Clock) -> Timestamp {
        self.limited(clock, self.deadline.latest_find())
    }

    pub(super) fn latest_patch(self, clock: &impl Clock) -> Timestamp {
        self.limited(clock, self.deadline.latest_patch())
    }

    pub(super) fn latest_answer(self, clock: &impl Clock) -> Timestamp {
        self.limited(clock, self.deadline.latest_answer())
    }

    fn limited(self, clock: &impl Clock, latest: Timestamp) -> Timestamp {
        let soon = clock.now().saturating_add(BESIDE_OTHERS_SECONDS.seconds()).unwrap_or(latest);
        if self.beside_others { latest.min(soon) } else { latest }
    }
}
