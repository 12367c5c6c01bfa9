use recordings::audio::{ChannelWaveform, Finding, WAVEFORM_VERSION, Waveform};
use recordings::fakes::{Fault, Plan, QueueName, Where};
use recordings::ledger_entry::{Change, LedgerEntry};
use recordings::messages::{Origin, TransferRequest};
use recordings::object_key::ObjectKey;
use recordings::ports::ErrorKind;
use recordings::recording::Outcome;
use serde_json::{Value, json};

use crate::gateway::Answer;
use crate::link::{changed, received, stored};
use crate::scene::Scene;
use crate::token::viewing;

fn ask(scene: &Scene, entry: &LedgerEntry, query: &str) -> Answer {
    let path = format!("/api/calls/{}/recording/waveform{query}", entry.recording.call_id);
    scene.send(&viewing(scene, &path))
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(answer.text()).unwrap()
}

#[test]
fn what_was_heard_is_told_with_what_was_found() {
    let scene = Scene::new();
    let entry = changed(&scene, &stored(&scene), [Change::Heard(vec![Finding::DeadChannel { channel: 2 }])]);
    scene.world.put_entry(&entry);
    let silent = ChannelWaveform { peaks: vec![0, 0] };
    let waveform = Waveform {
        version: WAVEFORM_VERSION,
        seconds: 1.5,
        sample_rate: 8_000,
        channels: vec![ChannelWaveform { peaks: vec![40, 100] }, silent],
        findings: vec![],
    };
    let key = ObjectKey::Waveform(&entry.recording).to_string();
    scene.world.put_document(&key, &serde_json::to_string(&waveform).unwrap());
    let answer = ask(&scene, &entry, &format!("?recording={}", entry.recording.recording_id));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = json!([{ "kind": "dead_channel", "channel": 2, "explanation": "Nothing can be heard on channel 2." }]);
    assert_eq!(
        body(&answer),
        json!({ "version": 1, "seconds": 1.5, "sample_rate": 8000, "findings": found,
                "channels": [{ "peaks": [40, 100] }, { "peaks": [0, 0] }] })
    );
    assert_eq!(scene.world.queued(QueueName::Transfer), 0, "nobody has to listen again");
    let told = body(&scene.send(&viewing(&scene, &format!("/api/calls/{}/recording", entry.recording.call_id))));
    assert_eq!(told["findings"], found, "flagged on the record");
}

#[test]
fn where_nobody_has_listened_yet_somebody_is_asked_to() {
    let scene = Scene::new();
    let entry = stored(&scene);
    scene.world.put_entry(&entry);
    let answer = ask(&scene, &entry, "");
    assert_eq!((answer.status, answer.header("retry-after")), (202, "3"), "{}", answer.text());
    let sent = scene.world.receive(QueueName::Transfer, 10);
    let request: TransferRequest = serde_json::from_str(&sent[0].body).unwrap();
    assert_eq!((&request.recording, request.origin), (&entry.recording, Origin::Demand));
    assert_eq!((request.report.outcome, sent.len()), (Outcome::ToBeHeard, 1));
    assert_eq!(scene.keys("open/"), Vec::<String>::new(), "it is no unfinished business");
}

#[test]
fn nobody_is_asked_where_there_is_nothing_to_hear_or_nothing_known() {
    let scene = Scene::new();
    let entry = received(&scene);
    assert_eq!(ask(&scene, &entry, "").status, 404);
    scene.world.put_entry(&entry);
    assert_eq!(ask(&scene, &entry, "").status, 409);
    scene.world.put_entry(&stored(&scene));
    assert_eq!(ask(&scene, &entry, "?recording=RE00000000000000000000000000000099").status, 404, "another recording");
    assert_eq!(ask(&scene, &entry, "?which=1").status, 422);
    assert_eq!(scene.world.queued(QueueName::Transfer), 0);
}

#[test]
fn a_bucket_or_a_queue_that_is_down_is_told_as_that() {
    for port in ["WaveformRead", "TransferQueue"] {
        let scene = Scene::new();
        let entry = stored(&scene);
        scene.world.put_entry(&entry);
        scene.world.set_plan(Plan::none().always(Where::ports(&[port]), Fault::ErrorBefore(ErrorKind::Unavailable)));
        assert_eq!(ask(&scene, &entry, "").status, 503, "{port}");
    }
}
