//! What Tapeline's three functions share: the domain, the messages between the functions, the ports and their adapters.
//!
//! Data flows down this list only; each module may use those above it.

pub mod audio;
pub mod recording;

pub mod object_key;

pub mod history_line;
pub mod link;
pub mod retry_schedule;

pub mod ledger_entry;
pub mod live;
pub mod retrieval;
pub mod secrets;

pub mod call_control;

pub mod messages;
pub mod ports;

pub mod adapters;

pub mod env;
pub mod telemetry;

#[cfg(feature = "fakes")]
pub mod contract;
#[cfg(feature = "fakes")]
pub mod fakes;
