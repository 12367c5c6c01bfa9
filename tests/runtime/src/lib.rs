//! A function's own program under Lambda's runtime interface emulator, without anything deployed: [`Rie`] runs it, and
//! [`Surroundings`] are what it meets there, an AWS emulator of its own and the stand-ins for Twilio and Airtable. A
//! [`Store`] takes recordings of any size, and a [`MemoryLimit`] shows that a function does not hold them.
//!
//! This is for tests: whatever is in their way ends them, with a sentence that says what it is.

mod aws;
mod environment;
mod http;
mod memory;
mod ports;
mod process;
mod rie;
mod stopped;
mod store;
mod surroundings;
mod workspace;

pub use aws::{Aws, Redelivery};
pub use environment::Environment;
pub use memory::{Memory, MemoryLimit};
pub use rie::Rie;
pub use stopped::Stopped;
pub use store::{Store, Stored};
pub use surroundings::{Function, Queues, Surroundings};
pub use workspace::{event, events};
