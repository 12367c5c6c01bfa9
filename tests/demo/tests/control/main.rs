//! An erasure on the real template, deployed to the local stack: nothing of the call is left in the bucket, and nothing
//! brings it back. It runs every job of the sweeper, so that it is a program of its own, and one test in it.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use demo::{AgentCall, Job, Scene};
use jiff::Timestamp;
use serde_json::json;
use stack::{Function, Options, Stack};
use standins::PlaceVapiCall;

/// Longer than what just happened is left to its webhook here.
const A_WHILE: Duration = Duration::from_secs(4);

#[tokio::test]
async fn nothing_is_left_of_an_erased_call_and_nothing_brings_it_back() {
    let options = Options::from_environment().expect("the ports make sense");
    let scene = Scene::on(Stack::up(options).await.expect("the stack comes up")).expect("clients can be made");
    let token = scene.token(&["view_call_history", "manage_recordings"]);
    let (wanted, number) = unlike_any_other();
    let of_it = [number];
    let call = scene.call_at_vapi(wanted.clone()).await.expect("a call");
    let job = scene.job("JOB").await.expect("a job");

    reported(&scene, &call, &job).await;
    scene.until_settled(&call).await.expect("it comes home");
    let path = format!("/api/recordings/{}", call.call_id());
    let (status, _) = scene.ask("GET", &format!("{path}/audio"), &token, None).await.expect("an answer");
    assert_eq!(status, 302);
    let before = scene.keys_with(&of_it).await.expect("the bucket answers");
    for folder in ["transcripts/", "ledger/"] {
        assert!(before.iter().any(|key| key.starts_with(folder)), "the scan sees nothing in {folder}: {before:?}");
    }
    assert_eq!(audio_of(&scene, &call).await.len(), 1);

    let (status, erased) = scene.ask("DELETE", &path, &token, None).await.expect("an answer");
    assert_eq!(status, 202, "{erased}");
    is_gone(&scene, &call, &of_it).await;

    // Its provider tells of it again, and has it again.
    let again = PlaceVapiCall { call_id: Some(call.call_id().to_owned()), ..wanted };
    scene.call_at_vapi(again).await.expect("Vapi had deleted it");
    reported(&scene, &call, &job).await;
    let (status, answer) = scene.ask("GET", &format!("{path}/audio"), &token, None).await.expect("an answer");
    assert_eq!(status, 410, "{answer}");
    let (status, again) = scene.ask("DELETE", &path, &token, None).await.expect("an answer");
    assert_eq!((status, &again["erased_at"]), (202, &erased["erased_at"]));
    scene.let_pass(A_WHILE).await.expect("time passes");
    for job in ["reconcile", "retry", "orphans", "reconcile", "retry"] {
        scene.sweep_until(&json!({ "job": job }), "a run", |_| true).await.expect("it runs");
    }
    is_gone(&scene, &call, &of_it).await;
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

async fn is_gone(scene: &Scene, call: &AgentCall, of_it: &[String]) {
    let gone = async || {
        let state = scene.entry(call).await?.map(|entry| entry["state"].clone());
        let left = scene.keys_with(of_it).await?;
        let is_gone = left.is_empty() && state == Some(json!("erased")) && scene.at_provider(call).await?.is_none();
        Ok(is_gone.then_some(()))
    };
    if scene.wait_for("nothing being left", Duration::from_secs(60), gone).await.is_err() {
        let left = scene.keys_with(of_it).await.expect("the bucket answers");
        let entry = scene.entry(call).await.expect("the bucket answers");
        let logged = scene.logged(Function::Transfer, call).await.expect("there are logs");
        panic!("left: {left:?}\nentry: {entry:?}\nlogged: {logged:#?}");
    }
    assert_eq!(audio_of(scene, call).await, [""; 0]);
}

async fn audio_of(scene: &Scene, call: &AgentCall) -> Vec<String> {
    let audio = scene.keys("recordings/").await.expect("the bucket answers");
    audio.into_iter().filter(|key| key.contains(call.call_id())).collect()
}
