//! The official clients of Vapi and ElevenLabs, which know nothing of us, against the stand-ins.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standins::{
    ElevenLabsEvent, PlaceAgent, PlaceAgentWebhook, PlaceAssistant, PlaceConversation, PlaceVapiCall, PostCallWebhook,
    Settings, Standins, VapiOrganisation, Workspace, World, speech,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_for_python_agree_with_the_stand_ins() {
    judged_by(".venv-judges/.installed", ".venv-judges/bin/python", "tools/judge_standins.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_for_node_agree_with_the_stand_ins() {
    judged_by("tools/judges/node_modules/.package-lock.json", "node", "tools/judges/judge_standins.mjs").await;
}

/// Lets a script judge stand-ins of its own, if its clients are `installed`.
async fn judged_by(installed: &str, interpreter: &str, script: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join(installed).exists() {
        skipped(&format!("the official clients of {script} are not installed; `make judges` installs them"));
        return;
    }
    let standins = Standins::start(Settings::default()).await.unwrap();
    let case = case(&standins).to_string();
    let mut judge = Command::new(if interpreter == "node" { interpreter.into() } else { root.join(interpreter) });
    judge.arg(root.join(script)).arg(case);
    let judged: Output = tokio::task::spawn_blocking(move || judge.output()).await.unwrap().unwrap();
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
    let webhook_id = Some(webhook.clone());
    let told = PostCallWebhook { webhook_id, events: vec!["transcript".to_owned()], ..PostCallWebhook::default() };
    world.choose_post_call_webhook(told).unwrap();
    let agents = [Some(false), None].map(|record_voice| {
        world.place_agent(PlaceAgent { record_voice, retention_days: Some(730), ..PlaceAgent::default() }).unwrap()
    });
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
            "agents": agents,
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
