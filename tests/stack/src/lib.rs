//! The whole system on one machine: the real template deployed to an AWS emulator, the functions as its Lambdas, the
//! stand-ins for Twilio and Airtable, and an *edge* that gives the API a stable address. Everything listens on
//! 127.0.0.1, and everything it writes is below `.local/`.
//!
//! [`Stack::up`] starts what is not running yet, builds, deploys, and answers with a handle; [`Stack::attach`] gives the
//! same handle to another process; [`Stack::down`] ends what was started and nothing else.

mod aws;
mod daemon;
mod deployment;
mod edge;
mod emulator;
mod error;
mod options;
mod parts;
mod place;
mod programs;
mod raising;
mod record;
mod sam;
mod secret;
mod stack;
mod tool;
mod waiting;
mod watching;

pub use aws::AwsAccess;
pub use deployment::Outputs;
pub use edge::Edge;
pub use error::StackError;
pub use options::{Options, Ports};
pub use secret::LocalSecret;
pub use stack::{Function, Stack};
