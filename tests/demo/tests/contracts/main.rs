//! The adapters keep the contracts that the fakes keep: S3, SQS, STS and Secrets Manager on the emulator, the providers
//! and Airtable on their stand-ins.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod aws;
mod bucket;
mod elevenlabs;
mod provider_lists;
mod providers;
mod queues;
mod vapi;

use recordings::adapters::system::SystemRandom;
use recordings::contract::Names;
use recordings::object_key::AudioPrefix;
use recordings::ports::Random;
use stack::{Options, Stack};
use tokio::sync::OnceCell;

static STACK: OnceCell<Stack> = OnceCell::const_new();

async fn stack() -> &'static Stack {
    STACK
        .get_or_init(|| async {
            let options = Options::from_environment().expect("the ports make sense");
            Stack::up(options).await.expect("the stack comes up")
        })
        .await
}

/// The bucket is kept between runs, so each test takes names that nobody used.
fn fresh_names() -> Names {
    Names::new(SystemRandom.number(), AudioPrefix::parse("recordings/").expect("a prefix"))
}
