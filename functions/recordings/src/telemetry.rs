//! Log records and metrics: one line of JSON each, on standard output, where Lambda picks them up.

mod cause;
mod metrics;

pub use cause::{Causes, causes};
pub use metrics::{Metric, Metrics, StdoutMetrics, Unit};

use std::error::Error;
use std::process::ExitCode;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::history_line::UrlKind;

/// What we wrote ourselves; its records begin at the level that is asked for.
const OURS: [&str; 4] = ["recordings", "webhook", "transfer", "sweeper"];

/// Writes log records as lines of JSON from `level` on. Calling it twice changes nothing.
///
/// The libraries below us log request lines and headers at their finer levels, so they are held at `warn`.
pub fn init(level: &str) {
    let level = level.parse().unwrap_or(LevelFilter::INFO);
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("lambda_runtime::layers::trace", LevelFilter::INFO)
        .with_targets(OURS.map(|target| (target, level)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stdout);
    // A second subscriber in one process is refused; the first goes on working.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
}

/// Says at each start that everybody may hear what is recorded, where it is so.
pub fn tell_of_public_audio(kind: UrlKind) {
    if kind == UrlKind::Public {
        tracing::warn!(
            log_type = "audio_is_public",
            "histories have public URLs: everybody who has or guesses one hears the recording, without a login or a trace",
        );
    }
}

/// How a function's process ends: in order, or with one record that says why it cannot run.
pub fn exit_code(result: Result<(), Box<dyn Error + Send + Sync>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(log_type = "function_stopped", error = %causes(&*error), "the function cannot run");
            ExitCode::FAILURE
        }
    }
}
