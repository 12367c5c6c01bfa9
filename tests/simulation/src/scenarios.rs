//! What happens to an installation, one file a scenario.

mod airtable_down;
mod assigned_later;
mod duplicate;
mod erased;
mod erased_after_settled;
mod erased_in_mid_transfer;
mod erased_twice;
mod fallback;
mod forged;
mod forged_events;
mod gone;
mod hold_against_erase;
mod job_by_call;
mod job_later;
mod large;
mod late_patch;
mod late_webhook;
mod legacy;
mod no_audio;
mod no_job;
mod normal;
mod not_ready;
mod on_demand;
mod on_hold;
mod poison;
mod second_webhook_after_erasure;
mod shorter_than_its_call;
mod storage_denied;
mod suspect;
mod transcript_only;
mod two_organisations;
mod two_recordings;
mod wrong_bytes;

use recordings::recording::Provider;
use recordings::recording::Provider::{ElevenLabs, Vapi};

use crate::script::Script;

/// Something that happens, and how it has to end.
#[derive(Debug)]
pub struct Scenario {
    /// Its name in a replay line.
    pub name: &'static str,
    /// Writes it into a script.
    pub play: fn(&mut Script),
    /// How much of it can be tried.
    pub weight: Weight,
}

/// How much a run costs, and how much depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// One of the three of which every pair of faults is tried.
    Main,
    /// A run is over in a moment.
    Light,
    /// A day passes, with hundreds of sweeps.
    Long,
    /// Megabytes are moved.
    Heavy,
}

/// Every scenario.
pub const ALL: &[Scenario] = &[
    Scenario { name: "normal", play: normal::play, weight: Weight::Main },
    Scenario { name: "fallback", play: fallback::play, weight: Weight::Main },
    Scenario { name: "duplicate", play: duplicate::play, weight: Weight::Main },
    Scenario { name: "storage_denied", play: storage_denied::play, weight: Weight::Light },
    Scenario { name: "late_webhook", play: late_webhook::play, weight: Weight::Light },
    Scenario { name: "two_recordings", play: two_recordings::play, weight: Weight::Light },
    Scenario { name: "no_job", play: no_job::play, weight: Weight::Long },
    Scenario { name: "job_by_call", play: job_by_call::play, weight: Weight::Light },
    Scenario { name: "job_later", play: job_later::play, weight: Weight::Light },
    Scenario { name: "no_audio", play: no_audio::play, weight: Weight::Light },
    Scenario { name: "gone", play: gone::play, weight: Weight::Light },
    Scenario { name: "not_ready", play: not_ready::play, weight: Weight::Light },
    Scenario { name: "wrong_bytes", play: wrong_bytes::play, weight: Weight::Light },
    Scenario { name: "suspect", play: suspect::play, weight: Weight::Light },
    Scenario { name: "erased", play: erased::play, weight: Weight::Light },
    Scenario { name: "erased_in_mid_transfer", play: erased_in_mid_transfer::play, weight: Weight::Light },
    Scenario { name: "erased_after_settled", play: erased_after_settled::play, weight: Weight::Light },
    Scenario { name: "erased_twice", play: erased_twice::play, weight: Weight::Light },
    Scenario { name: "hold_against_erase", play: hold_against_erase::play, weight: Weight::Light },
    Scenario { name: "second_webhook_after_erasure", play: second_webhook_after_erasure::play, weight: Weight::Light },
    Scenario { name: "assigned_later", play: assigned_later::play, weight: Weight::Long },
    Scenario { name: "on_hold", play: on_hold::play, weight: Weight::Light },
    Scenario { name: "late_patch", play: late_patch::play, weight: Weight::Light },
    Scenario { name: "airtable_down", play: airtable_down::play, weight: Weight::Long },
    Scenario { name: "poison", play: poison::play, weight: Weight::Long },
    Scenario { name: "two_organisations", play: two_organisations::play, weight: Weight::Light },
    Scenario { name: "forged", play: forged::play, weight: Weight::Light },
    Scenario { name: "on_demand", play: on_demand::play, weight: Weight::Light },
    Scenario { name: "legacy", play: legacy::play, weight: Weight::Light },
    Scenario { name: "large", play: large::play, weight: Weight::Heavy },
    // The same of calls that voice agents had. Copies there are not deleted, and there are transcripts.
    Scenario { name: "vapi_normal", play: |script| at(Vapi, normal::play, script), weight: Weight::Light },
    Scenario { name: "vapi_duplicate", play: |script| at(Vapi, duplicate::play, script), weight: Weight::Light },
    Scenario { name: "vapi_late_webhook", play: |script| at(Vapi, late_webhook::play, script), weight: Weight::Light },
    Scenario { name: "vapi_no_audio", play: |script| at(Vapi, no_audio::play, script), weight: Weight::Light },
    Scenario { name: "vapi_not_ready", play: |script| at(Vapi, not_ready::play, script), weight: Weight::Light },
    Scenario { name: "vapi_gone", play: |script| at(Vapi, gone::play, script), weight: Weight::Light },
    Scenario { name: "vapi_forged", play: |script| at(Vapi, forged_events::play, script), weight: Weight::Light },
    Scenario {
        name: "vapi_shorter",
        play: |script| at(Vapi, shorter_than_its_call::play, script),
        weight: Weight::Light,
    },
    Scenario {
        name: "vapi_erased",
        play: |script| at(Vapi, erased_in_mid_transfer::play, script),
        weight: Weight::Light,
    },
    Scenario { name: "vapi_no_job", play: |script| at(Vapi, no_job::play, script), weight: Weight::Long },
    Scenario {
        name: "vapi_transcript_only",
        play: |script| at(Vapi, transcript_only::play, script),
        weight: Weight::Light,
    },
    Scenario { name: "elevenlabs_normal", play: |script| at(ElevenLabs, normal::play, script), weight: Weight::Light },
    Scenario {
        name: "elevenlabs_duplicate",
        play: |script| at(ElevenLabs, duplicate::play, script),
        weight: Weight::Light,
    },
    Scenario {
        name: "elevenlabs_late_webhook",
        play: |script| at(ElevenLabs, late_webhook::play, script),
        weight: Weight::Light,
    },
    Scenario {
        name: "elevenlabs_no_audio",
        play: |script| at(ElevenLabs, no_audio::play, script),
        weight: Weight::Light,
    },
    Scenario {
        name: "elevenlabs_not_ready",
        play: |script| at(ElevenLabs, not_ready::play, script),
        weight: Weight::Light,
    },
    Scenario { name: "elevenlabs_gone", play: |script| at(ElevenLabs, gone::play, script), weight: Weight::Light },
    Scenario {
        name: "elevenlabs_forged",
        play: |script| at(ElevenLabs, forged_events::play, script),
        weight: Weight::Light,
    },
    Scenario {
        name: "elevenlabs_fallback",
        play: |script| at(ElevenLabs, fallback::play, script),
        weight: Weight::Light,
    },
    Scenario { name: "elevenlabs_no_job", play: |script| at(ElevenLabs, no_job::play, script), weight: Weight::Long },
    Scenario {
        name: "elevenlabs_transcript_only",
        play: |script| at(ElevenLabs, transcript_only::play, script),
        weight: Weight::Light,
    },
];

/// A scenario, with its calls at another provider.
fn at(provider: Provider, play: fn(&mut Script), script: &mut Script) {
    script.calls_are_at(provider);
    play(script);
}

/// The scenario of a name.
pub fn named(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.name == name)
}
