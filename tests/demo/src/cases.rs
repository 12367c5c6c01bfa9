//! The cases that the demonstration tells, one after another. Each says what is wrong with what it saw; nothing means
//! that it went as promised.

mod agents;
mod airtable;
mod arriving;
mod bucket_down;
mod failing;
mod finish;
mod lost;
mod steps;
mod told;
mod unwanted;

pub use agents::{elevenlabs_conversation, transcript_only, vapi_call};
pub use airtable::{airtable_throttled, unassigned};
pub use arriving::{duplicate, job_found_by_call, one_hour, short_call, ten_minutes, two_of_one_call};
pub use bucket_down::bucket_down_at_first;
pub use failing::not_ready_at_first;
pub use lost::lost_webhook;
pub use told::{Answered, Step, Told};
pub use unwanted::{forged, too_short};
