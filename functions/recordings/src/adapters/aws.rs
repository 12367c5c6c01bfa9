//! The ports made of S3, SQS, STS, Secrets Manager and API Gateway. One struct per permission group.

mod audio_lists;
mod audio_store;
mod audit_log;
mod bucket;
mod bucket_look;
mod call_control;
mod call_notes;
mod clients;
mod connector;
mod cursors;
mod day_index;
mod dead_letters;
mod errors;
mod ledger;
mod link_signer;
mod listeners;
mod live_api;
mod open_markers;
mod orphans;
mod queues;
mod receipts;
mod retrievals;
mod retry_queue;
mod secrets_manager;
mod traces;
mod transcripts;
mod waveforms;

pub use audio_lists::S3AudioLists;
pub use audio_store::S3AudioStore;
pub use audit_log::S3AuditLog;
pub use bucket_look::S3BucketLook;
pub use call_control::S3CallControl;
pub use call_notes::S3CallNotes;
pub use clients::{Clients, Settings};
pub use cursors::S3Cursors;
pub use day_index::S3DayIndex;
pub use dead_letters::SqsDeadLetters;
pub use ledger::S3Ledger;
pub use link_signer::{S3LinkSigner, Signing};
pub use listeners::S3Listeners;
pub use live_api::LiveApi;
pub use open_markers::S3OpenMarkers;
pub use orphans::S3Orphans;
pub use queues::{SqsHistoryQueue, SqsTransferQueue};
pub use receipts::S3Receipts;
pub use retrievals::S3Retrievals;
pub use retry_queue::SqsRetryQueue;
pub use secrets_manager::SecretsManager;
pub use traces::S3Traces;
pub use transcripts::S3Transcripts;
pub use waveforms::S3Waveforms;

#[cfg(test)]
mod wire;
