use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use runtime::{Environment, Function as Kind};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::process::{Failed, Process, Start};

/// So many processes of one function, as Lambda has execution environments of it.
#[derive(Debug)]
pub struct Function {
    kind: Kind,
    processes: Vec<Process>,
    /// The places of those that are free.
    free: Mutex<Vec<usize>>,
    places: Semaphore,
    tally: Counts,
    log: PathBuf,
}

/// What became of a function's invocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All that came to an end.
    pub invocations: u64,
    /// Whose process ended before: it was killed, or it crashed.
    pub ended: u64,
    /// That took too long.
    pub timed_out: u64,
    /// That returned an error.
    pub errors: u64,
}

#[derive(Debug, Default)]
struct Counts {
    invocations: AtomicU64,
    ended: AtomicU64,
    timed_out: AtomicU64,
    errors: AtomicU64,
}

impl Function {
    pub(crate) fn start(kind: Kind, count: usize, program: PathBuf, environment: &Environment, folder: &Path) -> Self {
        let name = match kind {
            Kind::Webhook => "webhook",
            Kind::Transfer => "transfer",
            Kind::Sweeper => "sweeper",
        };
        let log = folder.join(format!("{name}.log"));
        let start =
            Start { program, environment: environment.clone(), timeout: timeout(environment), log: log.clone() };
        Self {
            kind,
            processes: (0..count).map(|_| Process::start(start.clone())).collect(),
            free: Mutex::new((0..count).collect()),
            places: Semaphore::new(count),
            tally: Counts::default(),
            log,
        }
    }

    /// Which function it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its processes, each of which can be killed.
    #[must_use]
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// Has a free process handle an event; waits until one is free.
    ///
    /// # Errors
    /// [`Failed`] says what became of the invocation instead.
    pub async fn invoke(&self, event: &Value) -> Result<Value, Failed> {
        let Ok(_permit) = self.places.acquire().await else { panic!("the places of a function are never closed") };
        let place = self.free.lock().pop().unwrap_or_else(|| panic!("a permit without a free process"));
        let _given_back = GivenBack { function: self, place };
        let result = self.processes[place].handle(event.to_string()).await;
        self.tally.count(&result);
        result
    }

    /// What became of its invocations so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Tally {
            invocations: read(&self.tally.invocations),
            ended: read(&self.tally.ended),
            timed_out: read(&self.tally.timed_out),
            errors: read(&self.tally.errors),
        }
    }

    /// What all its processes have written so far.
    ///
    /// # Panics
    /// When the file cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A process that is given back even if nobody waits for its answer any more. Its keeper sees to it that the next event
/// waits for the end of the one before.
struct GivenBack<'a> {
    function: &'a Function,
    place: usize,
}

impl Drop for GivenBack<'_> {
    fn drop(&mut self) {
        self.function.free.lock().insert(0, self.place);
    }
}

impl Counts {
    fn count(&self, result: &Result<Value, Failed>) {
        let also = match result {
            Ok(_) => None,
            Err(Failed::Ended) => Some(&self.ended),
            Err(Failed::TimedOut) => Some(&self.timed_out),
            Err(Failed::Error(_)) => Some(&self.errors),
        };
        for count in [Some(&self.invocations), also].into_iter().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What the function is told of its own time-out.
fn timeout(environment: &Environment) -> Duration {
    let mut variables = environment.variables();
    let told = variables.find(|(name, _)| *name == "AWS_LAMBDA_FUNCTION_TIMEOUT").and_then(|(_, value)| value.to_str());
    let seconds = told.and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or_else(|| panic!("the environment has no AWS_LAMBDA_FUNCTION_TIMEOUT")))
}
