//! What the transfer function promises, seen through its ports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod adoption;
mod again_and_again;
mod airtable;
mod airtable_limits;
mod audio;
mod bases;
mod canary;
mod control;
mod dead_letters;
mod deletion;
mod demand;
mod erasure;
mod events;
mod expiry;
mod flood;
mod going_on;
mod invariants;
mod large;
mod legacy;
mod line_urls;
mod listening;
mod logs;
mod main_job;
mod parties;
mod ports;
mod provider;
mod queues;
mod reconcile;
mod repair;
mod retrieval;
mod stage;
mod store;
mod transcripts;
mod unassigned;
mod unreported;
