//! The three functions at work on this machine, without anything deployed, so that they can be killed at any moment and
//! fed as fast as they can take it. [`Field::start`] raises all of it:
//!
//! - [`Surroundings`](runtime::Surroundings): the AWS emulator's S3, SQS and Secrets Manager, and the stand-ins for Twilio
//!   and Airtable. The functions reach AWS through the stand-ins' door, which fails on demand.
//! - [`Function`]: so many [`Process`]es of a function's own program. Each asks a Runtime API of its own for events, is
//!   started again when it ends, and can be killed. One that ends, or outlasts its time-out, fails its invocation, as on
//!   Lambda.
//! - what feeds them: an HTTP [`Gateway`] before the webhook function, whose address webhooks are signed for; an
//!   [`EventSource`] for each queue before the transfer function, which deletes what was done and leaves the rest to come
//!   again; and schedules for the sweeper's jobs.
//!
//! ```no_run
//! # use field::{Field, Kind, Settings};
//! # use standins::PlaceRecording;
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut field = Field::start(Settings::default()).await;
//! let placed = field.world().place_recording(PlaceRecording::default())?;
//! // Signed, through the gateway, with Twilio's own retries.
//! field.report(&placed, Some("JOB1")).await;
//! // It starts again by itself.
//! field.function(Kind::Transfer).processes()[0].kill().await;
//! field.until("the end of it", std::time::Duration::from_secs(60), Field::is_quiet).await;
//! # Ok(())
//! # }
//! ```
//!
//! Time is compressed where waiting would be all that is seen: what an invocation failed to do comes again after
//! [`Settings::again_after`], once its process is known to be gone or done, instead of after the queue's visibility
//! time-out. That stays longer than an invocation may take, because HistoryQueue's order rests on it.
//!
//! This is for tests: whatever is in their way ends them, with a sentence that says what it is.

mod event_source;
mod field;
mod function;
mod gateway;
mod process;
mod programs;
mod runtime_api;
mod settings;

pub use event_source::EventSource;
pub use field::Field;
pub use function::{Function, Tally};
pub use gateway::Gateway;
pub use process::{Failed, Process};
pub use runtime::Function as Kind;
pub use settings::Settings;
