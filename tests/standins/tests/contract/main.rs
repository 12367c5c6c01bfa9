//! What the stand-ins promise to those who test against them, seen through their sockets.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod agents;
mod airtable_limits;
mod airtable_reading;
mod airtable_writing;
mod aws;
mod control;
mod faults;
mod http;
mod judges;
mod program;
mod receiver;
mod scene;
mod twilio_lists;
mod twilio_media;
mod twilio_removal;
mod twilio_webhooks;
