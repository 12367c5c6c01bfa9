//! What an operator does: installs, changes what is deployed, and brings back what is broken, each on a stack of its own.
//!
//! What the documents say to do is done: their commands are taken out of them and run as they stand there. What has to be another
//! thing on this machine is given by the environment: where AWS is and who asks, the name of the stack, and the file with the
//! credentials (`FILE`), which is nobody's own here.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod deployments;
mod document;
mod install;
mod recovery;
mod shell;
