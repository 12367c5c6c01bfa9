//! What the sweeper's retry job promises, seen through its ports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod open_markers;
mod retries;
mod stage;
