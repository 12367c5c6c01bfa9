//! What `template.yaml` says, for tests: its resources as JSON, its alarms as rules that can be asked, and the figures that
//! they are asked about.
//!
//! The emulator's alarms know no dimensions, no arithmetic and no missing data. So [`Alarm`] evaluates the template's own
//! definitions as CloudWatch documents it: over the last periods, by statistic, expression and the treatment of what is
//! missing. A band of what is usual is the mean and so many standard deviations here; CloudWatch's is a learned one.
//! Source: CloudWatch user guide, *Alarm evaluation* and *Using math expressions*.

mod alarm;
pub mod cost;
mod expression;
mod figures;
pub mod monthly;
mod rule;
mod yaml;

pub use alarm::{Alarm, Alarms, Metric, State};
pub use figures::{Figure, Figures, embedded};

use serde_json::{Map, Value};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The template.
pub struct Template(Value);

impl Template {
    /// The one of this workspace.
    ///
    /// # Panics
    /// When it is no YAML, which other checks say better.
    #[must_use]
    pub fn read() -> Self {
        Self(yaml::read(TEMPLATE))
    }

    /// One of its sections, by name.
    ///
    /// # Panics
    /// When there is no such section.
    #[must_use]
    pub fn section(&self, name: &str) -> &Map<String, Value> {
        self.0[name].as_object().unwrap_or_else(|| panic!("no section {name}"))
    }

    /// The resources of one type, by logical id.
    pub fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.section("Resources").iter();
        all.filter(move |(_, resource)| resource["Type"] == kind).map(|(id, resource)| (id.as_str(), resource))
    }

    /// The alarms, those of several included.
    #[must_use]
    pub fn alarms(&self) -> Alarms {
        Alarms::of(self)
    }
}
