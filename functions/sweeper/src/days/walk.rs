use std::collections::BTreeMap;

use jiff::civil::Date;
use recordings::ports::{Cursors, PortError};
use recordings::recording::Organisation;
use serde::{Deserialize, Serialize};

use crate::Ports;

/// A walk through the days of all organisations, which goes on where an earlier run stopped.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    organisations: &'a [Organisation],
    place: Place,
    last: Date,
    days_left: usize,
}

/// Where a walk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    /// The day.
    pub(crate) day: Date,
    /// Whose day.
    pub(crate) organisation: Organisation,
    /// The key of that day behind which it goes on.
    pub(crate) after: Option<String>,
}

/// A place to go on from: what lies before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    day: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organisation: Option<Organisation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Place {
    fn start_of(day: Date) -> Self {
        Self { day, organisation: None, after: None }
    }
}

impl<'a> Walk<'a> {
    /// Meets each day once, in order, up to the last; what was missed is made up for. Without a place it begins with the
    /// last.
    pub(crate) fn up_to(organisations: &'a [Organisation], place: Option<&Place>, last: Date) -> Self {
        let place = place.cloned().unwrap_or_else(|| Place::start_of(last));
        Self { organisations, place, last, days_left: usize::MAX }
    }

    /// Goes through a span of days again and again, so many of them a run.
    pub(crate) fn round(
        organisations: &'a [Organisation],
        place: Option<&Place>,
        first: Date,
        last: Date,
        days: usize,
    ) -> Self {
        let inside = place.filter(|place| (first..=last).contains(&place.day)).cloned();
        Self { organisations, place: inside.unwrap_or_else(|| Place::start_of(first)), last, days_left: days }
    }

    /// Where it is; `None` at its end.
    pub(crate) fn here(&mut self) -> Option<Here> {
        loop {
            if self.days_left == 0 || self.place.day > self.last {
                return None;
            }
            let reached = |organisation: &&Organisation| {
                self.place.organisation.as_ref().is_none_or(|place| *organisation >= place)
            };
            match self.organisations.iter().find(reached) {
                Some(organisation) => {
                    let is_its_place = self.place.organisation.as_ref() == Some(organisation);
                    let after = self.place.after.clone().filter(|_| is_its_place);
                    return Some(Here { day: self.place.day, organisation: organisation.clone(), after });
                }
                None => self.next_day(),
            }
        }
    }

    /// Everything up to this key is done.
    pub(crate) fn is_behind(&mut self, here: &Here, key: String) {
        self.place = Place { day: here.day, organisation: Some(here.organisation.clone()), after: Some(key) };
    }

    /// This organisation's day is done.
    pub(crate) fn is_through(&mut self, here: &Here) {
        match self.organisations.iter().find(|organisation| **organisation > here.organisation) {
            Some(next) => self.place = Place { day: here.day, organisation: Some(next.clone()), after: None },
            None => self.next_day(),
        }
    }

    /// Where the next run goes on.
    pub(crate) fn place(self) -> Place {
        self.place
    }

    fn next_day(&mut self) {
        self.days_left -= 1;
        // The end of time is no day to go on from.
        let next = self.place.day.tomorrow().unwrap_or(self.place.day);
        self.days_left = if next == self.place.day { 0 } else { self.days_left };
        self.place = Place::start_of(next);
    }
}

/// The places of a job's walks, by their names.
#[derive(Debug)]
pub(crate) struct Places {
    job: &'static str,
    before: BTreeMap<String, Place>,
    now: BTreeMap<String, Place>,
}

impl Places {
    /// Reads them. Places that make no sense are none: then the walks begin anew.
    pub(crate) async fn read(ports: &impl Ports, job: &'static str) -> Result<Self, PortError> {
        let text = ports.cursors().read(job).await?.unwrap_or_default();
        let before: BTreeMap<_, _> = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { job, now: before.clone(), before })
    }

    pub(crate) fn of(&self, walk: &str) -> Option<&Place> {
        self.now.get(walk)
    }

    pub(crate) fn keep(&mut self, walk: &str, place: Place) {
        self.now.insert(walk.to_owned(), place);
    }

    /// Writes them, where they changed. Two runs at once may each write what they did: no place is ever ahead of the work.
    pub(crate) async fn write(self, ports: &impl Ports) -> Result<(), PortError> {
        if self.now == self.before {
            return Ok(());
        }
        let text = serde_json::to_string(&self.now).unwrap_or_default();
        ports.cursors().write(self.job, Some(&text)).await
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
