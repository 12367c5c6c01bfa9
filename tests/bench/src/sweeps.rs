//! The sweep of unfinished business, by the sweeper's own program: what a marker takes, and what many take of memory.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Fallible;
use crate::function::Place;
use crate::report::{Report, say};

pub(crate) async fn measure(place: &Place, large: bool, report: &mut Report) -> Fallible<()> {
    for markers in [1_000, 10_000].into_iter().chain(large.then_some(100_000)) {
        say(&format!("sweep: {markers} markers"));
        place.sink.clear();
        for number in 0..markers {
            let (key, marker) = marker(number);
            place.sink.put(&key, marker.to_string().into());
        }
        let mut sweeper = place.start("sweeper").await?;
        let (idle, cpu) = (sweeper.memory()?.peak, sweeper.cpu()?);
        let (mut sent, mut time, mut runs) = (0, Duration::ZERO, 0);
        while sent < markers {
            let (taken, answer) = sweeper.handle(&json!({ "job": "retry" })).await?;
            let again = answer["sent_again"].as_u64().unwrap_or_default();
            if again == 0 {
                return Err(format!("the sweep stops at {sent} of {markers}: {answer}").into());
            }
            (sent, time, runs) = (sent + again, time + taken, runs + 1);
        }
        let what = format!("sweep of open/, {markers} markers");
        let a_marker = |whole: Duration| whole.as_secs_f64() * 1e6 / markers as f64;
        report.add(&what, "sweeper", "us a marker", &[a_marker(time)]);
        report.add(&what, "sweeper", "us of processor a marker", &[a_marker(sweeper.cpu()? - cpu)]);
        report.add(&what, "sweeper", "MB above idle", &[(sweeper.memory()?.peak - idle) as f64 / 1e6]);
        report.add(&what, "sweeper", "invocations", &[f64::from(runs)]);
        sweeper.end()?;
    }
    place.sink.clear();
    Ok(())
}

/// The marker of a recording that nobody brought home yet, as the webhook writes it.
fn marker(number: u64) -> (String, Value) {
    let event = runtime::event("transfer-queue-one");
    let body = event["Records"][0]["body"].as_str().unwrap_or_default();
    let mut marker: Value = serde_json::from_str(body).unwrap_or_default();
    let (call, recording) = (format!("CA{number:032x}"), format!("RE{number:032x}"));
    marker["call_id"] = json!(call);
    marker["recording_id"] = json!(recording);
    (format!("open/default/twilio/{call}/{recording}"), marker)
}
