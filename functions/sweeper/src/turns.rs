//! Organisations that take turns, so that none waits for the end of another's business.

use std::collections::{BTreeMap, VecDeque};

use recordings::recording::Organisation;
use serde::{Deserialize, Serialize};

/// How far a job came with each organisation, and whose turn it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turns {
    /// Who was about to be served when the last run stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Organisation>,
    /// Behind which key each one goes on that is not through.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    after: BTreeMap<Organisation, String>,
    /// Those that are still to be served in this run, in turn.
    #[serde(skip)]
    waiting: VecDeque<Organisation>,
}

impl Turns {
    /// A cursor that makes no sense is one that is not there.
    pub(crate) fn read(kept: Option<&str>) -> Self {
        kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
    }

    /// What the next run has to know; nothing where this one is through with all.
    pub(crate) fn write(&self) -> Option<String> {
        let is_through = self.after.is_empty() && self.next.is_none();
        if is_through { None } else { serde_json::to_string(self).ok() }
    }

    /// These organisations are to be served, from the one on that is next.
    pub(crate) fn begin(&mut self, organisations: Vec<Organisation>) {
        self.after.retain(|organisation, _| organisations.contains(organisation));
        let first = self.next.as_ref().map_or(0, |next| organisations.partition_point(|one| one < next));
        self.waiting = organisations.into();
        self.waiting.rotate_left(first % self.waiting.len().max(1));
        self.next = None;
    }

    /// Whose turn it is.
    pub(crate) fn next(&mut self) -> Option<Organisation> {
        let organisation = self.waiting.pop_front();
        // Who stops in the midst of a turn is not the first of the next run: it may be what stops it.
        self.next = self.waiting.front().or(organisation.as_ref()).cloned();
        organisation
    }

    /// Behind which key an organisation goes on.
    pub(crate) fn after(&self, organisation: &Organisation) -> Option<String> {
        self.after.get(organisation).cloned()
    }

    /// The turn is over, and goes on behind a key where the organisation is not through.
    pub(crate) fn end(&mut self, organisation: Organisation, after: Option<String>) {
        match after {
            Some(after) => {
                self.after.insert(organisation.clone(), after);
                self.waiting.push_back(organisation);
            }
            None => drop(self.after.remove(&organisation)),
        }
        self.next = self.waiting.front().cloned();
    }
}
