//! The official clients of Vapi and ElevenLabs, which know nothing of us, against the stand-ins.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standins::{
    ElevenLabsEvent, PlaceAgentWebhook, PlaceAssistant, PlaceConversation, PlaceVapiCall, Settings, Standins,
    VapiOrganisation, Workspace, World, speech,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_agree_with_the_stand_ins() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join(".venv-judges/bin/python");
    if !root.join(".venv-judges/.installed").exists() {
        skipped("the official clients are not installed; `make judges` installs them");
        return;
    }
    let standins = Standins::start(Settings::default()).await.unwrap();
    let case = case(&standins);
    let judging = tokio::task::spawn_blocking(move || {
        Command::new(python).arg(root.join("tools/judge_standins.py")).arg(case.to_string()).output()
    });
    let judged = judging.await.unwrap().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    assert_eq!(standins.world().violations(), []);
}

#[expect(clippy::print_stderr, reason = "what is not tested has to be seen")]
fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// What is placed, as the judges are told of it.
fn case(standins: &Standins) -> Value {
    let world = standins.world();
    let call = world.place_vapi_call(PlaceVapiCall::default()).unwrap();
    let off = PlaceAssistant { recording_enabled: Some(false), ..PlaceAssistant::default() };
    let conversations = [(); 3].map(|()| world.place_conversation(PlaceConversation::default()).unwrap());
    let url = "http://127.0.0.1:9/".to_owned();
    let webhook = world.place_agent_webhook(PlaceAgentWebhook { url, ..PlaceAgentWebhook::default() }).unwrap();
    let audio = speech::Track::of_clip(speech::Clip::default(), speech::Format::Mp3, speech::Channels::Mono).read_all();
    json!({
        "vapi": {
            "url": standins.vapi_url(),
            "key": VapiOrganisation::default().private_key,
            "call": call,
            "assistant": world.place_assistant(off).unwrap(),
            "transcript": world.vapi_call(call.clone()).unwrap().transcript,
        },
        "elevenlabs": {
            "url": standins.elevenlabs_url(),
            "key": Workspace::default().api_key,
            "conversations": conversations,
            "audio_sha256": hex::encode(Sha256::digest(&audio)),
            "events": events(world, &conversations[0]),
            "webhook": webhook,
        },
    })
}

fn events(world: &World, conversation: &str) -> Vec<Value> {
    let event = || ElevenLabsEvent { conversation_id: conversation.to_owned(), ..ElevenLabsEvent::default() };
    let cases = [
        ("what is signed", event(), true),
        ("what is twenty minutes old", ElevenLabsEvent { time_off: -1_200, ..event() }, true),
        ("what is older", ElevenLabsEvent { time_off: -1_810, ..event() }, false),
        ("what was changed", ElevenLabsEvent { tampered: true, ..event() }, false),
        ("what another signed", ElevenLabsEvent { secret: Some("another".to_owned()), ..event() }, false),
        ("what nobody signed", ElevenLabsEvent { unsigned: true, ..event() }, false),
    ];
    let signed = cases.map(|(name, event, is_good)| {
        let request = world.sign_elevenlabs_event(event).unwrap();
        json!({
            "name": name,
            "body": request.body,
            "signature": request.headers.get("elevenlabs-signature"),
            "secret": Workspace::default().webhook_secret,
            "is_good": is_good,
        })
    });
    signed.to_vec()
}
