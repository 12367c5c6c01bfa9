//! Each function's events on a warm process, and the processor time of a verified webhook.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use runtime::Surroundings;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::Fallible;
use crate::copy::Course;
use crate::function::{Function, Place};
use crate::report::{Report, say};
use crate::sink::Kept;
use crate::source::{Manner, Recording};

/// The one that there are thousands of.
const VERIFIED: &str = "webhook-twilio-recording-completed";
/// Asks providers, which are not there.
const ELSEWHERE: [&str; 3] = ["webhook-api-call-refresh", "webhook-api-fetch-missing-audio", "webhook-link-range"];
const WHAT: &str = "one event, warm";
/// Each waits until Airtable may be asked again.
const PACED: usize = 10;
/// Twelve seconds.
const BYTES: u64 = 48_000;

pub(crate) async fn measure(place: &Place, events: usize, report: &mut Report) -> Fallible<()> {
    let recording = Recording::of(BYTES);
    place.source.serve(&recording, Manner::Announced);
    let installed = installed(place, &recording).await?;
    webhooks(place, events, &installed, report).await?;
    transfers(place, events, &recording, report).await?;
    sweeps(place, events, &installed, report).await?;
    place.sink.clear();
    Ok(())
}

/// A bucket with the recording of the fixture events in it, brought home and told of.
async fn installed(place: &Place, recording: &Recording) -> Fallible<Kept> {
    place.sink.clear();
    let (mut webhook, mut transfer) = (place.start("webhook").await?, place.start("transfer").await?);
    webhook.handle(&runtime::event(VERIFIED)).await?;
    let mut told: Value = serde_json::from_str(&place.sink.last_sent("transfer")?)?;
    told["report"]["duration_seconds"] = json!(recording.seconds);
    done(&transfer.handle(&with_body("transfer-queue-one", &told.to_string())).await?.1)?;
    let pointer = place.sink.last_sent("history.fifo")?;
    done(&transfer.handle(&with_body("transfer-history-one", &pointer)).await?.1)?;
    webhook.end()?;
    transfer.end()?;
    Ok(place.sink.keep())
}

pub(crate) fn with_body(event: &str, body: &str) -> Value {
    let mut event = runtime::event(event);
    event["Records"][0]["body"] = json!(body);
    event
}

pub(crate) fn done(answer: &Value) -> Fallible<()> {
    match answer == &json!({ "batchItemFailures": [] }) {
        true => Ok(()),
        false => Err(format!("transfer answered {answer}").into()),
    }
}

async fn webhooks(place: &Place, events: usize, installed: &Kept, report: &mut Report) -> Fallible<()> {
    say(&format!("webhook: {events} of each event"));
    // Nobody listens there; only where it is, is told.
    let live = [("LIVE_URL", "ws://localhost:1/live".to_owned())];
    let (mut webhook, mut hello) = (place.start_in("webhook", &live).await?, place.start("hello").await?);
    let mut names = runtime::events("webhook");
    names.retain(|name| !ELSEWHERE.contains(&name.as_str()));
    let fixtures: Vec<Value> = names.iter().map(|name| runtime::event(name)).collect();
    let mut found = vec![(String::new(), Vec::new()); names.len()];
    for _ in 0..events {
        for ((name, event), (status, times)) in names.iter().zip(&fixtures).zip(&mut found) {
            // What one of them decided, revoked or erased is nothing to the next.
            place.sink.restore(installed);
            let (taken, answer) = webhook.handle(&signed_now(event.clone(), name)?).await?;
            *status = answer["statusCode"].to_string();
            times.push(milliseconds(taken));
        }
    }
    for (name, (status, times)) in names.iter().zip(&found) {
        report.add(WHAT, &format!("{} ({status})", name.trim_start_matches("webhook-")), "ms", times);
    }
    // It asks nobody: what it takes is the way to the function and back.
    report.relate(WHAT, "ms", "health (200)");
    verified(&mut webhook, &mut hello, events, report).await?;
    webhook.end()?;
    hello.end()?;
    Ok(())
}

/// ElevenLabs signs the time too: what was signed then is signed anew, but for what is to be refused.
fn signed_now(mut event: Value, name: &str) -> Fallible<Value> {
    if !name.starts_with("webhook-elevenlabs-") || name.ends_with("-forged") || name.ends_with("-stale") {
        return Ok(event);
    }
    let secret = Surroundings::secret();
    let secret = secret["organisations"]["default"]["elevenlabs"]["webhook_secret"].as_str().unwrap_or_default();
    let now = Timestamp::now().as_second();
    let signed = format!("{now}.{}", event["body"].as_str().unwrap_or_default());
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?.chain_update(signed.as_bytes());
    event["headers"]["elevenlabs-signature"] =
        json!(format!("t={now},v0={}", hex::encode(mac.finalize().into_bytes())));
    Ok(event)
}

/// One recording each time that is nowhere yet, and its line.
async fn transfers(place: &Place, events: usize, recording: &Recording, report: &mut Report) -> Fallible<()> {
    say(&format!("transfer: {events} messages, {PACED} histories"));
    let mut transfer = place.start("transfer").await?;
    let course = Course::new(WHAT, recording, Manner::Announced, 1, false);
    let (mut number, mut messages, mut histories) = (0, Samples::default(), Samples::default());
    for round in 0..events {
        place.sink.clear();
        let (event, _) = course.event(&mut number);
        done(&messages.take(&mut transfer, &event).await?)?;
        if round < PACED {
            let pointer = place.sink.last_sent("history.fifo")?;
            done(&histories.take(&mut transfer, &with_body("transfer-history-one", &pointer)).await?)?;
        }
    }
    messages.tell(report, "transfer: a message, 0.05 MB");
    histories.tell(report, "transfer: a history message, with its wait for Airtable's next second");
    transfer.end()?;
    Ok(())
}

/// Where nothing is left to do, as nearly always.
async fn sweeps(place: &Place, events: usize, installed: &Kept, report: &mut Report) -> Fallible<()> {
    say(&format!("sweeper: {events} of each schedule"));
    let mut sweeper = place.start("sweeper").await?;
    for job in ["retry", "reconcile", "orphans"] {
        let mut samples = Samples::default();
        for _ in 0..events {
            place.sink.restore(installed);
            samples.take(&mut sweeper, &json!({ "job": job })).await?;
        }
        samples.tell(report, &format!("sweeper: {job}, with nothing to do"));
    }
    sweeper.end()?;
    Ok(())
}

/// What a function took for one event after the other.
#[derive(Default)]
struct Samples {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Samples {
    async fn take(&mut self, function: &mut Function, event: &Value) -> Fallible<Value> {
        let before = function.cpu()?;
        let (taken, answer) = function.handle(event).await?;
        self.wall.push(milliseconds(taken));
        self.cpu.push(milliseconds(function.cpu()? - before));
        Ok(answer)
    }

    fn tell(&self, report: &mut Report, who: &str) {
        report.add(WHAT, who, "ms", &self.wall);
        report.add(WHAT, who, "ms of processor", &self.cpu);
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// With both of its writes, to S3 and to SQS, signed and sent over loopback.
async fn verified(webhook: &mut Function, hello: &mut Function, events: usize, report: &mut Report) -> Fallible<()> {
    const BATCH: usize = 50;
    let event = runtime::event(VERIFIED);
    let (mut ours, mut least) = (Vec::new(), Vec::new());
    let before = webhook.memory()?;
    for _ in 0..(events / 5).max(5) {
        for (function, samples) in [(&mut *webhook, &mut ours), (&mut *hello, &mut least)] {
            let cpu = function.cpu()?;
            for _ in 0..BATCH {
                let (_, answer) = function.handle(&event).await?;
                if answer["statusCode"].as_u64().is_some_and(|status| status > 299) {
                    return Err(format!("a signed webhook is answered {answer}").into());
                }
            }
            samples.push((function.cpu()? - cpu).as_secs_f64() * 1e6 / BATCH as f64);
        }
    }
    let what = "a verified webhook with its two writes";
    report.add(what, "hello", "us of processor", &least);
    report.add(what, "webhook", "us of processor", &ours);
    report.relate(what, "us of processor", "hello");
    let a_second: Vec<f64> = ours.iter().map(|microseconds| 1e6 / microseconds).collect();
    report.add(what, "webhook", "a second on one core", &a_second);
    let grown = webhook.memory()?.resident.saturating_sub(before.resident) as f64 / 1e6;
    report.add(what, "webhook", "MB more than before them", &[grown]);
    Ok(())
}
