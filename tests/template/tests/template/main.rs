//! What the template promises, as far as it can be read.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alarms;
mod behaviour;
mod costs;
mod events;
mod policies;
mod runbook;
mod sources;
