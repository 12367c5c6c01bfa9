//! What has to hold whatever comes in from outside: one body for each place where bytes do.
//!
//! A body takes any bytes, gives them to our code as the outside would, and panics when a promise is broken. The property
//! tests of this crate call the bodies, and so do the fuzz targets in `fuzz/`: see `docs/decisions/020`.
#![cfg(any(test, feature = "bodies"))]
#![expect(clippy::unwrap_used, reason = "a body that cannot go on has found something")]

mod canary;
mod input;
mod log;
mod targets;

mod audio;
mod history_text;
mod link_tokens;
mod messages;

mod agent_answers;
mod airtable_answers;
mod provider;
mod twilio_answers;

mod agent_webhooks;
mod gateway_events;
mod queue_events;
mod signatures;
mod webhook_forms;
mod webhook_scene;

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod properties;

pub use targets::{TARGETS, Target, Verdict, run};
