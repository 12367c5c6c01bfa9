//! What every implementation of a port does, in memory or real.
//!
//! Each function panics with what was broken. All take fresh ids from [`Names`], so that they can run again and again
//! on a store that others use too, and none waits longer than its port does.

mod audio_store;
mod call_control;
mod calls;
mod indexes;
mod jobs;
mod ledger;
mod legacy;
mod lists;
mod live;
mod multipart;
mod names;
mod open_markers;
mod orphans;
mod outcome;
mod outside_settings;
mod provider;
mod provider_list;
mod queues;
mod retrievals;
mod signing;
mod traces;
mod transcripts;
mod voice_agents;
mod waveforms;

pub use audio_store::{audio_store, audio_tag};
pub use call_control::call_control;
pub use calls::{call_entries, call_notes, call_recordings};
pub use indexes::{audit_log, cursors};
pub use jobs::{job_table, jobs};
pub use ledger::ledger;
pub use legacy::legacy_audio;
pub use lists::{audio_list, day_index, upload_list};
pub use live::{listeners, live_channel};
pub use multipart::{multipart, multipart_refusals, multipart_small_parts};
pub use names::Names;
pub use open_markers::open_markers;
pub use orphans::{orphans, orphans_that_meet, receipts};
pub use outside_settings::{bucket_look, phone_numbers};
pub use provider::{audio_slices, audio_source, provider_copies, provider_that_throttles};
pub use provider_list::{provider_list, provider_list_of_nobody, provider_list_while_it_changes};
pub use queues::{dead_letters, history_queue, retry_queue, transfer_queue};
pub use retrievals::retrievals;
pub use signing::{installation, link_signer, secret_age};
pub use traces::{erasure_receipts, traces};
pub use transcripts::{transcript_source, transcripts};
pub use voice_agents::{voice_agents, voice_agents_for_people_to_set};
pub use waveforms::waveforms;

#[cfg(test)]
#[path = "contract/fakes_tests.rs"]
mod tests;
