//! What the URL of a line is: the permanent link, a signed URL, or the object's own. Whatever it is, the line is written once,
//! known again, and loses its URL with an erasure.

use std::time::Duration;

use jiff::Timestamp;
use recordings::fakes::{Fault, Plan, Where, World, sample};
use recordings::history_line::{LineEvent, LineStyle, PinnedLine};
use recordings::ledger_entry::{Change, State};
use recordings::ports::ErrorKind;
use recordings::recording::RecordingRef;
use transfer::config::LineUrl;

use crate::logs;
use crate::stage::{Stage, recorded};

const SIGNED: (&str, &str) = ("RECORDING_URL_KIND", "signed");
const PUBLIC: [(&str, &str); 3] =
    [("RECORDING_PUBLIC_URL", "true"), ("S3_BUCKET", "calls"), ("AWS_REGION", "eu-central-1")];
const AN_HOUR: Duration = Duration::from_secs(3_600);

fn at_home(stage: &Stage) -> RecordingRef {
    let recording = sample::recording(1);
    stage.report(&recorded(&stage.world, &recording, 1));
    assert_eq!(stage.state(&recording), State::Settled);
    recording
}

fn key(stage: &Stage, recording: &RecordingRef) -> String {
    stage.world.entry(recording).unwrap().recording_storage_path.unwrap().to_string()
}

fn only_line(stage: &Stage) -> String {
    let [line] = <[_; 1]>::try_from(stage.lines(1)).unwrap();
    line
}

/// What the API does when somebody asks for a URL anew.
fn sign_anew(stage: &Stage, recording: &RecordingRef, ends_at: Timestamp) {
    let style = LineStyle { source: "IVR".into(), time_zone: jiff::tz::TimeZone::UTC };
    let url = format!("https://bucket.s3.test/{}?anew", key(stage, recording));
    let event = LineEvent::Signed { url: &url, ends_at };
    let line = PinnedLine::new(&style, stage.world.time(), recording, &event);
    let entry = stage.world.entry(recording).unwrap();
    stage.world.put_entry(&entry.apply(Change::UrlSignedAnew(line), stage.world.time()).unwrap());
    stage.say_so(&recording.call());
}

#[test]
fn a_signed_url_is_written_with_its_end_and_the_copy_goes() {
    let stage = Stage::configured(World::new(1), &[SIGNED]);
    let recording = at_home(&stage);
    let (line, entry) = (only_line(&stage), stage.world.entry(&recording).unwrap());
    let url = format!("| URL: https://bucket.s3.test/{}?method=GET&expires=", key(&stage, &recording));
    assert!(line.contains(&url) && line.contains(" | Expires: "), "{line}");
    let left = entry.lines[0].url_ends_at.unwrap().duration_since(entry.recording_uploaded_at.unwrap());
    assert!((3_590..=3_600).contains(&left.as_secs()), "{left}");
    assert!(entry.provider_deleted_at.is_some() && !stage.world.provider_has(&recording));
}

#[test]
fn an_end_of_the_session_is_the_end_that_is_told() {
    let world = World::new(1);
    let ends = world.time() + Duration::from_secs(600);
    let world = World::with(recordings::fakes::Settings { signing_ends: Some(ends), ..Default::default() });
    let stage = Stage::configured(world, &[SIGNED]);
    let recording = at_home(&stage);
    assert_eq!(stage.world.entry(&recording).unwrap().lines[0].url_ends_at, Some(ends));
    assert!(only_line(&stage).ends_with(&format!("| Expires: {}", ends.strftime("%Y-%m-%d %H:%M:%S"))));
}

#[test]
fn where_nothing_can_be_signed_the_line_has_the_link() {
    let down = Fault::ErrorBefore(ErrorKind::Unavailable);
    let stage = Stage::configured(World::new(1), &[SIGNED]);
    stage.world.set_plan(Plan::none().always(Where::ports(&["LinkSigner"]), down));
    let records = logs::during(|| drop(at_home(&stage)));
    assert!(only_line(&stage).ends_with(&format!("| URL: {}", stage.link(&sample::recording(1)))));
    assert!(logs::types(&records).contains(&"line_not_signed"));
    assert_eq!(stage.metrics.of("line_not_signed"), 1.0);
}

#[test]
fn a_public_url_is_the_objects_own() {
    let stage = Stage::configured(World::new(1), &PUBLIC);
    let recording = at_home(&stage);
    let url = format!("https://calls.s3.eu-central-1.amazonaws.com/{}", key(&stage, &recording));
    assert!(only_line(&stage).ends_with(&format!("| URL: {url}")));
    assert_eq!(stage.called("LinkSigner", "sign"), 0);
}

#[test]
fn another_kind_writes_no_second_line_of_what_was_told_already() {
    let world = World::new(1);
    for (before, after) in
        [(&[][..], LineUrl::Signed(AN_HOUR)), (&[SIGNED][..], LineUrl::Link), (&PUBLIC[..], LineUrl::Signed(AN_HOUR))]
    {
        let mut stage = Stage::configured(World::new(1), before);
        let recording = at_home(&stage);
        let line = only_line(&stage);
        stage.settings.line_url = after;
        stage.report(&recorded(&world, &recording, 1));
        stage.say_so(&recording.call());
        stage.reconcile();
        assert_eq!(only_line(&stage), line);

        stage.world.edit_history(&sample::organisation(), &sample::job_record_id(1), String::clear);
        // It is looked at once a day.
        for _ in 0..25 {
            stage.live_for(AN_HOUR);
            stage.reconcile();
        }
        assert_eq!(only_line(&stage), line, "what was removed comes back as it was");
    }
}

#[test]
fn a_url_that_is_signed_anew_gets_a_line_of_its_own_once() {
    let stage = Stage::configured(World::new(1), &[SIGNED]);
    let recording = at_home(&stage);
    let first = only_line(&stage);
    stage.live_for(AN_HOUR);
    let ends_at = stage.world.time() + AN_HOUR;
    for seconds in [0, 0, 59] {
        sign_anew(&stage, &recording, ends_at + Duration::from_secs(seconds));
    }
    let lines = stage.lines(1);
    assert_eq!((lines.len(), &lines[0]), (2, &first));
    assert!(lines[1].contains("?anew | Expires: "), "{lines:#?}");
    stage.live_for(AN_HOUR);
    sign_anew(&stage, &recording, ends_at + AN_HOUR);
    assert_eq!(stage.lines(1).len(), 3);
    assert!(stage.world.entry(&recording).unwrap().all_lines_confirmed());
    assert!(stage.world.open_markers().is_empty());
}

#[test]
fn a_line_that_airtable_did_not_take_at_first_is_written_later() {
    let stage = Stage::configured(World::new(1), &[SIGNED]);
    let recording = at_home(&stage);
    stage.live_for(AN_HOUR);
    stage.world.set_plan(Plan::none().always(Where::airtable(), Fault::ErrorBefore(ErrorKind::Unavailable)));
    sign_anew(&stage, &recording, stage.world.time() + AN_HOUR);
    assert_eq!(stage.lines(1).len(), 1);
    stage.world.set_plan(Plan::none());
    stage.live_for(AN_HOUR);
    assert_eq!(stage.lines(1).len(), 2);
}

#[test]
fn an_erasure_takes_every_kind_of_url_out_of_the_history() {
    for variables in [&[SIGNED][..], &PUBLIC[..]] {
        let stage = Stage::configured(World::new(1), variables);
        let recording = at_home(&stage);
        stage.live_for(AN_HOUR);
        sign_anew(&stage, &recording, stage.world.time() + AN_HOUR);
        let copied = stage.lines(1)[0].replace("Event: Recording", "Event: Recording (copied)");
        stage.world.edit_history(&sample::organisation(), &sample::job_record_id(1), |history| {
            history.push('\n');
            history.push_str(&copied);
        });
        assert_eq!(stage.lines(1).len(), 3);
        stage.erase(&recording.call());
        assert!(stage.becomes_quiet_within(2 * AN_HOUR));
        let lines = stage.lines(1);
        assert_eq!(lines.len(), 3, "the lines stay");
        assert!(lines.iter().all(|line| line.contains("URL: erased") && !line.contains("https://")), "{lines:#?}");
        assert!(stage.world.entry(&recording).unwrap().is_forgotten());
    }
}
