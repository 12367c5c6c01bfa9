use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Ticket;
use crate::recording::InvalidId;

/// How many may listen for one organisation at a time: every piece of news is sent to each of them.
const MOST_LISTENERS: usize = 100;

/// API Gateway's name of an open WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionId {
    type Err = InvalidId;

    /// Base64 as a rule, such as `L0SM9cOFvHcCIhw=`; no rule is documented, so that anything is let in that does no harm in a
    /// path.
    /// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'-' | b'_' | b'+');
        if (1..=128).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidId { what: "connection id", expected: "up to 128 characters of base64" })
    }
}

impl TryFrom<String> for ConnectionId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ConnectionId> for String {
    fn from(id: ConnectionId) -> Self {
        id.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long API Gateway may take to open what was let in: it waits for our answer for 29 seconds at the most. Until then whoever
/// is sent something is told that nobody is there.
const BEING_OPENED: SignedDuration = SignedDuration::from_secs(30);

/// Somebody who listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The WebSocket.
    pub id: ConnectionId,
    /// When it was let in.
    pub since: Timestamp,
    /// Until when there is news for it.
    pub until: Timestamp,
}

/// A ticket that was used, until it is good no longer in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct UsedTicket {
    number: u64,
    until: Timestamp,
}

/// All who listen for one organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listeners {
    open: Vec<Connection>,
    used: Vec<UsedTicket>,
}

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The ticket let in another connection.
    #[error("the ticket was used")]
    Used,
    /// So many listen that nobody else can.
    #[error("{MOST_LISTENERS} listen already")]
    Full,
}

impl Listeners {
    /// Lets a connection in, and forgets those that are over.
    ///
    /// # Errors
    /// [`Refused`] when it may not listen.
    pub fn admit(&mut self, ticket: &Ticket, id: ConnectionId, now: Timestamp) -> Result<(), Refused> {
        self.open.retain(|connection| now < connection.until);
        self.used.retain(|used| now < used.until);
        if self.used.iter().any(|used| used.number == ticket.number) {
            return Err(Refused::Used);
        }
        if self.open.len() >= MOST_LISTENERS {
            return Err(Refused::Full);
        }
        self.open.push(Connection { id, since: now, until: ticket.hears_until });
        self.used.push(UsedTicket { number: ticket.number, until: ticket.good_until });
        Ok(())
    }

    /// Those who listen now.
    pub fn at(&self, now: Timestamp) -> impl Iterator<Item = &ConnectionId> {
        self.open.iter().filter(move |connection| now < connection.until).map(|connection| &connection.id)
    }

    /// Strikes off those who have gone, and says whether anybody was. Who was let in a moment ago may not have come yet.
    pub fn strike_off(&mut self, gone: &[ConnectionId], now: Timestamp) -> bool {
        let before = self.open.len();
        let may_come = |connection: &Connection| now.duration_since(connection.since) < BEING_OPENED;
        self.open.retain(|connection| may_come(connection) || !gone.contains(&connection.id));
        self.open.len() < before
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
