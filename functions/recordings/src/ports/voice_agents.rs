use std::fmt;
use std::future::Future;
use std::str::FromStr;

use serde::Serialize;

use super::PortError;
use crate::recording::{InvalidId, Organisation, Provider};

/// Tells how voice agents are set at their provider, as far as recordings depend on it, and has them record.
pub trait VoiceAgents: Sync {
    /// The settings of an organisation at a provider, all of them.
    ///
    /// # Errors
    /// [`Invalid`](super::ErrorKind::Invalid) also for a provider that has no voice agents.
    fn settings(
        &self,
        organisation: &Organisation,
        provider: Provider,
    ) -> impl Future<Output = Result<AgentSettings, PortError>> + Send;

    /// Has an agent record from now on; one that does already is left as it is.
    ///
    /// # Errors
    /// [`NotFound`](super::ErrorKind::NotFound) when there is no such agent, [`Invalid`](super::ErrorKind::Invalid) where
    /// agents are for people to set.
    fn record(
        &self,
        organisation: &Organisation,
        provider: Provider,
        agent: &AgentId,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What a provider tells of its settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentSettings {
    /// Each that makes sense.
    pub settings: Vec<AgentSetting>,
    /// How many make none.
    pub strange: u32,
}

/// A setting: of an assistant, or of a webhook that tells of its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSetting {
    /// Whose.
    pub id: AgentId,
    /// How it is.
    pub state: AgentState,
}

/// How a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentState {
    /// An assistant whose calls are recorded.
    Records,
    /// An assistant whose calls are not recorded.
    RecordingOff,
    /// An assistant whose calls are recorded, and the recordings deleted as soon as the call is over.
    KeepsNothing,
    /// An assistant whose calls are recorded, and no webhook told of them.
    Untold,
    /// A webhook that is on.
    Delivers {
        /// Whether what could not be delivered is tried again, where the provider says.
        retries: Option<bool>,
    },
    /// A webhook that somebody switched off.
    Disabled,
    /// A webhook that the provider switched off, because it failed for long.
    AutoDisabled,
}

/// The id of an assistant or a webhook at its provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct AgentId(String);

impl AgentId {
    /// The id as the provider writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AgentId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_id = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let invalid = InvalidId { what: "agent id", expected: "^[A-Za-z0-9_-]{1,64}$" };
        if is_id { Ok(Self(text.to_owned())) } else { Err(invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agents_id_is_safe_in_a_path() {
        assert!("00000000-0000-4000-8000-00000000000a".parse::<AgentId>().is_ok());
        for bad in ["", "..", "a/b", "a b", "é", &"a".repeat(65)] {
            assert!(bad.parse::<AgentId>().is_err(), "{bad}");
        }
    }
}
