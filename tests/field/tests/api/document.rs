//! schemathesis, which knows nothing of us but the OpenAPI document, tries every route with what makes sense and with what does
//! not: as nobody, with each permission, and with all of them. It may find no 5xx, and no answer that the document does
//! not tell of: no other status, no other type, no body of another shape.
//!
//! What it meets is the webhook function's own program, with transfer behind it, and calls in every state.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use field::{Field, Kind, Settings};
use serde_json::{Value, json};
use standins::{CreateJob, Outcome, PlaceRecording, PlacedRecording};
use tempfile::TempDir;

use crate::caller::{ALL, ask, token};

const PATIENCE: Duration = Duration::from_secs(120);
const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");
/// Where it writes down what it asked and what was answered.
const TRIED: &str = "tried.har";

/// Who asks, with which permissions, and how many cases there are for each route. Whoever may do everything gets further.
const ASKING: [(&str, &[&str], u32); 4] = [
    ("who may read", &["view_call_history"], 5),
    ("who may change", &["manage_recordings"], 5),
    ("who operates", &["operate"], 5),
    ("who may do everything", &ALL, 40),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_as_its_document_says() {
    let Some(tester) = tester() else {
        return skipped("schemathesis is not installed; `make tester` installs it");
    };
    let mut field = Field::start(Settings { webhooks: 4, ..Settings::default() }).await;
    let folder = known_to_the_tester(&mut field).await;
    let api = field.gateway().url().to_owned();
    let trying = async |permissions: &[&str], cases, document: String| {
        let trial =
            Trial { folder: folder.path().to_owned(), api: api.clone(), token: token(permissions), cases, document };
        let tester = tester.clone();
        tokio::task::spawn_blocking(move || trial.run(&tester)).await.unwrap()
    };
    let (finds_nothing, told) = trying(&ALL, 1, "without_404.json".to_owned()).await;
    assert!(!finds_nothing && told.contains("Undocumented status code"), "it sees what is not documented:\n{told}");
    for (who, permissions, cases) in ASKING {
        let (finds_nothing, told) = trying(permissions, cases, format!("{api}/openapi.json")).await;
        assert!(finds_nothing, "{who}:\n{told}");
    }
    let (tried, in_vain) = in_vain(folder.path());
    assert!(tried > 500, "only {tried} requests");
    assert_eq!(in_vain, [""; 0], "nobody got further than to be refused");
    assert_eq!(field.function(Kind::Webhook).tally().errors, 0);
    assert_eq!(field.function(Kind::Webhook).tally().ended, 0);
}

/// Where it is, if it is.
fn tester() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/schemathesis");
    installed.join(".installed").exists().then(|| installed.join("bin/schemathesis"))
}

#[expect(clippy::print_stderr, reason = "what is not tested has to be seen")]
fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// One of its runs.
struct Trial {
    /// In which its settings and its dictionaries are.
    folder: PathBuf,
    api: String,
    token: String,
    cases: u32,
    /// The document's address, or its file.
    document: String,
}

impl Trial {
    /// Lets it try everything; whether it found nothing, and what it told.
    fn run(&self, tester: &Path) -> (bool, String) {
        let mut command = Command::new(tester);
        command.current_dir(&self.folder).env_clear().env("HOME", &self.folder);
        command.env("API", &self.api).env("TOKEN", &self.token).env("NO_PROXY", "*");
        command.args(["--config-file", "schemathesis.toml", "run", "--no-color"]);
        command.args(["--phases", "examples,coverage,fuzzing", "--report", "har", "--report-har-path", TRIED]);
        let output = command.arg("--max-examples").arg(self.cases.to_string()).arg(&self.document).output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&told).into_owned())
    }
}

/// How many requests the last one made, and which of the document's routes never answered with a success.
fn in_vain(folder: &Path) -> (usize, Vec<String>) {
    let tried: Value = serde_json::from_slice(&std::fs::read(folder.join(TRIED)).unwrap()).unwrap();
    let tried = tried["log"]["entries"].as_array().unwrap();
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut in_vain = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let succeeded = tried.iter().any(|tried| {
                let (request, status) = (&tried["request"], tried["response"]["status"].as_u64().unwrap_or_default());
                let is_asked = request["method"].as_str().unwrap().eq_ignore_ascii_case(method);
                is_asked && status < 400 && is_at(request["url"].as_str().unwrap(), path)
            });
            if !succeeded {
                in_vain.push(format!("{method} {path}"));
            }
        }
    }
    (tried.len(), in_vain)
}

/// Whether a URL's path is one of the document's.
fn is_at(url: &str, path: &str) -> bool {
    let (_, rest) = url.split_once("/api/").unwrap_or_default();
    let parts = rest.split(['?', '#']).next().unwrap_or_default().split('/');
    let wanted = path.trim_start_matches("/api/").split('/');
    parts.clone().count() == wanted.clone().count()
        && parts.zip(wanted).all(|(part, wanted)| wanted.starts_with('{') || part == wanted)
}

/// Makes calls in every state that there is, and writes down what they are called.
async fn known_to_the_tester(field: &mut Field) -> TempDir {
    field.world().create_job(CreateJob::numbered("JOB1")).unwrap();
    let absent = PlaceRecording { outcome: Outcome::Absent { error_code: 16_101 }, ..PlaceRecording::default() };
    let mut placed = Vec::new();
    for wanted in [vec![PlaceRecording::default(); 6], vec![absent; 2]].concat() {
        let recording = field.world().place_recording(wanted).unwrap();
        field.report(&recording, Some("JOB1")).await;
        placed.push(recording);
    }
    field.until("the end of the recordings", PATIENCE, Field::is_quiet).await;
    // These are at Twilio, or were, and nobody told us of them.
    let unreported = [(); 4].map(|()| field.world().place_recording(PlaceRecording::default()).unwrap());
    let job = imported(field, &unreported).await;
    placed.extend(unreported);

    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("schemathesis.toml", include_str!("schemathesis.toml"));
    write("without_404.json", &DOCUMENT.replace("\"404\"", "\"418\""));
    // A line of a dictionary is a quoted string.
    let dictionary = |name: &str, words: &[String]| {
        write(name, &words.iter().map(|word| format!("\"{word}\"\n")).collect::<String>());
    };
    let all =
        |name: fn(&PlacedRecording) -> &str| placed.iter().map(|placed| name(placed).to_owned()).collect::<Vec<_>>();
    let calls = all(|placed| &placed.call_sid);
    dictionary("files", &calls.iter().map(|call| format!("{call}-JOB1.mp3")).collect::<Vec<_>>());
    dictionary("calls", &calls);
    dictionary("erasable", &calls[..3]);
    dictionary("kept", &calls[3..6]);
    dictionary("recordings", &all(|placed| &placed.recording_sid));
    dictionary("jobs", &[job]);
    folder
}

/// Imports recordings of another time, and begins to fetch them; the id of the job that does so.
async fn imported(field: &Field, recordings: &[PlacedRecording]) -> String {
    let item = |placed: &PlacedRecording| {
        json!({
            "call_id": placed.call_sid, "recording_id": placed.recording_sid, "started_at": "2024-03-15T12:00:00Z",
        })
    };
    let items: Vec<_> = recordings.iter().map(item).collect();
    let (_, answer) = ask(field, "POST", "/api/recordings/import", &json!({ "recordings": items })).await;
    assert_eq!(answer["recordings"][0]["result"], "created", "{answer}");
    let missing = json!({ "from": "2024-03-15", "to": "2024-03-15" });
    let (_, job) = ask(field, "POST", "/api/jobs/fetch-missing-audio", &missing).await;
    job["id"].as_str().unwrap_or_else(|| panic!("{job}")).to_owned()
}
