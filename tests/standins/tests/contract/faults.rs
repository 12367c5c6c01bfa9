use std::time::{Duration, Instant};

use standins::speech::{Clip, Format, mono};
use standins::{Fault, FaultRule, PlaceRecording, Service};

use crate::http::Reply;
use crate::scene::Scene;

/// What a correct client sees of a recording whose audio is struck at the media host.
async fn fetch_with(fault: Fault) -> (Scene, Reply) {
    let scene = Scene::start().await;
    let url = scene.place(PlaceRecording::default()).recording_url;
    scene.world().inject(FaultRule::new(Service::Media, fault)).unwrap();
    let reply = scene.fetch(&format!("{url}.mp3"), &[]).await;
    (scene, reply)
}

fn clip() -> Vec<u8> {
    mono(Clip::Caller, Format::Mp3).to_vec()
}

#[tokio::test]
async fn cut_body_is_shorter_than_announced_and_the_connection_breaks() {
    let (_scene, reply) = fetch_with(Fault::CutBody { after: 5_000 }).await;
    assert_eq!((reply.status, reply.broken), (200, true));
    assert_eq!(reply.header("content-length"), clip().len().to_string());
    assert_eq!(reply.body, clip()[..5_000]);
}

#[tokio::test]
async fn shortened_body_agrees_with_its_own_length() {
    let (_scene, reply) = fetch_with(Fault::ShortenBody { to: 5_000 }).await;
    assert_eq!((reply.broken, reply.header("content-length")), (false, "5000"));
    assert_eq!(reply.body, clip()[..5_000]);
}

#[tokio::test]
async fn announced_length_can_be_wrong_both_ways() {
    let more = clip().len() as u64 + 10;
    let (_scene, reply) = fetch_with(Fault::ContentLength { announced: more }).await;
    assert_eq!((reply.broken, reply.body.len()), (true, clip().len()));
    let (_scene, reply) = fetch_with(Fault::ContentLength { announced: 100 }).await;
    assert_eq!(reply.body, clip()[..100]);
}

#[tokio::test]
async fn one_bit_is_flipped() {
    let (_scene, reply) = fetch_with(Fault::FlipBit { offset: 7_777, bit: 3 }).await;
    let mut expected = clip();
    expected[7_777] ^= 8;
    assert_eq!(reply.body, expected);
}

#[tokio::test]
async fn error_pages_can_call_themselves_audio() {
    for (fault, begin) in [(Fault::html_as_audio(), "<!DOCTYPE html>"), (Fault::xml_as_audio(), "<?xml")] {
        let (_scene, reply) = fetch_with(fault).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "audio/mpeg"));
        assert!(reply.text().starts_with(begin));
    }
}

#[tokio::test]
async fn statuses_are_answered_with_their_headers() {
    let (_scene, reply) = fetch_with(Fault::Answer {
        status: 503,
        body: "busy".to_owned(),
        content_type: Some("text/plain".to_owned()),
        retry_after: Some(7),
    })
    .await;
    assert_eq!((reply.status, reply.text(), reply.header("retry-after")), (503, "busy", "7"));
}

#[tokio::test]
async fn redirect_leads_where_it_is_told() {
    let scene = Scene::start().await;
    let private = "http://10.0.0.1/secret".to_owned();
    let rule = FaultRule::new(Service::Twilio, Fault::Redirect { location: private.clone() });
    scene.world().inject(rule).unwrap();
    let reply = scene.twilio("GET", "/2010-04-01/Accounts/AC0/Recordings/RE0.mp3").send().await;
    assert_eq!((reply.status, reply.header("location")), (302, &*private));
}

#[tokio::test]
async fn reply_is_lost_after_the_deletion_took_effect() {
    let scene = Scene::start().await;
    let placed = scene.place(PlaceRecording::default());
    let lost = FaultRule::new(Service::Twilio, Fault::LoseReply).method("DELETE").once();
    scene.world().inject(lost).unwrap();
    let path = format!("/2010-04-01/Accounts/{}/Recordings/{}.json", placed.account_sid, placed.recording_sid);
    assert!(scene.twilio("DELETE", &path).try_send().await.is_none());
    assert!(scene.world().recording(placed.recording_sid).unwrap().deleted_at.is_some());
    assert_eq!(scene.twilio("DELETE", &path).send().await.status, 404);
}

#[tokio::test]
async fn connection_is_closed_before_anything_happens() {
    let scene = Scene::start().await;
    let id = scene.job("JOB1");
    scene.world().inject(FaultRule::new(Service::Airtable, Fault::CloseBeforeAnswer)).unwrap();
    let body = serde_json::json!({"fields": {"job_history": "x"}});
    assert!(scene.table("PATCH", &format!("/{id}")).json(&body).try_send().await.is_none());
    assert_eq!(scene.history(&id), "");
    let journal = scene.world().journal(standins::JournalQuery::of(Service::Airtable));
    assert_eq!((journal.len(), journal[0].status), (1, None));
    assert_eq!(journal[0].fault, Some(Fault::CloseBeforeAnswer));
}

#[tokio::test]
async fn hanging_and_stalling_calls_never_end() {
    for fault in [Fault::Hang, Fault::Stall { after: 100 }] {
        let waited = tokio::time::timeout(Duration::from_millis(80), fetch_with(fault.clone())).await;
        assert!(waited.is_err(), "{fault:?}");
    }
}

#[tokio::test]
async fn delay_and_trickle_take_their_time_and_lose_nothing() {
    for fault in [Fault::Delay { ms: 60 }, Fault::Trickle { bytes_per_second: 200_000 }] {
        let begun = Instant::now();
        let (_scene, reply) = fetch_with(fault.clone()).await;
        assert!(begun.elapsed() >= Duration::from_millis(60), "{fault:?}");
        assert_eq!(reply.body, clip(), "{fault:?}");
    }
}

#[tokio::test]
async fn faults_strike_the_nth_call_and_are_counted() {
    let scene = Scene::start().await;
    let url = scene.place(PlaceRecording::default()).recording_url;
    let second = FaultRule::new(Service::Media, Fault::status(500)).prefix("/media/").from_nth(2).once();
    let id = scene.world().inject(second).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(scene.fetch(&url, &[]).await.status);
    }
    assert_eq!(statuses, [200, 500, 200]);
    let report = &scene.world().faults()[0];
    assert_eq!((report.id, report.matched, report.struck), (id, 3, 1));
    scene.world().clear_faults();
    assert_eq!(scene.world().faults(), []);
}
