//! What the template promises, as far as it can be read.

mod alarms;
mod behaviour;
mod policies;
mod runbook;
mod sources;
