//! Recordings that are large or slow, with the program itself under the runtime interface emulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod gigabyte;
mod slow;
mod stage;
