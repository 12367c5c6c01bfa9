//! Erasures on the real template, deployed to the local stack with a bucket that keeps every version: nothing of the call is left
//! in any of them, and nothing brings it back. It runs every job of the sweeper, so that it is a program of its own.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use bytes::BytesMut;
use demo::{AgentCall, Job, Recorded, Scene};
use jiff::Timestamp;
use recordings::fakes::sample;
use serde_json::{Value, json};
use stack::{Function, Options, Stack};
use standins::{Audio, Fault, FaultRule, Forgery, PlaceRecording, PlaceVapiCall, PlacedRecording, Service};
use tokio::sync::OnceCell;

/// Longer than what just happened is left to its webhook here.
const A_WHILE: Duration = Duration::from_secs(4);
/// Longer than an erasure that was stopped takes to be taken up again.
const PATIENCE: Duration = Duration::from_secs(120);
/// So much of a recording is no other's.
const PIECE: usize = 64;
const SECONDS: u32 = 9;
const WAV_HEADER: usize = 44;

/// One stack serves all tests; each makes calls of its own.
static STACK: OnceCell<Stack> = OnceCell::const_new();

async fn scene() -> Scene {
    let stack = STACK.get_or_init(|| async {
        let mut options = Options::from_environment().expect("the ports make sense");
        options.parameters.insert("BucketVersioning".to_owned(), "true".to_owned());
        Stack::up(options).await.expect("the stack comes up")
    });
    Scene::on(stack.await.clone()).expect("clients can be made")
}

#[tokio::test]
async fn nothing_is_left_of_an_erased_call_and_nothing_brings_it_back() {
    let scene = scene().await;
    let (wanted, number) = unlike_any_other();
    let call = scene.call_at_vapi(wanted.clone()).await.expect("a call");
    let job = scene.job("JOB").await.expect("a job");

    reported(&scene, &call, &job).await;
    scene.until_settled(&call).await.expect("it comes home");
    assert_eq!(heard(&scene, call.call_id()).await, 302);
    let of_it = [number.into_bytes()];
    let before = scene.keys_with(&of_it).await.expect("the bucket answers");
    for folder in ["transcripts/", "ledger/"] {
        assert!(before.iter().any(|key| key.starts_with(folder)), "the scan sees nothing in {folder}: {before:?}");
    }
    let versions = scene.versions(&format!("ledger/default/{}", call.place())).await.expect("the bucket answers");
    assert!(versions.len() > 1, "the bucket keeps versions: {versions:?}");

    let (status, answer) = decide(&scene, call.call_id(), "POST", "/hold").await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = decide(&scene, call.call_id(), "DELETE", "").await;
    assert_eq!(status, 409, "{answer}");
    assert_eq!(heard(&scene, call.call_id()).await, 302, "held, and all there");
    let (status, answer) = decide(&scene, call.call_id(), "POST", "/release").await;
    assert_eq!(status, 200, "{answer}");

    let (status, erased) = decide(&scene, call.call_id(), "DELETE", "").await;
    assert_eq!(status, 202, "{erased}");
    is_gone(&scene, &call, &of_it).await;

    // Its provider tells of it again, and has it again.
    let again = PlaceVapiCall { call_id: Some(call.call_id().to_owned()), ..wanted };
    scene.call_at_vapi(again).await.expect("Vapi had deleted it");
    reported(&scene, &call, &job).await;
    assert_eq!(heard(&scene, call.call_id()).await, 410);
    let (status, again) = decide(&scene, call.call_id(), "DELETE", "").await;
    assert_eq!((status, &again["erased_at"]), (202, &erased["erased_at"]));
    scene.let_pass(A_WHILE).await.expect("time passes");
    for job in ["reconcile", "retry", "orphans", "reconcile", "retry"] {
        scene.sweep_until(&json!({ "job": job }), "a run", |_| true).await.expect("it runs");
    }
    is_gone(&scene, &call, &of_it).await;
}

#[tokio::test]
async fn an_erasure_that_stops_half_way_is_finished() {
    let scene = scene().await;
    let recording = recorded(&scene).await;
    let source = scene.at_twilio(&recording).await.expect("Twilio answers").expect("it has it");
    let of_it = [source[source.len() / 2..][..PIECE].to_vec()];
    let job = scene.job("JOB").await.expect("a job");
    scene.report(&recording, Some(&job), Forgery::None).await.expect("it is sent");
    scene.until_settled(&recording).await.expect("it comes home");
    let heard = scene.keys_with(&of_it).await.expect("the bucket answers");
    assert!(heard.len() == 1 && heard[0].starts_with("recordings/"), "the scan finds it: {heard:?}");
    let before = scene.versions("").await.expect("the bucket answers");
    let before = before.iter().filter(|key| key.contains(&recording.call_sid)).count();

    let deletions = FaultRule::new(Service::Aws, Fault::CloseBeforeAnswer).method("DELETE").regex(&recording.call_sid);
    let id = scene.standins().inject(deletions.from_nth(3)).await.expect("it breaks");
    let (status, answer) = decide(&scene, &recording.call_sid, "DELETE", "").await;
    assert_eq!(status, 202, "{answer}");
    let stopped = async || {
        let faults = scene.standins().faults().await?;
        Ok(faults.into_iter().any(|fault| fault.id == id && fault.struck > 0).then_some(()))
    };
    scene.wait_for("an erasure that stops", PATIENCE, stopped).await.expect("it stops");
    let left = scene.versions("").await.expect("the bucket answers");
    let left = left.iter().filter(|key| key.contains(&recording.call_sid)).count();
    assert!(left > 1, "half of it is left: {left} of {before}");
    scene.standins().clear_fault(id).await.expect("it is mended");
    sweep_until_gone(&scene, &recording, &of_it).await;
}

/// A recording at Twilio that sounds like no other.
async fn recorded(scene: &Scene) -> PlacedRecording {
    let wanted = PlaceRecording { audio: noise(), reported_seconds: Some(SECONDS), ..PlaceRecording::default() };
    scene.record(wanted).await.expect("a recording")
}

/// Audio of which every piece is its own, so that a piece of it tells that it is there.
fn noise() -> Audio {
    let mut audio = BytesMut::from(&sample::wav(SECONDS, 1)[..]);
    let mut state = Timestamp::now().as_nanosecond().unsigned_abs() as u64 | 1;
    for byte in &mut audio[WAV_HEADER..] {
        // Xorshift, which is no secret and need not be one.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state.to_le_bytes()[0];
    }
    Audio::Custom(audio.freeze())
}

/// Decides something about a call.
async fn decide(scene: &Scene, call: &str, method: &str, decision: &str) -> (u16, Value) {
    let token = scene.token(&["manage_recordings"]);
    scene.ask(method, &format!("/api/recordings/{call}{decision}"), &token, None).await.expect("an answer")
}

/// What is answered to who wants to hear a call.
async fn heard(scene: &Scene, call: &str) -> u16 {
    let token = scene.token(&["view_call_history"]);
    let path = format!("/api/recordings/{call}/audio");
    scene.ask("GET", &path, &token, None).await.expect("an answer").0
}

/// Sweeps until nothing is left of it, and the ledger says so.
async fn sweep_until_gone(scene: &Scene, recording: &PlacedRecording, of_it: &[Vec<u8>]) {
    let gone = async || {
        scene.sweep_until(&json!({ "job": "retry" }), "a run", |_| true).await?;
        let state = scene.entry(recording).await?.map(|entry| entry["state"].clone());
        let left = what_is_left(scene, &recording.call_sid, of_it).await?;
        let is_gone = left.is_empty() && state == Some(json!("erased")) && scene.at_twilio(recording).await?.is_none();
        Ok(is_gone.then_some(()))
    };
    if scene.wait_for("nothing being left", PATIENCE, gone).await.is_err() {
        let left = what_is_left(scene, &recording.call_sid, of_it).await;
        let logged = scene.logged(Function::Transfer, recording).await.expect("there are logs");
        panic!("left: {left:?}\nentry: {:?}\nlogged: {logged:#?}", scene.entry(recording).await);
    }
}

/// What is left in any version: what holds a piece of it, and audio under its name.
async fn what_is_left(scene: &Scene, call: &str, of_it: &[Vec<u8>]) -> Result<Vec<String>, demo::SceneError> {
    let mut left = scene.keys_with(of_it).await?;
    for folder in ["recordings/", "transcripts/", "waveforms/"] {
        left.extend(scene.versions(folder).await?.into_iter().filter(|key| key.contains(call)));
    }
    Ok(left)
}

/// A call whose number and words are nobody else's: all of them hold these seven digits.
fn unlike_any_other() -> (PlaceVapiCall, String) {
    let number = format!("{:07}", Timestamp::now().as_microsecond() % 10_000_000);
    let call = PlaceVapiCall {
        customer: Some(format!("+1415{number}")),
        transcript: Some(format!("AI: How can I help?\nUser: My number is {number}, and my cellar is wet.\n")),
        ..PlaceVapiCall::default()
    };
    (call, number)
}

async fn reported(scene: &Scene, call: &AgentCall, job: &Job) {
    let answer = scene.report_call(call, job).await.expect("it is sent");
    assert_eq!(answer.status, Some(200));
}

async fn is_gone(scene: &Scene, call: &AgentCall, of_it: &[Vec<u8>]) {
    let gone = async || {
        let state = scene.entry(call).await?.map(|entry| entry["state"].clone());
        let left = what_is_left(scene, call.call_id(), of_it).await?;
        let is_gone = left.is_empty() && state == Some(json!("erased")) && scene.at_provider(call).await?.is_none();
        Ok(is_gone.then_some(()))
    };
    if scene.wait_for("nothing being left", PATIENCE, gone).await.is_err() {
        let left = what_is_left(scene, call.call_id(), of_it).await.expect("the bucket answers");
        let entry = scene.entry(call).await.expect("the bucket answers");
        let logged = scene.logged(Function::Transfer, call).await.expect("there are logs");
        panic!("left: {left:?}\nentry: {entry:?}\nlogged: {logged:#?}");
    }
}
