//! News of recordings as it happens, for whoever has a page open: who listens, how one is let in, and what is told.
//!
//! All who listen for an organisation stand in one small document in the bucket, so that a transfer learns with one read
//! whether anybody does. It is replaced by compare-and-swap, and so it also keeps a ticket from being used twice.

mod connection;
mod news;
mod ticket;

pub use connection::{Connection, ConnectionId, Listeners, Refused};
pub use news::{Named, News};
pub use ticket::{TICKET_LIFE, Ticket};
