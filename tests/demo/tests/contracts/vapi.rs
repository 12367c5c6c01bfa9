use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use recordings::adapters::vapi::{Vapi, VapiSettings};
use recordings::contract;
use recordings::ports::{
    AgentId, AudioSource, ErrorKind, FetchError, ListCursor, ListedRecording, ProviderCopies, ProviderList,
    RecordingList, Standing,
};
use recordings::recording::{CallRef, Channels, Organisation, Provider, RecordingRef, Transcript};
use standins::{Fault, FaultRule, PlaceAssistant, PlaceVapiCall, Ready, Service, VapiBehaviour, speech};

use crate::providers::{Ground, Known, ground};

const NOON: &str = "2024-03-15T12:00:00Z";

fn vapi(ground: &Ground, channels: Channels) -> Vapi<Known> {
    let base_url = ground.standins.vapi_url().parse().expect("a base URL");
    Vapi::new(ground.http.clone(), Arc::clone(&ground.secrets), VapiSettings { base_url, channels })
}

fn recording(call: &str, variant: &str) -> RecordingRef {
    RecordingRef::parse("default", Provider::Vapi, call, variant).expect("Vapi's ids")
}

fn place(ground: &Ground, wanted: PlaceVapiCall) -> RecordingRef {
    recording(&ground.standins.world().place_vapi_call(wanted).expect("a call"), "mono")
}

fn stranger(variant: &str) -> RecordingRef {
    recording("ffffffff-ffff-4fff-8fff-ffffffffffff", variant)
}

#[tokio::test]
async fn vapis_audio_keeps_its_contract_in_every_variant() {
    let ground = ground().await;
    let placed = place(&ground, PlaceVapiCall::default());
    for (variant, channels) in
        [("mono", speech::Channels::Mono), ("stereo", speech::Channels::Dual), ("customer", speech::Channels::Mono)]
    {
        let expected = speech::Track::of_clip(speech::Clip::default(), speech::Format::Wav, channels).read_all();
        let recording = recording(placed.call_id.as_str(), variant);
        let vapi = vapi(&ground, Channels::Mono);
        assert!(contract::audio_source(&vapi, &recording, &expected, &stranger(variant)).await);
    }
    assert_eq!(ground.standins.world().violations(), []);
}

/// Whether the host behind Vapi's links serves ranges and says how long audio is, is not documented.
#[tokio::test]
async fn vapis_slices_keep_their_contract_whatever_the_media_host_can() {
    let ground = ground().await;
    let vapi = vapi(&ground, Channels::Mono);
    for format in [speech::Format::Wav, speech::Format::Mp3] {
        let expected = speech::Track::of_clip(speech::Clip::default(), format, speech::Channels::Mono).read_all();
        let recording = place(&ground, PlaceVapiCall { format, ..PlaceVapiCall::default() });
        for (ranges, content_length) in [(true, true), (true, false), (false, true), (false, false)] {
            let behaviour = VapiBehaviour { ranges, content_length, ..VapiBehaviour::default() };
            ground.standins.world().set_vapi_behaviour(behaviour);
            contract::audio_slices(&vapi, &recording, &expected, &stranger("mono")).await;
        }
    }
    assert_eq!(ground.standins.world().violations(), []);
}

#[tokio::test]
async fn vapis_copies_keep_their_contract_and_a_deletion_that_fails_is_worth_another_try() {
    let ground = ground().await;
    let vapi = vapi(&ground, Channels::Mono);
    let recording = place(&ground, PlaceVapiCall::default());
    let world = ground.standins.world();
    world.set_vapi_behaviour(VapiBehaviour { deletion_fails: true, ..VapiBehaviour::default() });
    assert_eq!(vapi.delete(&recording).await.expect_err("503").kind, ErrorKind::Unavailable);
    world.set_vapi_behaviour(VapiBehaviour::default());
    contract::provider_copies(&vapi, &vapi, &recording).await;
}

#[tokio::test]
async fn a_recording_is_not_ready_or_absent_as_its_call_says() {
    let ground = ground().await;
    let vapi = vapi(&ground, Channels::Mono);
    let open = async |recording: &RecordingRef| vapi.open(recording).await.map(|_| ());
    let unready = place(&ground, PlaceVapiCall { ready: Ready::WhenTold, ..PlaceVapiCall::default() });
    assert!(matches!(open(&unready).await, Err(FetchError::NotReady(_))));
    ground.standins.world().make_vapi_call_ready(unready.call_id.to_string()).expect("the call");
    open(&unready).await.expect("it is ready");

    let long_ago = Timestamp::now() - SignedDuration::from_hours(3);
    let never = PlaceVapiCall { recorded: false, created_at: Some(long_ago), ..PlaceVapiCall::default() };
    assert!(matches!(open(&place(&ground, never)).await, Err(FetchError::Absent(_))));
}

fn minutes(past_noon: i64) -> Timestamp {
    NOON.parse::<Timestamp>().expect("a time") + SignedDuration::from_mins(past_noon)
}

fn list() -> RecordingList {
    RecordingList::CreatedWithin {
        organisation: Organisation::default_organisation(),
        provider: Provider::Vapi,
        window: minutes(-30)..minutes(60),
    }
}

/// Places a call, and says how its recording is to be listed.
fn place_at(ground: &Ground, at: i64, wanted: PlaceVapiCall, standing: Standing) -> ListedRecording {
    let created_at = minutes(at);
    let placed = place(ground, PlaceVapiCall { created_at: Some(created_at), ..wanted });
    let call = ground.standins.world().vapi_call(placed.call_id.to_string()).expect("the call");
    let is_over = call.status == "ended";
    ListedRecording {
        recording: placed,
        created_at,
        standing,
        duration_seconds: None,
        channels: Some(1),
        started_at: is_over.then_some(created_at),
        ended_at: is_over.then(|| Timestamp::from_millisecond(call.ended_at.as_millisecond()).expect("a time")),
    }
}

fn placed(ground: &Ground) -> Vec<ListedRecording> {
    let completed = |at| place_at(ground, at, PlaceVapiCall::default(), Standing::Completed);
    for outside in [-24 * 60, -31, 60, 61, 24 * 60] {
        completed(outside);
    }
    let never = PlaceVapiCall { recorded: false, ..PlaceVapiCall::default() };
    let goes_on = PlaceVapiCall { status: Some("in-progress".to_owned()), ..PlaceVapiCall::default() };
    let reason = "no recording was made (customer-ended-call)".to_owned();
    vec![
        completed(-30),
        completed(-1),
        completed(0),
        completed(0),
        completed(0),
        place_at(ground, 1, never, Standing::Absent { reason }),
        place_at(ground, 2, goes_on, Standing::Unfinished),
        completed(59),
    ]
}

/// In which order Vapi gives calls is not documented.
#[tokio::test]
async fn vapis_list_keeps_its_contract_whatever_a_page_holds_and_in_either_order() {
    let ground = ground().await;
    let expected = placed(&ground);
    for oldest_first in [false, true] {
        ground.standins.world().set_vapi_behaviour(VapiBehaviour { oldest_first, ..VapiBehaviour::default() });
        for page_size in [2, 4, 100] {
            let vapi = vapi(&ground, Channels::Mono).with_page_size(page_size);
            let pages = contract::provider_list(&vapi, &list(), &expected).await;
            assert_eq!(pages == 1, page_size == 100, "{pages} pages of {page_size}");
        }
    }
    assert_eq!(ground.standins.world().violations(), []);
}

/// A call that is deleted is gone from the list too, so here only what was shown is deleted.
#[tokio::test]
async fn vapis_list_keeps_its_contract_while_calls_are_made_and_deleted() {
    let ground = ground().await;
    let expected = placed(&ground);
    let vapi = vapi(&ground, Channels::Mono).with_page_size(4);
    let (mut at, mut shown) = (ListCursor::start(list()), BTreeSet::new());
    loop {
        let page = vapi.page(&at).await.expect("a page");
        for listed in &page.recordings {
            assert!(shown.insert(listed.recording.clone()), "{listed:?} is shown twice");
        }
        let Some(next) = page.next else { break };
        at = next;
        if let Some(listed) = page.recordings.first() {
            vapi.delete(&listed.recording).await.expect("deleted");
            place_at(&ground, 59, PlaceVapiCall::default(), Standing::Completed);
            place_at(&ground, -30, PlaceVapiCall::default(), Standing::Completed);
        }
    }
    for listed in expected {
        assert!(shown.contains(&listed.recording), "{listed:?} was there and is not shown");
    }
}

#[tokio::test]
async fn vapis_list_of_a_call_keeps_its_contract() {
    let ground = ground().await;
    let expected = placed(&ground);
    let vapi = vapi(&ground, Channels::Mono);
    let call = |recording: &RecordingRef| CallRef {
        organisation: recording.organisation.clone(),
        provider: Provider::Vapi,
        call_id: recording.call_id.clone(),
    };
    let list = RecordingList::OfCall(call(&expected[0].recording));
    assert_eq!(contract::provider_list(&vapi, &list, &expected[..1]).await, 1);
    contract::provider_list_of_nobody(&vapi, &call(&stranger("mono"))).await;
}

#[tokio::test]
async fn vapis_transcripts_keep_their_contract() {
    let ground = ground().await;
    let call = |recording: RecordingRef| CallRef {
        organisation: recording.organisation,
        provider: Provider::Vapi,
        call_id: recording.call_id,
    };
    let text = "AI: How can I help?\nUser: My heating is cold.".to_owned();
    let said = PlaceVapiCall { transcript: Some(text.clone()), ..PlaceVapiCall::default() };
    let expected = Transcript::with_text(Vec::new(), text);
    let (spoken, stranger) = (call(place(&ground, said)), call(stranger("mono")));
    contract::transcript_source(&vapi(&ground, Channels::Mono), &spoken, &expected, &stranger).await;
}

#[tokio::test]
async fn vapi_that_throttles_keeps_its_contract() {
    let ground = ground().await;
    let (vapi, recording) = (vapi(&ground, Channels::Mono), place(&ground, PlaceVapiCall::default()));
    for seconds in [None, Some(7)] {
        let rule = FaultRule::new(Service::Vapi, Fault::vapi_too_many_requests(seconds));
        let id = ground.standins.world().inject(rule).expect("a rule");
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds.into()));
        contract::provider_that_throttles(&vapi, &recording, &list(), retry_after).await;
        ground.standins.world().clear_fault(id);
    }
    vapi.open(&recording).await.expect("it is there still");
}

#[tokio::test]
async fn vapis_assistants_keep_their_contract() {
    let ground = ground().await;
    let place = |recording_enabled| {
        let wanted = PlaceAssistant { recording_enabled, ..PlaceAssistant::default() };
        let id = ground.standins.world().place_assistant(wanted).expect("an assistant");
        id.parse::<AgentId>().expect("an id")
    };
    let stranger = "00000000-0000-4000-8000-00000000000f".parse().expect("an id");
    let ids = [place(Some(false)), place(None), stranger];
    let (vapi, organisation) = (vapi(&ground, Channels::Mono), Organisation::default_organisation());
    contract::voice_agents(&vapi, &organisation, Provider::Vapi, ids.each_ref()).await;
}
