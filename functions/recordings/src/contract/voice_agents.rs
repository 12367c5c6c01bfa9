use super::outcome::{done, fails_with};
use crate::ports::{AgentId, AgentSetting, AgentState, ErrorKind, VoiceAgents};
use crate::recording::{Organisation, Provider};

/// An assistant whose recording is off is told apart from others, and records once it was told to, however often. The
/// organisation has `off` and `on` at the provider, and nobody knows `stranger`.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn voice_agents(
    port: &impl VoiceAgents,
    organisation: &Organisation,
    provider: Provider,
    [off, on, stranger]: [&AgentId; 3],
) {
    let state_of = async |id: &AgentId| {
        let told = done("settings", port.settings(organisation, provider).await);
        assert_eq!((told.settings.len(), told.strange), (2, 0), "{told:?}");
        told.settings.into_iter().find(|setting| setting.id == *id).map(|setting| setting.state)
    };
    assert_eq!(state_of(off).await, Some(AgentState::RecordingOff));
    assert_eq!(state_of(on).await, Some(AgentState::Records));
    for id in [off, off, on] {
        done("record", port.record(organisation, provider, id).await);
        assert_eq!(state_of(id).await, Some(AgentState::Records));
    }
    fails_with("an agent that nobody knows", ErrorKind::NotFound, port.record(organisation, provider, stranger).await);
    fails_with("a provider without", ErrorKind::Invalid, port.settings(organisation, Provider::Twilio).await);
}

/// How agents and webhooks are is told, of each of them, and to nobody else. They are `expected` of the organisation at the
/// provider, which leaves it to people to set them.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn voice_agents_for_people_to_set(
    port: &impl VoiceAgents,
    organisation: &Organisation,
    provider: Provider,
    expected: &[AgentSetting],
) {
    let ordered = |mut settings: Vec<AgentSetting>| {
        settings.sort_by(|one, other| one.id.cmp(&other.id));
        settings
    };
    for setting in expected {
        fails_with("to be set by people", ErrorKind::Invalid, port.record(organisation, provider, &setting.id).await);
        let told = done("settings", port.settings(organisation, provider).await);
        assert_eq!((ordered(told.settings), told.strange), (ordered(expected.to_vec()), 0));
    }
    fails_with("a provider without", ErrorKind::Invalid, port.settings(organisation, Provider::Twilio).await);
}
