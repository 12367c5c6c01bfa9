//! What the functions need from the world, one trait per permission.
//!
//! A function's signature names the ports that it uses, and its IAM policy grants exactly those. Every implementation,
//! in memory or real, passes the same contract.

mod airtable;
mod audio_lists;
mod audio_store;
mod audit;
mod bucket_look;
mod call_control;
mod calls;
mod error;
mod issuer;
mod job_table;
mod ledger;
mod legacy;
mod live;
mod orphans;
mod phone_numbers;
mod provider;
mod provider_list;
mod queues;
mod retrievals;
mod traces;
mod transcripts;
mod voice_agents;
mod waveforms;
mod world;

pub use airtable::{HistoryUpdate, JobFind, JobKey, JobRecord, Jobs};
pub use audio_lists::{AudioList, AudioPage, ListedAudio, UploadList, UploadPage, UploadPlace, UploadUnderWay};
pub use audio_store::{AudioLook, AudioObject, AudioRead, AudioStore, AudioTag, Part, Put, Upload};
pub use audit::{Access, AuditLog, AuditPage, AuditRead, AuditRecord};
pub use bucket_look::{BucketEncryption, BucketLook, Expires, LifecycleRule, PublicAccess};
pub use call_control::{CallControlRead, CallControlWrite, VersionedControl};
pub use calls::{CallNoteList, CallNotePage, CallNoteRemove, CallNotes, CallRecordings};
pub use error::{Advice, ErrorKind, PortError};
pub use issuer::IssuerKeys;
pub use job_table::{JobField, JobTable, TableState};
pub use ledger::{
    CallEntries, CursorRead, Cursors, DayIndex, DayIndexList, DayPage, LedgerRead, LedgerWrite, OpenFolders,
    OpenMarker, OpenMarkerList, OpenMarkerRemove, OpenMarkerWrite, OpenPage, Version, Versioned,
};
pub use legacy::LegacyAudio;
pub use live::{ListenersRead, ListenersWrite, LiveChannel, Sent};
pub use orphans::{Aside, DeletedBecause, ErasureReceipt, ErasureReceipts, Orphans, Receipt, Receipts, Removed};
pub use phone_numbers::{NumberId, NumberSetting, NumberSettings, PhoneNumbers};
pub use provider::{AudioSlice, AudioSlices, AudioSource, FetchError, OpenedAudio, ProviderCopies, StoppedAt};
pub use provider_list::{ListCursor, ListPage, ListedRecording, Oddity, ProviderList, RecordingList, Standing};
pub use queues::{
    DeadLetter, DeadLetters, HistoryQueue, Redrive, RetryQueue, RetryQueueConsume, TransferQueue, WaitingRetry,
};
pub use retrievals::{RetrievalRead, RetrievalWrite};
pub use traces::{Trace, TraceRemove, TraceVersion, Traces};
pub use transcripts::{TranscriptRead, TranscriptSource, TranscriptStore};
pub use voice_agents::{AgentId, AgentSetting, AgentSettings, AgentState, VoiceAgents};
pub use waveforms::{WaveformRead, WaveformStore};
pub use world::{Clock, Installation, LinkSigner, Method, Random, SecretAge, SecretSource, SignedUrl};
