//! Every provider's list is compared, of each organisation those that it has credentials for.

use recordings::fakes::{Fault, Plan, ProviderRecording, Where, World, sample};
use recordings::ports::ErrorKind;
use recordings::recording::{Provider, RecordingRef};
use recordings::secrets::Secrets;
use sweeper::Job;

use super::{LATER, completed, reconcile, sent_ids};
use crate::stage::counts;

/// `default` has every provider, `acme` Vapi alone.
fn world() -> World {
    let world = World::new(1);
    let json = serde_json::json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {
            "default": {
                "twilio": {"account_sid": format!("AC{:032x}", 1), "auth_token": sample::TWILIO_AUTH_TOKEN},
                "vapi": {"api_key": "v"},
                "elevenlabs": {"api_key": "e"},
            },
            "acme": {"vapi": {"api_key": "v"}},
        },
    });
    world.set_secrets(Secrets::parse(&json.to_string()).unwrap());
    world
}

fn of(organisation: &str, provider: Provider, n: u64) -> RecordingRef {
    match provider {
        Provider::Twilio => sample::recording_of(organisation, n, n),
        Provider::Vapi => {
            let call = format!("00000000-0000-4000-8000-{n:012x}");
            RecordingRef::parse(organisation, provider, &call, "mono").unwrap()
        }
        Provider::ElevenLabs => RecordingRef::parse(organisation, provider, &format!("conv_{n}"), "audio").unwrap(),
    }
}

/// A recording at each account, and one that is nobody's business.
fn made(world: &World) -> Vec<RecordingRef> {
    let mut ours: Vec<_> = Provider::ALL.into_iter().map(|provider| of("default", provider, 1)).collect();
    ours.push(of("acme", Provider::Vapi, 2));
    for recording in ours.iter().chain([&of("acme", Provider::Twilio, 3)]) {
        world.put_provider_recording(recording, completed(1));
    }
    world.advance(LATER);
    ours.sort();
    ours
}

#[test]
fn what_any_provider_holds_is_brought_home() {
    let world = world();
    let ours = made(&world);
    let held = reconcile(&world);
    assert_eq!((held.acts.repaired, sent_ids(&world)), (4, ours));
    let meter = held.loss_meter.unwrap();
    assert_eq!((meter.inventory.listed, meter.acts.repaired, meter.unlisted), (4, 4, 0), "all of them together");
    assert_eq!(reconcile(&world).acts.repaired, 0);
}

#[test]
fn the_figures_are_each_providers_own() {
    let world = world();
    made(&world);
    let counted = counts(&world, Job::Reconcile);
    for (provider, repaired) in [(Provider::Twilio, 1), (Provider::Vapi, 2), (Provider::ElevenLabs, 1)] {
        for (name, times) in [("repaired", repaired), ("meter_listed", 1), ("meter_oldest_open", 1)] {
            let found = counted.iter().find(|(figure, _)| *figure == (name, Some(provider)));
            assert_eq!(found.map(|(_, times)| *times), Some(times), "{name} of {provider}: {counted:?}");
        }
    }
}

#[test]
fn a_provider_whose_list_cannot_be_had_holds_up_neither_the_others_nor_other_organisations() {
    for provider in Provider::ALL {
        let world = world();
        let ours = made(&world);
        let down = Where::ports(&["ProviderList"]).key(&format!("default/{provider}/"));
        world.set_plan(Plan::none().always(down, Fault::ErrorBefore(ErrorKind::Unavailable)));
        let held = reconcile(&world);
        assert_eq!((held.unlisted, held.loss_meter.unwrap().unlisted), (1, 1));
        let others: Vec<_> = ours.into_iter().filter(|it| *it != of("default", provider, 1)).collect();
        assert_eq!(sent_ids(&world), others, "{provider}");
    }
}

#[test]
fn what_was_made_before_the_scope_is_nobodys_business_at_any_provider() {
    let world = world();
    let early = world.time() - jiff::SignedDuration::from_hours(1);
    for provider in Provider::ALL {
        let long_ago = ProviderRecording { created_at: Some(early), ..completed(1) };
        world.put_provider_recording(&of("default", provider, 1), long_ago);
    }
    world.advance(LATER);
    let settings = super::with(|settings| settings.since = Some(early + jiff::SignedDuration::from_secs(1)));
    let held = super::reconcile_with(&world, &settings, LATER);
    assert_eq!((held.loss_meter.unwrap().inventory.listed, sent_ids(&world)), (0, vec![]));
}
