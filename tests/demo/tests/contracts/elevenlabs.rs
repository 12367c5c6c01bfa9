use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::adapters::elevenlabs::{ElevenLabs, ElevenLabsSettings};
use recordings::contract;
use recordings::ports::{
    AgentSetting, AgentState, AudioSource, FetchError, ListedRecording, ProviderCopies, RecordingList, Standing,
    VoiceAgents,
};
use recordings::recording::{CallRef, Organisation, Provider, RecordingRef, Speaker, Transcript, Turn};
use standins::{
    ElevenLabsBehaviour, ElevenLabsEvent, Fault, FaultRule, PlaceAgent, PlaceAgentWebhook, PlaceConversation,
    PostCallWebhook, Ready, Service, Unready, speech,
};

use crate::providers::{Ground, Known, ground};

const NOON: &str = "2024-03-15T12:00:00Z";

fn elevenlabs(ground: &Ground) -> ElevenLabs<Known> {
    let base_url = ground.standins.elevenlabs_url().parse().expect("a base URL");
    ElevenLabs::new(ground.http.clone(), Arc::clone(&ground.secrets), ElevenLabsSettings { base_url })
}

fn recording(conversation: &str) -> RecordingRef {
    RecordingRef::parse("default", Provider::ElevenLabs, conversation, "audio").expect("ElevenLabs' ids")
}

fn place(ground: &Ground, wanted: PlaceConversation) -> RecordingRef {
    recording(&ground.standins.world().place_conversation(wanted).expect("a conversation"))
}

fn stranger() -> RecordingRef {
    recording("conv_nobody")
}

fn expected() -> bytes::Bytes {
    speech::Track::of_clip(speech::Clip::default(), speech::Format::Mp3, speech::Channels::Mono).read_all()
}

/// Whether ElevenLabs serves ranges and says how long audio is, is not documented.
#[tokio::test]
async fn elevenlabs_audio_keeps_its_contract_with_ranges_and_without() {
    let ground = ground().await;
    let (elevenlabs, recording) = (elevenlabs(&ground), place(&ground, PlaceConversation::default()));
    for ranges in [true, false] {
        for content_length in [true, false] {
            let behaviour = ElevenLabsBehaviour { ranges, content_length, ..ElevenLabsBehaviour::default() };
            ground.standins.world().set_elevenlabs_behaviour(behaviour);
            let goes_on = contract::audio_source(&elevenlabs, &recording, &expected(), &stranger()).await;
            assert_eq!(goes_on, ranges);
            contract::audio_slices(&elevenlabs, &recording, &expected(), &stranger()).await;
        }
    }
    assert_eq!(ground.standins.world().violations(), []);
}

#[tokio::test]
async fn elevenlabs_copies_keep_their_contract() {
    let ground = ground().await;
    let elevenlabs = elevenlabs(&ground);
    contract::provider_copies(&elevenlabs, &elevenlabs, &place(&ground, PlaceConversation::default())).await;
}

/// What ElevenLabs answers for audio that is not ready is not documented.
#[tokio::test]
async fn audio_is_not_ready_or_absent_as_its_conversation_says() {
    let ground = ground().await;
    let (elevenlabs, world) = (elevenlabs(&ground), ground.standins.world());
    let open = async |recording: &RecordingRef| elevenlabs.open(recording).await.map(|_| ());
    for unready in [Unready::NotFound, Unready::Empty, Unready::Json] {
        for content_length in [true, false] {
            let behaviour = ElevenLabsBehaviour { unready, content_length, ..ElevenLabsBehaviour::default() };
            world.set_elevenlabs_behaviour(behaviour);
            for done_before_ready in [true, false] {
                let wanted =
                    PlaceConversation { ready: Ready::WhenTold, done_before_ready, ..PlaceConversation::default() };
                let recording = place(&ground, wanted);
                assert!(matches!(open(&recording).await, Err(FetchError::NotReady(_))), "{unready:?}");
                world.make_conversation_ready(recording.call_id.to_string()).expect("the conversation");
                open(&recording).await.expect("it is ready");
            }
            let never = place(&ground, PlaceConversation { has_audio: false, ..PlaceConversation::default() });
            assert!(matches!(open(&never).await, Err(FetchError::Absent(_))), "{unready:?}");
        }
    }
}

fn minutes(past_noon: i64) -> Timestamp {
    NOON.parse::<Timestamp>().expect("a time") + SignedDuration::from_mins(past_noon)
}

fn list() -> RecordingList {
    RecordingList::CreatedWithin {
        organisation: Organisation::default_organisation(),
        provider: Provider::ElevenLabs,
        window: minutes(-30)..minutes(60),
    }
}

/// Places a conversation, and says how its recording is to be listed.
fn place_at(ground: &Ground, at: i64, wanted: PlaceConversation, standing: Standing) -> ListedRecording {
    let begun = minutes(at);
    let placed = place(ground, PlaceConversation { started_at: Some(begun), ..wanted });
    let conversation = ground.standins.world().conversation(placed.call_id.to_string()).expect("the conversation");
    ListedRecording {
        recording: placed,
        created_at: begun,
        standing,
        duration_seconds: None,
        channels: None,
        started_at: Some(begun),
        ended_at: Some(begun + SignedDuration::from_secs(conversation.seconds)),
    }
}

fn placed(ground: &Ground) -> Vec<ListedRecording> {
    let completed = |at| place_at(ground, at, PlaceConversation::default(), Standing::Completed);
    for outside in [-24 * 60, -31, 60, 61, 24 * 60] {
        completed(outside);
    }
    let never = PlaceConversation { has_audio: false, ..PlaceConversation::default() };
    let unready = PlaceConversation { ready: Ready::WhenTold, ..PlaceConversation::default() };
    let failed = PlaceConversation { status: Some("failed".to_owned()), ..never.clone() };
    let absent = || Standing::Absent { reason: "no recording was made".to_owned() };
    vec![
        completed(-30),
        completed(-1),
        completed(0),
        completed(0),
        place_at(ground, 1, never, absent()),
        place_at(ground, 2, failed, absent()),
        place_at(ground, 3, unready, Standing::Unfinished),
        completed(59),
    ]
}

#[tokio::test]
async fn elevenlabs_list_keeps_its_contract_whatever_a_page_holds() {
    let ground = ground().await;
    let expected = placed(&ground);
    for page_size in [1, 3, 100] {
        let elevenlabs = elevenlabs(&ground).with_page_size(page_size);
        let pages = contract::provider_list(&elevenlabs, &list(), &expected).await;
        assert_eq!(pages == 1, page_size == 100, "{pages} pages of {page_size}");
    }
    assert_eq!(ground.standins.world().violations(), []);
}

#[tokio::test]
async fn elevenlabs_list_keeps_its_contract_while_conversations_are_had() {
    let ground = ground().await;
    let expected = placed(&ground);
    let elevenlabs = elevenlabs(&ground).with_page_size(2);
    let mut left = 3;
    let change = async || {
        if left > 0 {
            left -= 1;
            for at in [-30, 0, 59, 60] {
                place_at(&ground, at, PlaceConversation::default(), Standing::Completed);
            }
        }
    };
    contract::provider_list_while_it_changes(&elevenlabs, &list(), &expected, change).await;
}

#[tokio::test]
async fn elevenlabs_list_of_a_conversation_keeps_its_contract() {
    let ground = ground().await;
    let expected = placed(&ground);
    let elevenlabs = elevenlabs(&ground);
    let call = |recording: &RecordingRef| CallRef {
        organisation: recording.organisation.clone(),
        provider: Provider::ElevenLabs,
        call_id: recording.call_id.clone(),
    };
    let list = RecordingList::OfCall(call(&expected[0].recording));
    assert_eq!(contract::provider_list(&elevenlabs, &list, &expected[..1]).await, 1);
    contract::provider_list_of_nobody(&elevenlabs, &call(&stranger())).await;
    elevenlabs.delete(&expected[0].recording).await.expect("deleted");
    contract::provider_list_of_nobody(&elevenlabs, &call(&expected[0].recording)).await;
}

#[tokio::test]
async fn elevenlabs_transcripts_keep_their_contract() {
    let ground = ground().await;
    let call = |recording: RecordingRef| CallRef {
        organisation: recording.organisation,
        provider: Provider::ElevenLabs,
        call_id: recording.call_id,
    };
    let turn = |speaker, text: &str, ms| Turn { speaker, text: text.to_owned(), offset_ms: Some(ms) };
    let expected = Transcript::of_turns(vec![
        turn(Speaker::Agent, "How can I help?", 0),
        turn(Speaker::Customer, "My heating is cold.", 2_000),
    ]);
    let (spoken, stranger) = (call(place(&ground, PlaceConversation::default())), call(stranger()));
    contract::transcript_source(&elevenlabs(&ground), &spoken, &expected, &stranger).await;
}

#[tokio::test]
async fn elevenlabs_that_throttles_keeps_its_contract() {
    let ground = ground().await;
    let (elevenlabs, recording) = (elevenlabs(&ground), place(&ground, PlaceConversation::default()));
    for (word, seconds) in [("too_many_concurrent_requests", None), ("system_busy", Some(7))] {
        let fault = Fault::elevenlabs_too_many_requests(word, seconds);
        let rule = FaultRule::new(Service::ElevenLabs, fault);
        let id = ground.standins.world().inject(rule).expect("a rule");
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds.into()));
        contract::provider_that_throttles(&elevenlabs, &recording, &list(), retry_after).await;
        ground.standins.world().clear_fault(id);
    }
    elevenlabs.open(&recording).await.expect("it is there still");
}

#[tokio::test]
async fn elevenlabs_agents_and_webhooks_keep_their_contract() {
    let ground = ground().await;
    let world = ground.standins.world();
    let webhook = |is_disabled| {
        let wanted = PlaceAgentWebhook { is_disabled, ..PlaceAgentWebhook::default() };
        world.place_agent_webhook(wanted).expect("a webhook")
    };
    let agent = |wanted| world.place_agent(wanted).expect("an agent");
    let [on, off] = [false, true].map(webhook);
    let of = |events: &[&str]| PostCallWebhook {
        webhook_id: Some(on.clone()),
        events: events.iter().map(ToString::to_string).collect(),
        ..PostCallWebhook::default()
    };
    world.choose_post_call_webhook(of(&["transcript"])).expect("the workspace");
    agent(PlaceAgent { archived: true, ..PlaceAgent::default() });
    let expected = [
        (on.clone(), AgentState::Delivers { retries: None }),
        (off, AgentState::Disabled),
        (agent(PlaceAgent::default()), AgentState::Records),
        (agent(PlaceAgent { record_voice: Some(false), ..PlaceAgent::default() }), AgentState::RecordingOff),
        (agent(PlaceAgent { retention_days: Some(0), ..PlaceAgent::default() }), AgentState::KeepsNothing),
        (agent(PlaceAgent { webhooks: Some(of(&["audio"])), ..PlaceAgent::default() }), AgentState::Untold),
    ];
    let expected = expected.map(|(id, state)| AgentSetting { id: id.parse().expect("an id"), state });
    let organisation = Organisation::default_organisation();
    for page_size in [1, 100] {
        let elevenlabs = elevenlabs(&ground).with_page_size(page_size);
        contract::voice_agents_for_people_to_set(&elevenlabs, &organisation, Provider::ElevenLabs, &expected).await;
    }
    assert_eq!(world.violations(), []);
}

/// A webhook that failed for long is told apart from one that somebody switched off.
#[tokio::test]
async fn a_webhook_that_elevenlabs_switched_off_is_told() {
    let ground = ground().await;
    let world = ground.standins.world();
    // Nobody listens there.
    let url = "http://127.0.0.1:9/".to_owned();
    let wanted = PlaceAgentWebhook { url: url.clone(), ..PlaceAgentWebhook::default() };
    let id = world.place_agent_webhook(wanted).expect("a webhook");
    let conversation_id = world.place_conversation(PlaceConversation::default()).expect("a conversation");
    let event = ElevenLabsEvent { conversation_id, url, webhook_id: Some(id.clone()), ..ElevenLabsEvent::default() };
    for _ in 0..10 {
        world.deliver_elevenlabs_event(event.clone()).await.expect("an attempt");
    }
    let organisation = Organisation::default_organisation();
    let told = elevenlabs(&ground).settings(&organisation, Provider::ElevenLabs).await.expect("settings");
    let expected = AgentSetting { id: id.parse().expect("an id"), state: AgentState::AutoDisabled };
    assert_eq!((told.settings, told.strange), (vec![expected], 0));
}
