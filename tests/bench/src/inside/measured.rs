use std::time::Instant;

use runtime::Memory;
use serde_json::{Value, json};

/// What was found so far.
#[derive(Default)]
pub(crate) struct Found(Vec<Value>);

impl Found {
    pub(crate) fn add(&mut self, what: &str, who: &str, unit: &str, samples: &[f64]) {
        self.0.push(json!({ "what": what, "who": who, "unit": unit, "samples": samples }));
    }

    pub(crate) fn json(&self) -> String {
        json!(self.0).to_string()
    }
}

/// The microseconds that something takes. One process does nothing else, so that its time is the processor's.
pub(crate) fn microseconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed().as_secs_f64() * 1e6, done)
}

/// The memory that this process has now, in megabytes.
pub(crate) fn megabytes() -> f64 {
    Memory::of_id(std::process::id()).map_or(f64::NAN, |memory| memory.resident as f64 / 1e6)
}
