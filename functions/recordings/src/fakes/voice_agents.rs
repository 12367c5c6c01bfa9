use std::collections::BTreeMap;

use super::World;
use super::call::{reads, writes};
use crate::ports::{AgentId, AgentSetting, AgentSettings, AgentState, ErrorKind, PortError, VoiceAgents};
use crate::recording::{Organisation, Provider};

/// How voice agents are set, by whose they are.
#[derive(Default)]
pub(super) struct Agents(BTreeMap<(Organisation, Provider), Vec<AgentSetting>>);

impl VoiceAgents for World {
    async fn settings(&self, organisation: &Organisation, provider: Provider) -> Result<AgentSettings, PortError> {
        let of = (organisation.clone(), provider);
        self.call(reads("VoiceAgents", "settings"), format!("{organisation}/{provider}"), move |state| {
            if of.1 == Provider::Twilio {
                return Err(PortError::new(ErrorKind::Invalid, "list voice agents", "Twilio has none"));
            }
            let settings = state.agents.0.get(&of).cloned().unwrap_or_default();
            Ok(AgentSettings { settings, strange: 0 })
        })
        .await
    }

    async fn record(&self, organisation: &Organisation, provider: Provider, agent: &AgentId) -> Result<(), PortError> {
        let (of, agent) = ((organisation.clone(), provider), agent.clone());
        self.call(writes("VoiceAgents", "record"), format!("{organisation}/{provider}/{agent}"), move |state| {
            if of.1 != Provider::Vapi {
                return Err(PortError::new(ErrorKind::Invalid, "have an agent record", "for people to set"));
            }
            let settings = state.agents.0.entry(of).or_default();
            match settings.iter_mut().find(|setting| setting.id == agent) {
                Some(setting) => setting.state = AgentState::Records,
                None => return Err(PortError::new(ErrorKind::NotFound, "have an agent record", "")),
            }
            Ok(())
        })
        .await
    }
}

impl World {
    /// Puts a setting at a provider.
    ///
    /// # Panics
    /// When the id is none.
    pub fn put_agent(&self, organisation: &Organisation, provider: Provider, id: &str, state: AgentState) {
        let id = id.parse().unwrap_or_else(|error| panic!("an agent's id: {error}"));
        let of = (organisation.clone(), provider);
        self.state().agents.0.entry(of).or_default().push(AgentSetting { id, state });
    }
}
