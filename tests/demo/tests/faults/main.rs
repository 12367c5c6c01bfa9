//! What fails, on the real template deployed to the local stack: each failure ends in the state, the history lines and the
//! log records that the design asks for, deletes nothing at Twilio while it lasts, and heals by itself when it is over.
//!
//! The cases run at once, because each waits most of the time; the first test to ask runs them for all. Airtable's failures
//! strike everybody, so that they come one after another, behind the rest.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod airtable;
mod bucket;
mod case;
mod queues;
mod run;
mod twilio;

use std::collections::BTreeMap;

use demo::Scene;
use stack::{Options, Stack};
use tokio::sync::OnceCell;

use run::Run;

/// What is wrong with each case, by name.
static ALL: OnceCell<BTreeMap<&'static str, Vec<String>>> = OnceCell::const_new();

async fn everything() -> BTreeMap<&'static str, Vec<String>> {
    let options = Options::from_environment().expect("the ports make sense");
    let stack = Stack::up(options).await.expect("the stack comes up");
    run_all(&Scene::on(stack).expect("clients can be made")).await
}

async fn assert_nothing_wrong(name: &str) {
    let wrong = &ALL.get_or_init(everything).await[name];
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A test of each case, and the function that runs them all.
macro_rules! cases {
    (together { $($file:ident::$case:ident,)* } alone { $($lone_file:ident::$lone_case:ident,)* }) => {
        async fn run_all(scene: &Scene) -> BTreeMap<&'static str, Vec<String>> {
            let run = Run::of(scene, [$(stringify!($case)),*].len());
            let mut all = run.together(vec![$(Box::pin(run.case(stringify!($case), $file::$case))),*]).await;
            $(all.push(run.alone(stringify!($lone_case), $lone_file::$lone_case).await);)*
            all.into_iter().collect()
        }

        $(#[tokio::test] async fn $case() { assert_nothing_wrong(stringify!($case)).await; })*
        $(#[tokio::test] async fn $lone_case() { assert_nothing_wrong(stringify!($lone_case)).await; })*
    };
}

cases! {
    together {
        bucket::a_bucket_that_denies_audio,
        bucket::a_bucket_that_hangs_on_audio,
        bucket::a_bucket_that_denies_everything,
        bucket::a_bucket_that_hangs_on_everything,
        bucket::a_bucket_that_is_gone,
        bucket::a_bucket_out_of_reach,
        queues::a_transfer_queue_that_refuses_the_webhook,
        queues::a_history_queue_that_refuses_the_hand_over,
        queues::a_retry_queue_that_refuses,
        twilio::twilio_not_ready_at_first,
        twilio::twilio_refusing_our_credentials,
        twilio::twilio_throttling,
        twilio::twilio_unavailable,
        twilio::audio_that_is_cut_short,
        twilio::html_that_calls_itself_audio,
        twilio::a_redirect_to_the_metadata_service,
        twilio::a_redirect_into_a_private_network,
        twilio::a_redirect_to_a_foreign_host,
    }
    alone {
        airtable::airtable_unavailable,
        airtable::airtable_out_of_quota,
        airtable::airtable_throttling,
        airtable::a_history_field_that_is_renamed,
        airtable::a_job_whose_record_is_deleted,
    }
}
