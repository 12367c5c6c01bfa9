//! What the functions need from the world, one trait per permission.
//!
//! A function's signature names the ports that it uses, and its IAM policy grants exactly those. Every implementation,
//! in memory or real, passes the same contract.

mod airtable;
mod audio_store;
mod error;
mod ledger;
mod provider;
mod provider_list;
mod queues;
mod world;

pub use airtable::{HistoryUpdate, JobKey, JobRecord, Jobs};
pub use audio_store::{AudioLook, AudioObject, AudioRead, AudioStore, Part, Put, Upload};
pub use error::{Advice, ErrorKind, PortError};
pub use ledger::{
    AuditLog, AuditRecord, CallNotes, Cursors, DayIndex, LedgerRead, LedgerWrite, OpenMarkerList, OpenMarkerRemove,
    OpenMarkerWrite, OpenPage, Version, Versioned,
};
pub use provider::{AudioSlice, AudioSlices, AudioSource, FetchError, OpenedAudio, ProviderCopies, StoppedAt};
pub use provider_list::{ListCursor, ListPage, ListedRecording, Oddity, ProviderList, RecordingList, Standing};
pub use queues::{
    DeadLetter, DeadLetters, HistoryQueue, Redrive, RetryQueue, RetryQueueConsume, TransferQueue, WaitingRetry,
};
pub use world::{Clock, LinkSigner, Method, Random, SecretSource, SignedUrl};
