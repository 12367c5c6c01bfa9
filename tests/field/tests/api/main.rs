//! The API on the functions' own programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod caller;
mod document;
mod erasure;
