//! What the sweeper's jobs promise, seen through its ports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod call_notes;
mod dead_letters;
mod doctor;
mod expired;
mod figures;
mod lines;
mod open_markers;
mod orphans;
mod reconcile;
mod redrive;
mod retries;
mod stage;
