//! The way from an empty account to the first recording, and back, as docs/install.md tells it.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use demo::{Scene, SceneError};
use serde_json::Value;
use stack::{Edge, Options};
use standins::{CreateJob, Destination, PlaceRecording, PlacedRecording, RecordingStatusForm, VoiceForm};
use tokio::net::TcpListener;

use crate::document::Document;
use crate::shell::Shell;

#[tokio::test]
async fn who_follows_the_document_word_for_word_hears_a_recording() {
    let options = Options::apart("install").expect("there are ports");
    let played = demo::on_a_stack_apart(options, async |scene| {
        install(scene).await;
        // The functions' programs go back to where other tests expect them.
        scene.stack_mut().deploy_with(&[]).await.expect("it is deployed");
    });
    played.await.expect("the stack comes up, and goes");
}

async fn install(scene: &Scene) {
    let document = Document::read("install.md");
    let folder = tempfile::tempdir().unwrap();
    let secret_file = folder.path().join("secret.json");
    // Cargo's own linker and flags, and no optimisation: what is compiled is shared with all other tests.
    let shell = Shell::at(scene.stack())
        .with("SAM_BUILD_MODE", "debug")
        .with("CARGO_LAMBDA_COMPILER", "cargo")
        .with("RUSTFLAGS", "")
        .with("FILE", &secret_file.display().to_string());
    // What stands before the API, in the place of a name of one's own.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());

    let [deploy] = &document.section("3. Deploy")[..] else { panic!("one block deploys") };
    let saved = folder.path().join("samconfig.toml");
    shell.answers(deploy, &answers(scene, &base, &saved)).await;

    let [fill] = &document.section("4. The secret")[..] else { panic!("one block fills the secret") };
    let (copy, put) = fill.split_once('\n').unwrap();
    shell.runs(&copy.replace(".local/secret.json", &secret_file.display().to_string())).await;
    fill_in(scene, &secret_file);
    shell.runs(put).await;

    let [list] = &document.section("5. Twilio, the number")[..] else { panic!("one block lists the outputs") };
    let listed = shell.runs(list).await;
    let output = |name: &str| {
        let line = listed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
        line.unwrap_or_else(|| panic!("no output {name} in {listed}")).to_owned()
    };
    assert_eq!(output("PublicBaseUrl"), base);
    let emulator_port = scene.stack().aws().endpoint.rsplit(':').next().unwrap().parse().unwrap();
    tokio::spawn(Edge::to(emulator_port, &output("ApiId")).serve(listener));

    let recording = call(scene, &output("TwilioVoiceUrl"), &output("TwilioRecordingUrl")).await;
    let [logs, alarm] = &document.section("7. The first recording")[..] else { panic!("logs, and an alarm") };
    let told = async || {
        let said = shell.runs(logs).await;
        let all =
            ["recording_s3_upload_success", "recording_saved_to_airtable_s3"].iter().all(|what| said.contains(what));
        Ok::<_, SceneError>(all.then_some(()))
    };
    scene.wait_for("the first recording", Duration::from_secs(120), told).await.unwrap();
    let history = scene.standins().job_history(recording.job.clone()).await.unwrap();
    let link = history.rsplit("URL: ").next().unwrap().trim();
    assert!(link.starts_with(&base), "{history}");
    let heard = scene.follow(link).await.unwrap();
    assert_eq!((heard.status, heard.audio_status), (302, Some(200)));
    assert!(heard.audio.len() > 1_000, "{} bytes", heard.audio.len());
    let gone = async || Ok(scene.at_twilio(&recording.placed).await?.is_none().then_some(()));
    scene.wait_for("the end of Twilio's copy", Duration::from_secs(60), gone).await.unwrap();
    shell.runs(alarm).await;

    let [remove, and_the_bucket] = &document.section("Remove it")[..] else { panic!("two blocks remove it") };
    let names = shell.runs(&format!("{remove}\necho \"$BUCKET $SECRET\"")).await;
    let (bucket, secret) = names.trim().rsplit('\n').next().unwrap().split_once(' ').unwrap();
    let stays = shell.runs(&format!("aws s3 ls --recursive s3://{bucket}/recordings/")).await;
    assert!(stays.contains(".mp3"), "the recording outlives the stack: {stays}");
    let shell = shell.with("BUCKET", bucket).with("SECRET", secret);
    shell.runs(and_the_bucket).await;
    let left = shell.runs("aws s3api list-buckets --query 'Buckets[].Name' --output text").await;
    assert!(!left.split_whitespace().any(|name| name == bucket), "{left}");
}

struct Recorded {
    placed: PlacedRecording,
    job: String,
}

/// Somebody calls the number; its voice webhook and the callback of its recording are what the document says.
async fn call(scene: &Scene, voice: &str, callback: &str) -> Recorded {
    let placed = scene.record(PlaceRecording::default()).await.unwrap();
    let to = |url: String| Destination { url, ..Destination::default() };
    let call =
        VoiceForm { call_sid: placed.call_sid.clone(), to: to(format!("{voice}?job=JOB456")), ..VoiceForm::default() };
    let answer = scene.standins().deliver_voice(call).await.unwrap();
    assert_eq!(answer.status, Some(200), "{answer:?}");
    assert!(answer.body.contains("<Recording"), "{}", answer.body);

    let job = CreateJob { history: Some("begun by a person".to_owned()), ..CreateJob::numbered("JOB456") };
    let job = scene.standins().create_job(job).await.unwrap();
    let url = callback.replace('#', "?job=JOB456#");
    let form = RecordingStatusForm {
        recording_sid: placed.recording_sid.clone(),
        to: to(url),
        ..RecordingStatusForm::default()
    };
    let answer = scene.standins().deliver_recording_status(form).await.unwrap();
    assert_eq!(answer.status, Some(204), "{answer:?}");
    Recorded { placed, job }
}

/// What `make deploy` asks, in its order: the stack's name, the region, each parameter; whether to show what changes, to make
/// roles, to leave a failed deployment as it is, and to save the arguments, and where; and whether to go on. Nothing is `Enter`.
fn answers(scene: &Scene, base: &str, saved: &Path) -> String {
    let template = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml")).unwrap();
    let (_, parameters) = template.split_once("\nParameters:\n").unwrap();
    let (parameters, _) = parameters.split_once("\nRules:\n").unwrap();
    let name = |line: &'_ str| {
        Some(line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with(' '))?.to_owned())
    };
    let mut answers = "\n\n".to_owned();
    for name in parameters.lines().filter_map(name) {
        // Where everything is, on this machine: the parameters of its own stack.
        let answer = match name.as_str() {
            "PublicBaseUrl" => base,
            name => scene.stack().parameters().get(name).map_or("", String::as_str),
        };
        writeln!(answers, "{answer}").unwrap();
    }
    writeln!(answers, "\n\n\n\n{}\n\ny", saved.display()).unwrap();
    answers
}

/// As somebody who has the accounts.
fn fill_in(scene: &Scene, file: &Path) {
    let mut secret: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let ours = scene.stack().secret();
    let organisation = &mut secret["organisations"]["default"];
    for (name, value) in [
        ("account_sid", &ours.account.sid),
        ("auth_token", &ours.account.auth_token),
        ("api_key_sid", &ours.account.api_key_sid),
        ("api_key_secret", &ours.account.api_key_secret),
    ] {
        organisation["twilio"][name] = value.clone().into();
    }
    organisation["airtable"]["token"] = ours.base.token.clone().into();
    // The document: leave out what is not used.
    for unused in ["vapi", "elevenlabs"] {
        organisation.as_object_mut().unwrap().remove(unused);
    }
    fs::write(file, secret.to_string()).unwrap();
}
