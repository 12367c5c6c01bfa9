use std::time::{Duration, Instant};

use runtime::{Memory, MemoryLimit, Rie};
use serde_json::{Value, json};
use standins::TwilioBehaviour;
use standins::speech::Format;

use crate::stage::{LIMIT, MEGABYTE, Stage, deliver, program, say};

const GIGABYTE: u64 = 1_024 * MEGABYTE;
/// What a transfer may take beyond the idle function: three parts of 5 MB, and what is read and written of them. It may
/// only be lowered.
const ABOVE_IDLE: u64 = 32 * MEGABYTE;

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_comes_home_within_96_megabytes_of_memory() {
    bring_home(Format::Mp3, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_of_unknown_length_comes_home_within_96_megabytes_of_memory() {
    bring_home(Format::Wav, false).await;
}

async fn bring_home(format: Format, content_length: bool) {
    let stage = Stage::set().await;
    stage.world().set_twilio_behaviour(TwilioBehaviour { content_length, ..TwilioBehaviour::default() });
    let call = stage.place(format, GIGABYTE);
    let function = Rie::start_within(LIMIT, program(), &stage.environment(format)).await;
    function.invoke(&no_messages()).await;
    let idle = function.memory();

    let started = Instant::now();
    deliver(&function, &call.message).await;
    let (taken, busy) = (started.elapsed(), function.memory());

    let stored = stage.assert_stored(&call);
    let length = if content_length { "announced" } else { "unknown" };
    report(&format!("{format:?}, length {length}"), stored.bytes, taken, idle, busy);
    assert!(busy.peak - idle.resident < ABOVE_IDLE, "{idle:?} {busy:?}");
    assert!(busy.peak < LIMIT.megabytes * MEGABYTE, "with its program's own text: {busy:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "memory allocation of")]
async fn less_memory_than_it_needs_ends_it() {
    let stage = Stage::set().await;
    let call = stage.place(Format::Wav, 64 * MEGABYTE);
    let limit = MemoryLimit { megabytes: 8 };
    let function = Rie::start_within(limit, program(), &stage.environment(Format::Wav)).await;
    assert_eq!(function.invoke(&no_messages()).await, json!({ "batchItemFailures": [] }), "enough to begin with");
    deliver(&function, &call.message).await;
}

/// An event that has the function started, and nothing to do.
fn no_messages() -> Value {
    json!({ "Records": [] })
}

fn report(what: &str, bytes: u64, taken: Duration, idle: Memory, busy: Memory) {
    let megabytes = |bytes: u64| bytes as f64 / MEGABYTE as f64;
    let (seconds, above) = (taken.as_secs_f64(), megabytes(busy.peak - idle.resident));
    let (rate, peak) = (megabytes(bytes) / seconds, megabytes(busy.peak));
    say(&format!(
        "transfer: {bytes} bytes ({what}) in {seconds:.1} s, {rate:.0} MB/s; memory {peak:.1} MB, {above:.1} above idle"
    ));
}
