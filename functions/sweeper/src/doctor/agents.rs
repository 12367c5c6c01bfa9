//! Whether every assistant records, and every webhook that tells of its calls is on.

use recordings::ports::{AgentSetting, AgentState, VoiceAgents};
use recordings::recording::{Organisation, Provider};

use super::{Check, Finding, failed};
use crate::Ports;
use crate::config::Settings;

const NAME: &str = "voice_agents";

/// The check before it looked at anything.
pub(super) fn nothing(organisation: &Organisation, provider: Provider) -> Check {
    let organisation = Some(organisation.clone());
    Check { name: NAME, organisation, provider: Some(provider), looked_at: 0, failed: None, findings: Vec::new() }
}

pub(super) async fn check(
    ports: &impl Ports,
    settings: &Settings,
    organisation: &Organisation,
    provider: Provider,
) -> Check {
    let mut check = nothing(organisation, provider);
    let told = match ports.agents().settings(organisation, provider).await {
        Ok(told) => told,
        Err(error) => return Check { failed: Some(failed(NAME, &error)), ..check },
    };
    check.looked_at = u32::try_from(told.settings.len()).unwrap_or(u32::MAX).saturating_add(told.strange);
    for setting in &told.settings {
        let Some((what, advice)) = finding(provider, setting.state) else { continue };
        let mended = setting.state == AgentState::RecordingOff
            && provider == Provider::Vapi
            && settings.enforce_recording
            && switch_on(ports, organisation, provider, setting).await;
        check.findings.push(Finding { what, subject: setting.id.to_string(), advice, mended });
    }
    if told.strange > 0 {
        let advice = "Look at the provider's own list: some of it makes no sense to Tapeline, and was not checked.";
        let subject = told.strange.to_string();
        check.findings.push(Finding { what: "setting_not_understood", subject, advice, mended: false });
    }
    check
}

async fn switch_on(
    ports: &impl Ports,
    organisation: &Organisation,
    provider: Provider,
    setting: &AgentSetting,
) -> bool {
    match ports.agents().record(organisation, provider, &setting.id).await {
        Ok(()) => true,
        Err(error) => {
            failed(NAME, &error);
            false
        }
    }
}

/// What is wrong with a setting, and what to do about it.
fn finding(provider: Provider, state: AgentState) -> Option<(&'static str, &'static str)> {
    match state {
        AgentState::Records | AgentState::Delivers { retries: Some(true) | None } => None,
        AgentState::RecordingOff if provider == Provider::ElevenLabs => {
            Some(("recording_off", "Switch on the saving of audio in the agent's privacy settings."))
        }
        AgentState::RecordingOff => Some((
            "recording_off",
            "Set artifactPlan.recordingEnabled of the assistant, or VAPI_ENFORCE_RECORDING=true to have it set each day.",
        )),
        AgentState::KeepsNothing => Some((
            "recording_not_kept",
            "Let the agent keep audio for some days: it is deleted before anybody can fetch it.",
        )),
        AgentState::Untold => Some((
            "webhook_missing",
            "Choose the webhook for the agent, or for its workspace, with the event transcript; recordings come by \
             reconciliation only meanwhile.",
        )),
        AgentState::Delivers { retries: Some(false) } => Some((
            "webhook_without_retry",
            "Switch on retries of the webhook, else each failed delivery waits for the hourly reconciliation.",
        )),
        AgentState::Disabled => Some((
            "webhook_disabled",
            "Switch the webhook on, or delete it if it is not ours; recordings come by reconciliation only meanwhile.",
        )),
        AgentState::AutoDisabled => Some((
            "webhook_auto_disabled",
            "The provider switched the webhook off after ten failures in a row: mend what failed, then switch it on by hand.",
        )),
    }
}
