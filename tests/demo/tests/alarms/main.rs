//! Each class of failure, driven through the functions of the deployed stack, puts its alarms on and no other, and a healthy run
//! none. The figures are those that the functions wrote into their logs; the alarms are the template's, asked as CloudWatch
//! would ask them (`tests/template`), and the emulator's CloudWatch is told the same figures.
//!
//! What is counted concerns the whole stack, so that nothing may run beside it: it has a new one, apart from the other tests'.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod canary;
mod causes;
mod watch;

use demo::Scene;
use stack::Options;

use watch::Watch;

#[tokio::test]
async fn each_failure_raises_its_alarms_and_no_other() {
    let options = Options::apart("alarms").expect("there are ports");
    let played = demo::on_a_stack_apart(options, async |scene| let_all_fail(scene).await).await;
    played.expect("the stack comes up, and goes");
}

async fn let_all_fail(scene: &Scene) {
    let mut watch = Watch::begin(scene).await.expect("there are logs");

    causes::a_healthy_run(scene).await.expect("all is well");
    watch.learns_what_is_healthy().await.expect("there are logs");
    watch.reckons(causes::HEALTHY_RECORDINGS);
    watch.sees("a healthy run", &[]).await;
    canary::comes_home_and_is_taken_back(scene).await.expect("all is well");
    watch.sees("a canary that comes home", &[]).await;

    causes::audio_is_refused(scene).await.expect("it goes on to its end");
    watch
        .sees("a bucket that refuses audio", &["bucket-fails", "fallback-rate", "retry-rate", "upload-failures"])
        .await;
    causes::airtable_is_down(scene).await.expect("it goes on to its end");
    watch.sees("Airtable that is down", &["airtable-update-error"]).await;
    causes::the_month_is_used_up(scene).await.expect("it goes on to its end");
    watch.sees("a month that is used up", &["airtable-quota", "airtable-update-error"]).await;
    causes::audio_is_html(scene).await.expect("it goes on to its end");
    watch.sees("HTML in place of audio", &["recording-failed", "retry-rate", "success-rate"]).await;
    causes::audio_is_shorter_than_announced(scene).await.expect("it goes on to its end");
    watch.sees("audio that is too short", &["retry-rate", "suspect"]).await;
    causes::nobody_signs(scene).await.expect("it goes on to its end");
    watch.sees("webhooks that nobody signed", &["invalid-signatures"]).await;
    causes::nothing_is_durable(scene).await.expect("it goes on to its end");
    watch.sees("webhooks that nothing takes", &["webhook-not-durable"]).await;
    causes::traces_are_refused(scene).await.expect("it goes on to its end");
    watch.sees("traces that are refused", &["audit-not-written"]).await;
    causes::nobody_has_the_job(scene).await.expect("it goes on to its end");
    watch.sees("a job that nobody has", &["unassigned"]).await;
    causes::the_webhook_is_lost(scene).await.expect("it goes on to its end");
    watch.sees("a webhook that is lost", &["repaired"]).await;
    causes::the_copy_is_deleted_by_somebody(scene).await.expect("it goes on to its end");
    watch.sees("a copy that somebody deleted", &["lost-at-provider"]).await;

    causes::a_transfer_is_given_up(scene).await.expect("it can be put there");
    watch.measures_the_queues().await.expect("the queues answer");
    watch.sees("a letter in a dead-letter queue", &["dead-letters", "transfer-dead-letters"]).await;
    causes::the_dead_are_seen_to(scene).await.expect("it goes on to its end");
    let told = ["dead-letters", "recording-failed", "success-rate", "transfer-dead-lettered"];
    watch.sees("a letter that the sweeper saw to", &told).await;

    watch.hears_nothing(&["doctor-not-run", "no-webhook", "orphans-not-run", "reconcile-not-run", "retry-not-run"]);
    assert!(watch.wrong.is_empty(), "{:#?}", watch.wrong);
}
