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

    /// Adds what another process found.
    pub(crate) fn take(&mut self, json: &[u8]) {
        let found: Vec<Value> =
            serde_json::from_slice(json).unwrap_or_else(|error| panic!("nothing was found: {error}"));
        self.0.extend(found);
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

/// The most memory that this process had since [`forget_the_peak`], in megabytes.
pub(crate) fn peak() -> f64 {
    Memory::of_id(std::process::id()).map_or(f64::NAN, |memory| memory.peak as f64 / 1e6)
}

/// Lets the peak be what the process has now.
///
/// Source: <https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html>
pub(crate) fn forget_the_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap_or_else(|error| panic!("the peak cannot be reset: {error}"));
}
