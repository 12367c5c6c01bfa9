//! What the installation does whatever goes wrong, in whatever order.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod first;
