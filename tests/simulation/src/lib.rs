//! The whole installation in one process: the real handlers of the three functions on the world in memory, with all that
//! AWS and Twilio do around them, in virtual time and in any order (docs/decisions/018).
//!
//! A `Case` is one run: a scenario, or a storm of several, a seed, and the faults that meet it. It is played by
//! `play`, held against the `invariants`, and can be told in one line that plays it again. What is played is chosen
//! by `explore`.
#![cfg(feature = "driver")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a simulation that cannot go on has failed")]

mod case;
pub mod explore;
pub mod installation;
pub mod invariants;
mod log;
mod play;
pub mod scenarios;
mod script;
mod storm;

pub use case::{Case, InvalidCase};
pub use play::{Played, Watch, play};
