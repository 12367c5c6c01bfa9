//! The functions' own programs, while everybody they meet fails and they themselves are killed with SIGKILL; and then a
//! look at whether anything was lost, written twice, or stored wrong. [`run()`] does it; `make chaos` at full size.
//!
//! - [`Storm`] decides by a seed which calls fail and how: Twilio's API and media host, Airtable, S3, SQS, Secrets Manager.
//! - the killer waits until a process has an invocation, and then kills it at a random moment.
//! - the flood makes recordings and reports them, some twice, until enough of them met a fault.
//! - the audit compares what is left with what was made.
//!
//! The seed decides what is struck and how; when the processes come to it the machine decides, so that a run is not
//! repeated to the letter.

mod audit;
mod figures;
mod flood;
mod killer;
mod numbers;
mod run;
mod trap;
mod weather;

pub use figures::Figures;
pub use run::{Plan, Report, run};
pub use weather::{Kind, Place, Storm};
