use std::time::Duration;

use jiff::Timestamp;

use crate::link::{LinkKeys, NotOurLink};
use crate::recording::Organisation;

/// How long a ticket may be kept before it is used: a page uses it at once.
pub const TICKET_LIFE: Duration = Duration::from_secs(60);

/// The longest that API Gateway leaves a WebSocket open.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
const LONGEST_CONNECTION: Duration = Duration::from_hours(2);

/// What keeps the seal of a ticket from being one for anything else.
const PURPOSE: &str = "live ticket 1";

/// What admits one connection. A browser cannot send a token along when it opens a WebSocket, and in an address a token would
/// be logged on its way; a ticket in its place is worth nothing once it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Whose news the connection hears.
    pub organisation: Organisation,
    /// Tells this ticket from all others.
    pub number: u64,
    /// Until when it may be used, in whole seconds.
    pub good_until: Timestamp,
    /// Until when the connection hears anything, in whole seconds: no longer than the token that the ticket was asked for
    /// with is good.
    pub hears_until: Timestamp,
}

impl Ticket {
    /// A ticket for the bearer of a token that ends at `token_ends`.
    pub fn new(organisation: Organisation, number: u64, token_ends: Timestamp, now: Timestamp) -> Self {
        let after = |time: Duration| now.saturating_add(time).unwrap_or(token_ends).min(token_ends);
        let (good_until, hears_until) = (seconds(after(TICKET_LIFE)), seconds(after(LONGEST_CONNECTION)));
        Self { organisation, number, good_until, hears_until }
    }

    /// The ticket as it is handed out.
    pub fn seal(&self, keys: &LinkKeys) -> String {
        let Self { organisation, number, good_until, hears_until } = self;
        let (good_until, hears_until) = (good_until.as_second(), hears_until.as_second());
        keys.seal_place(PURPOSE, &format!("{organisation}/{number:016x}/{good_until}/{hears_until}"))
    }

    /// Reads a ticket that this installation handed out and that may still be used.
    ///
    /// # Errors
    /// [`NotOurLink`] for everything else.
    pub fn open(keys: &LinkKeys, sealed: &str, now: Timestamp) -> Result<Self, NotOurLink> {
        let ticket = read(&keys.open_place(PURPOSE, sealed)?).ok_or(NotOurLink)?;
        if now < ticket.good_until { Ok(ticket) } else { Err(NotOurLink) }
    }
}

fn read(text: &str) -> Option<Ticket> {
    let mut parts = text.split('/');
    let organisation = parts.next()?.parse().ok()?;
    let number = u64::from_str_radix(parts.next()?, 16).ok()?;
    let mut moment = || Timestamp::from_second(parts.next()?.parse().ok()?).ok();
    let (good_until, hears_until) = (moment()?, moment()?);
    parts.next().is_none().then_some(Ticket { organisation, number, good_until, hears_until })
}

fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
#[path = "ticket_tests.rs"]
mod tests;
