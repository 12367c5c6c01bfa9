//! Each of the webhook function's events on a warm process, and the processor time of a verified webhook.

use serde_json::Value;

use crate::Fallible;
use crate::function::{Function, Place};
use crate::report::{Report, say};

/// The one that there are thousands of.
const VERIFIED: &str = "webhook-twilio-recording-completed";
/// Asks providers, which are not there.
const ELSEWHERE: [&str; 3] = ["webhook-api-call-refresh", "webhook-api-fetch-missing-audio", "webhook-link-range"];

pub(crate) async fn measure(place: &Place, events: usize, report: &mut Report) -> Fallible<()> {
    say(&format!("webhook: {events} of each event"));
    place.sink.clear();
    let (mut webhook, mut hello) = (place.start("webhook").await?, place.start("hello").await?);
    let mut names = runtime::events("webhook");
    names.retain(|name| !ELSEWHERE.contains(&name.as_str()));
    let fixtures: Vec<Value> = names.iter().map(|name| runtime::event(name)).collect();
    let mut found = vec![(String::new(), Vec::new()); names.len()];
    for _ in 0..events {
        for (event, (status, times)) in fixtures.iter().zip(&mut found) {
            let (taken, answer) = webhook.handle(event).await?;
            *status = answer["statusCode"].to_string();
            times.push(taken.as_secs_f64() * 1e3);
        }
    }
    let what = "one event, warm";
    for (name, (status, times)) in names.iter().zip(&found) {
        let who = format!("{} ({status})", name.trim_start_matches("webhook-"));
        report.add(what, &who, "ms", times);
    }
    // It asks nobody: what it takes is the way to the function and back.
    report.relate(what, "ms", "health (200)");
    verified(&mut webhook, &mut hello, events, report).await?;
    webhook.end()?;
    hello.end()?;
    Ok(())
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
