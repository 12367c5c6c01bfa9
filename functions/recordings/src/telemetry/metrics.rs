use std::io::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::recording::Provider;

/// A figure that is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// Its value.
    pub value: f64,
}

impl Metric {
    /// One more of something.
    pub fn one(name: &'static str) -> Self {
        Self { name, unit: Unit::Count, value: 1.0 }
    }

    /// What did not happen where it might have. The average of a figure that is taken each time, as one or as this, is a
    /// rate.
    pub fn none(name: &'static str) -> Self {
        Self { name, unit: Unit::Count, value: 0.0 }
    }
}

/// The units that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// How long.
    Milliseconds,
    /// How long, of what takes hours.
    Seconds,
    /// How much.
    Bytes,
}

/// Takes figures. They are kept by function, and by function and provider where they are of one; never by call.
pub trait Metrics: Sync {
    /// Takes figures of one moment, and of a provider where they are of one.
    fn take(&self, at: Timestamp, provider: Option<Provider>, metrics: &[Metric]);

    /// Records figures of one moment.
    fn record(&self, at: Timestamp, provider: Provider, metrics: &[Metric]) {
        self.take(at, Some(provider), metrics);
    }

    /// Records figures of what is no provider's, such as a message that nobody can read.
    fn record_own(&self, at: Timestamp, metrics: &[Metric]) {
        self.take(at, None, metrics);
    }
}

/// Writes figures in CloudWatch's embedded metric format.
/// Source: CloudWatch user guide, *Specification: Embedded metric format*.
pub struct StdoutMetrics {
    /// The function whose figures these are.
    pub function: &'static str,
    /// What tells this installation's figures from another's in the same account.
    pub namespace: String,
}

impl Metrics for StdoutMetrics {
    fn take(&self, at: Timestamp, provider: Option<Provider>, metrics: &[Metric]) {
        let line = embedded(&self.namespace, self.function, at, provider, metrics);
        // Standard output that is gone takes the log with it; there is nowhere left to say so.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn embedded(namespace: &str, function: &str, at: Timestamp, provider: Option<Provider>, metrics: &[Metric]) -> Value {
    // An alarm cannot sum over providers that it does not know, so that the sums are figures of their own.
    let dimensions: &[&[&str]] = match provider {
        Some(_) => &[&["function", "provider"], &["function"]],
        None => &[&["function"]],
    };
    let definitions: Vec<Value> =
        metrics.iter().map(|metric| json!({ "Name": metric.name, "Unit": format!("{:?}", metric.unit) })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": namespace,
                "Dimensions": dimensions,
                "Metrics": definitions,
            }],
        },
        "function": function,
    });
    if let Some(provider) = provider {
        line["provider"] = json!(provider.as_str());
    }
    for metric in metrics {
        line[metric.name] = json!(metric.value);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let at = "2024-03-15T14:30:22.5Z".parse().unwrap();
        let metrics = [Metric::one("uploads"), Metric { name: "copy_ms", unit: Unit::Milliseconds, value: 12.5 }];
        let line = embedded("Tapeline/calls", "transfer", at, Some(Provider::Twilio), &metrics);
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": 1_710_513_022_500_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Tapeline/calls",
                        "Dimensions": [["function", "provider"], ["function"]],
                        "Metrics": [{"Name": "uploads", "Unit": "Count"}, {"Name": "copy_ms", "Unit": "Milliseconds"}],
                    }],
                },
                "function": "transfer",
                "provider": "twilio",
                "uploads": 1.0,
                "copy_ms": 12.5,
            })
        );
    }

    #[test]
    fn what_is_no_providers_has_the_function_alone_as_its_dimension() {
        let at = "2024-03-15T14:30:22.5Z".parse().unwrap();
        let line = embedded("Tapeline/calls", "sweeper", at, None, &[Metric::one("sweep_failed")]);
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": 1_710_513_022_500_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Tapeline/calls",
                        "Dimensions": [["function"]],
                        "Metrics": [{"Name": "sweep_failed", "Unit": "Count"}],
                    }],
                },
                "function": "sweeper",
                "sweep_failed": 1.0,
            })
        );
    }
}
