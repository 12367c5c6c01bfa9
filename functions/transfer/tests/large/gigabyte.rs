use std::time::Instant;

use runtime::{MemoryLimit, Rie};
use serde_json::json;
use standins::TwilioBehaviour;
use standins::speech::Format;

use crate::stage::{MEGABYTE, Stage, deliver, program};

const GIGABYTE: u64 = 1_024 * MEGABYTE;
const LIMIT: MemoryLimit = MemoryLimit { megabytes: 96 };

/// A gigabyte comes home whole, in the memory that a function has at the least.
async fn bring_home(format: Format, content_length: bool) {
    let stage = Stage::set().await;
    stage.world().set_twilio_behaviour(TwilioBehaviour { content_length, ..TwilioBehaviour::default() });
    let call = stage.place(format, GIGABYTE);
    let function = Rie::start_within(LIMIT, program(), &stage.environment(format)).await;
    function.invoke(&json!({ "Records": [] })).await;
    let idle = function.memory();

    let started = Instant::now();
    deliver(&function, &call.message).await;

    let (seconds, memory) = (started.elapsed().as_secs_f64(), function.memory());
    let stored = stage.assert_stored(&call);
    eprintln!("{format:?} {} {seconds:.1} {idle:?} {memory:?} {}", stored.bytes, stored.requests);
    assert!(memory.peak <= LIMIT.megabytes * MEGABYTE, "{memory:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_its_length_announced() {
    bring_home(Format::Mp3, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_length() {
    bring_home(Format::Wav, false).await;
}
