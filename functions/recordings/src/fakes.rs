//! The outside world in memory: every port, one fault injector, virtual time, and a journal of what took effect.
//!
//! A [`World`] is a handle on shared state. Each simulated invocation takes its own with [`World::worker`], so that a
//! crash ends that one alone. Nothing here knows real time, threads or chance: the same seed, settings and order of
//! polling give the same run.

mod airtable;
mod audio_store;
mod call;
mod call_control;
mod calls;
mod clock;
mod dead_letters;
mod deliveries;
mod documents;
mod faults;
mod issuers;
mod journal;
mod ledger;
mod legacy;
mod lists;
mod live;
mod markers;
mod message;
mod multipart;
mod orphans;
mod outside_settings;
mod plan;
mod provider;
mod provider_list;
mod queue;
mod queue_ports;
mod random;
mod replay;
mod retrievals;
mod run;
pub mod sample;
mod settings;
mod signing;
mod transcripts;
mod versions;
mod voice_agents;
mod waveforms;
mod world;

pub use airtable::{REQUESTS_PER_SECOND, THROTTLE_PENALTY};
pub use audio_store::FakeObject;
pub use dead_letters::DeadLetterBox;
pub use faults::{Call, Fault};
pub use journal::{Effect, Entry};
pub use message::Delivery;
pub use outside_settings::BucketSettings;
pub use plan::{Plan, Where};
pub use provider::{AtProvider, Body, ProviderRecording};
pub use queue_ports::QueueName;
pub use random::Dice;
pub use replay::{InvalidReplay, Replay};
pub use run::Halted;
pub use settings::{QueueSettings, Settings};
pub use world::World;

#[cfg(test)]
mod tests;
