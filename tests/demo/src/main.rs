//! `make demo`: brings the whole system up on this machine and shows the main job, step by step.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program speaks to a person")]

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use demo::cases::{self, Step, Told};
use demo::{Scene, SceneError};
use serde_json::json;
use stack::{Options, Stack};

const REPORT: &str = "target/demo/report.json";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nThe demonstration could not go on: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<bool, SceneError> {
    let start = Instant::now();
    println!("Tapeline on this machine\n");
    let options = Options { announce: |step| println!("  … {step}"), ..Options::from_environment()? };
    let scene = Scene::on(Stack::up(options).await?)?;
    let up_ms = start.elapsed().as_millis();
    println!("\n  up after {:.1} s\n", up_ms as f64 / 1000.0);
    println!(
        "Each case tells what happened, in order, and where it was seen (ledger: the recording's entry; log: a function's"
    );
    println!("log type; history: the job's field in Airtable); and then what is left of each recording.\n");

    let mut told = Vec::new();
    tell(&mut told, cases::short_call(&scene).await?);
    tell(&mut told, cases::ten_minutes(&scene).await?);
    tell(&mut told, cases::one_hour(&scene).await?);
    tell(&mut told, cases::two_of_one_call(&scene).await?);
    tell(&mut told, cases::duplicate(&scene).await?);
    tell(&mut told, cases::forged(&scene).await?);
    tell(&mut told, cases::too_short(&scene).await?);
    tell(&mut told, cases::job_found_by_call(&scene).await?);
    tell(&mut told, cases::not_ready_at_first(&scene).await?);
    tell(&mut told, cases::bucket_down_at_first(&scene).await?);
    tell(&mut told, cases::airtable_throttled(&scene).await?);
    tell(&mut told, cases::unassigned(&scene).await?);
    tell(&mut told, cases::lost_webhook(&scene).await?);
    tell(&mut told, cases::vapi_call(&scene).await?);
    tell(&mut told, cases::elevenlabs_conversation(&scene).await?);
    tell(&mut told, cases::transcript_only(&scene).await?);

    let violations = scene.standins().violations().await?;
    let all_went_well = told.iter().all(|case| case.wrong.is_empty()) && violations.is_empty();
    for violation in &violations {
        println!("A provider's or Airtable's rule was broken: {violation:?}");
    }
    let report = json!({
        "up_ms": up_ms,
        "took_ms": start.elapsed().as_millis(),
        "all_went_well": all_went_well,
        "violations": violations,
        "cases": told,
    });
    write(&report)?;
    let link = told.first().and_then(|case| case.recordings.first()?.link.clone()).unwrap_or_default();
    println!("All of it took {:.1} s. The whole report is in {REPORT}.", start.elapsed().as_secs_f64());
    println!("The stack stays up: open {link} in a browser to listen. `make down` ends it.");
    println!("For twelve hours this token opens the API, and the dashboard at {}/:", scene.stack().public_base_url());
    println!("{}", scene.token(&["view_call_history", "manage_recordings", "operate"]));
    Ok(all_went_well)
}

fn tell(all: &mut Vec<Told>, case: Told) {
    println!("{} ({:.1} s)", case.name, case.took_ms as f64 / 1000.0);
    for Step { after_ms, at, what } in &case.steps {
        println!("  {:>+7.2} s  {at:<9} {what}", *after_ms as f64 / 1000.0);
    }
    for seen in &case.recordings {
        tell_recording(seen);
    }
    for wrong in &case.wrong {
        println!("  WRONG      {wrong}");
    }
    println!();
    all.push(case);
}

fn tell_recording(seen: &demo::Evidence) {
    println!("  recording  {} is {}", seen.recording_id, seen.state);
    if let (Some(key), Some(bytes)) = (&seen.object_key, seen.bytes) {
        println!("  bucket     {key}, {bytes} bytes");
    }
    if let (Some(source), Some(stored)) = (&seen.sha256_at_source, &seen.sha256_in_bucket) {
        println!("  SHA-256    {source} at the provider\n             {stored} in the bucket");
    }
    if let (Some(stored), Some(settled)) = (seen.stored_after_ms, seen.settled_after_ms) {
        println!("  timing     safe in the bucket after {stored} ms, all done after {settled} ms");
    }
    if let Some(answer) = &seen.link_answer {
        let audio = answer.audio_status.map_or_else(|| "nothing".to_owned(), |status| status.to_string());
        let kind = answer.content_type.as_deref().unwrap_or("unknown content");
        println!(
            "  link       answered {}, behind it {audio} with {} bytes of {kind}",
            answer.status,
            answer.audio.len()
        );
    }
    println!("  provider   {}", if seen.provider_has_it { "still there" } else { "no copy" });
}

fn write(report: &serde_json::Value) -> Result<(), SceneError> {
    let strange = |error: std::io::Error| SceneError::Strange(format!("cannot write {REPORT}: {error}"));
    if let Some(folder) = Path::new(REPORT).parent() {
        std::fs::create_dir_all(folder).map_err(strange)?;
    }
    let text = serde_json::to_vec_pretty(report).map_err(|error| strange(error.into()))?;
    std::fs::write(REPORT, text).map_err(strange)
}
