//! One recording from its signed webhook to the line in Airtable, and what becomes of it when processes are killed.

use std::time::Duration;

use field::{Field, Kind, Settings};
use runtime::Surroundings;
use serde_json::Value;
use standins::speech::{Channels, Format};
use standins::{CreateJob, PlaceRecording};

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_recording_comes_home_though_everybody_is_killed() {
    let mut field = Field::start(Settings::default()).await;
    let job = field.world().create_job(CreateJob::numbered("JOB1")).unwrap();
    let placed = field.world().place_recording(PlaceRecording::default()).unwrap();
    let audio = field.world().recording(placed.recording_sid.clone()).unwrap().audio;

    let transfer = field.function(Kind::Transfer).clone();
    let killing = tokio::spawn(async move {
        let next = transfer
            .processes()
            .iter()
            .map(|process| Box::pin(async move { process.kill_during(process.next_invocation().await).await }));
        // Whichever gets the recording first.
        let (was_killed, _, _) = futures_util::future::select_all(next).await;
        was_killed
    });
    let delivery = field.report(&placed, Some("JOB1")).await;
    assert_eq!(delivery.status, Some(204));
    assert!(killing.await.unwrap(), "a process had the recording and was killed");
    for kind in [Kind::Webhook, Kind::Sweeper] {
        field.function(kind).processes()[0].kill().await;
    }
    field.until("the end of the recording", PATIENCE, Field::is_quiet).await;

    let key = format!("ledger/default/twilio/{}/{}.json", placed.call_sid, placed.recording_sid);
    let aws = &field.surroundings().aws;
    let entry: Value = serde_json::from_slice(&aws.object(Surroundings::BUCKET, &key).await.unwrap()).unwrap();
    assert_eq!(entry["state"], "settled", "{entry}");
    let stored = aws.object(Surroundings::BUCKET, entry["recording_storage_path"].as_str().unwrap()).await.unwrap();
    assert!(stored == audio.track(Format::Mp3, Channels::Mono).read_all());
    let history = field.world().job_history(job).unwrap();
    assert_eq!(history.matches("| Event: Recording |").count(), 1, "{history}");
    assert!(field.world().recording(placed.recording_sid).unwrap().deleted_at.is_some());
    assert_eq!(field.world().violations(), []);
    assert_eq!(field.function(Kind::Transfer).tally().ended, 1);
    assert!(field.transfers().received() >= 2 && field.transfers().comes_again() >= 1);
    assert_eq!(field.function(Kind::Webhook).tally().errors, 0);
}
