//! What is set outside so that recordings would be lost is found, told and, where we were told to, mended.

use recordings::fakes::{Fault, Plan, Where, World, sample};
use recordings::ports::{AgentState, ErrorKind, VoiceAgents};
use recordings::recording::{Organisation, Provider};
use recordings::secrets::Secrets;
use serde_json::json;
use sweeper::config::Settings;
use sweeper::{Checkup, Job};

use crate::stage::{counts, job_for, settings};

const MINUTES: std::time::Duration = std::time::Duration::from_secs(240);

fn organisation() -> Organisation {
    Organisation::default_organisation()
}

/// `default` has every provider; at Vapi two assistants, at ElevenLabs an agent and a webhook in each state.
fn world() -> World {
    let world = World::new(1);
    let json = json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {"default": {
            "twilio": {"account_sid": format!("AC{:032x}", 1), "auth_token": sample::TWILIO_AUTH_TOKEN},
            "vapi": {"api_key": "v"},
            "elevenlabs": {"api_key": "e"},
        }},
    });
    world.set_secrets(Secrets::parse(&json.to_string()).unwrap());
    for (provider, id, state) in [
        (Provider::Vapi, "on", AgentState::Records),
        (Provider::Vapi, "off", AgentState::RecordingOff),
        (Provider::ElevenLabs, "fine", AgentState::Delivers { retries: Some(true) }),
        (Provider::ElevenLabs, "unknown", AgentState::Delivers { retries: None }),
        (Provider::ElevenLabs, "once", AgentState::Delivers { retries: Some(false) }),
        (Provider::ElevenLabs, "off", AgentState::Disabled),
        (Provider::ElevenLabs, "auto", AgentState::AutoDisabled),
        (Provider::ElevenLabs, "agent", AgentState::Records),
        (Provider::ElevenLabs, "mute", AgentState::RecordingOff),
        (Provider::ElevenLabs, "forgetful", AgentState::KeepsNothing),
        (Provider::ElevenLabs, "silent", AgentState::Untold),
    ] {
        world.put_agent(&organisation(), provider, id, state);
    }
    world
}

fn examine(world: &World, settings: &Settings) -> Checkup {
    let job = serde_json::from_str(include_str!("../../../../events/sweeper-doctor.json")).unwrap();
    job_for(world, settings, job, MINUTES).unwrap().doctor.unwrap()
}

/// What was found, by provider and subject, and whether it was mended.
fn findings(checkup: &Checkup) -> Vec<(&str, &str, &str, bool)> {
    let of = checkup.checks.iter().flat_map(|check| {
        let provider = check.provider.map_or("", Provider::as_str);
        check.findings.iter().map(move |it| (provider, it.subject.as_str(), it.what, it.mended))
    });
    of.collect()
}

#[test]
fn what_would_lose_recordings_is_found() {
    let world = world();
    let checkup = examine(&world, &settings());
    let expected = [
        ("vapi", "off", "recording_off", false),
        ("elevenlabs", "once", "webhook_without_retry", false),
        ("elevenlabs", "off", "webhook_disabled", false),
        ("elevenlabs", "auto", "webhook_auto_disabled", false),
        ("elevenlabs", "mute", "recording_off", false),
        ("elevenlabs", "forgetful", "recording_not_kept", false),
        ("elevenlabs", "silent", "webhook_missing", false),
    ];
    assert_eq!(findings(&checkup), expected);
    assert_eq!(checkup.checks.iter().map(|check| check.looked_at).collect::<Vec<_>>(), [2, 9]);
    assert!(checkup.checks.iter().all(|check| check.failed.is_none()));
    let kept = world.document("cursors/doctor.json").unwrap();
    assert!(kept.contains("webhook_auto_disabled") && kept.contains("2"), "{kept}");
}

#[test]
fn an_assistant_is_switched_on_only_where_we_were_told_to() {
    let world = world();
    let enforcing = Settings { enforce_recording: true, ..settings() };
    assert_eq!(findings(&examine(&world, &enforcing))[0], ("vapi", "off", "recording_off", true));
    let told = world.run(world.settings(&organisation(), Provider::Vapi)).unwrap();
    assert!(told.settings.iter().all(|setting| setting.state == AgentState::Records), "{told:?}");
    let still = examine(&world, &enforcing);
    assert!(findings(&still).iter().all(|(provider, ..)| *provider == "elevenlabs"), "it stays on");
    assert!(findings(&still).contains(&("elevenlabs", "mute", "recording_off", false)), "this is not Vapi's");
    let asked = world.calls().into_iter().filter(|call| call.operation == "record").count();
    assert_eq!(asked, 1, "what people have to set is not asked for");
}

#[test]
fn an_assistant_that_cannot_be_switched_on_is_a_finding_still() {
    let world = world();
    let refused = Where::ports(&["VoiceAgents"]).operation("record");
    world.set_plan(Plan::none().always(refused, Fault::ErrorBefore(ErrorKind::Refused)));
    let enforcing = Settings { enforce_recording: true, ..settings() };
    assert_eq!(findings(&examine(&world, &enforcing))[0], ("vapi", "off", "recording_off", false));
}

#[test]
fn a_provider_that_cannot_be_asked_hides_nothing_of_the_others() {
    let world = world();
    let down = Where::ports(&["VoiceAgents"]).key("default/vapi");
    world.set_plan(Plan::none().always(down, Fault::ErrorBefore(ErrorKind::Unavailable)));
    let checkup = examine(&world, &settings());
    assert_eq!(checkup.checks[0].failed, Some("unavailable"));
    assert_eq!(findings(&checkup).len(), 6);
}

#[test]
fn what_is_found_is_counted_by_its_provider() {
    let counted = counts(&world(), Job::Doctor);
    let expected = [(("doctor_finding", Some(Provider::Vapi)), 1), (("doctor_finding", Some(Provider::ElevenLabs)), 1)];
    assert_eq!(counted, expected, "once for each check, with the number of findings");
}
