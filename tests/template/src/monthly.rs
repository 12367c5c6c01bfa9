//! What a month costs by the template's prices.

use serde_json::Value;

use crate::Template;

/// The figures that a healthy month publishes, as `make alarms` counts them on the deployed stack.
pub const HEALTHY_FIGURES: usize = 74;

impl Template {
    /// A price of the template's table, in dollars.
    ///
    /// # Panics
    /// When the table does not have it.
    #[must_use]
    pub fn price(&self, name: &str) -> f64 {
        let price = self.section("Mappings")["Prices"]["UsEast1"][name].as_str().and_then(|price| price.parse().ok());
        price.unwrap_or_else(|| panic!("no price {name}"))
    }

    /// The default of a parameter that is a number.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn default_of(&self, parameter: &str) -> f64 {
        let default = &self.section("Parameters")[parameter]["Default"];
        let default = default.as_f64().or_else(|| default.as_str()?.parse().ok());
        default.unwrap_or_else(|| panic!("{parameter} has no number by default"))
    }

    /// Of when the table is.
    ///
    /// # Panics
    /// When it does not say so.
    #[must_use]
    pub fn prices_of(&self) -> String {
        let of = self.section("Mappings")["Prices"]["Table"]["Of"].as_str();
        of.unwrap_or_else(|| panic!("the prices have no day")).to_owned()
    }
}

/// The alarms: each figure that one looks at, three for one with a band; one that is about alarms has a price of its own.
#[must_use]
pub fn alarms(template: &Template) -> f64 {
    let looked_at = |alarm: &Value| match &alarm["Properties"]["Metrics"] {
        Value::Array(queries) => {
            let figures = queries.iter().filter(|query| query["MetricStat"].is_object()).count();
            if alarm["Properties"]["ThresholdMetricId"].is_null() { figures } else { 3 * figures }
        }
        _ => 1,
    };
    let figures: usize = template.resources("AWS::CloudWatch::Alarm").map(|(_, alarm)| looked_at(alarm)).sum();
    let composite = template.resources("AWS::CloudWatch::CompositeAlarm").count();
    figures as f64 * template.price("AlarmMetricMonth") + composite as f64 * template.price("CompositeAlarmMonth")
}
