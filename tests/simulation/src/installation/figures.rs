use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use recordings::recording::Provider;
use recordings::telemetry::{Metric, Metrics};

/// The sum of each figure that the functions gave so far.
#[derive(Clone, Default)]
pub struct Figures(Arc<Mutex<BTreeMap<&'static str, f64>>>);

impl Figures {
    /// The sum of one.
    pub fn of(&self, name: &str) -> f64 {
        self.0.lock().unwrap().get(name).copied().unwrap_or_default()
    }

    /// The names of all that were given.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().keys().copied().collect()
    }
}

impl Metrics for Figures {
    fn take(&self, _: Timestamp, _: Option<Provider>, metrics: &[Metric]) {
        let mut sums = self.0.lock().unwrap();
        for metric in metrics {
            *sums.entry(metric.name).or_default() += metric.value;
        }
    }
}
