//! What one recording costs of requests, by the functions' own programs: from its webhook to its line, as the servers see it.

use serde_json::{Value, json};

use crate::Fallible;
use crate::function::Place;
use crate::report::{Report, say};
use crate::source::{Manner, Recording};
use crate::warm::{done, with_body};

/// As the template deploys it, a page may listen, which one look tells.
const LIVE: (&str, &str) = ("LIVE_ENDPOINT", "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live");

pub(crate) async fn measure(place: &Place, report: &mut Report) -> Fallible<()> {
    for (size, bytes) in [("of 0.25 MB", 248_000), ("of 11 MB", 11_000_000), ("of 16 MB", 16_000_000)] {
        say(&format!("requests of a recording {size}"));
        let recording = Recording::of(bytes);
        place.source.serve(&recording, Manner::Announced);
        one(place, size, &recording, report).await?;
    }
    place.sink.clear();
    Ok(())
}

async fn one(place: &Place, size: &str, recording: &Recording, report: &mut Report) -> Fallible<()> {
    place.sink.clear();
    let live = [(LIVE.0, LIVE.1.to_owned())];
    let mut webhook = place.start_in("webhook", &live).await?;
    let mut transfer = place.start_in("transfer", &live).await?;
    // What each process asks once, for its secret.
    let (_, _) = (place.sink.take_counts(), place.source.take_counts());
    let (_, answer) = webhook.handle(&runtime::event("webhook-twilio-recording-completed")).await?;
    if answer["statusCode"] != 204 {
        return Err(format!("the webhook is answered {answer}").into());
    }
    let mut told: Value = serde_json::from_str(&place.sink.last_sent("transfer")?)?;
    // The fixture's own duration is another one.
    told["report"]["duration_seconds"] = json!(recording.seconds);
    done(&transfer.handle(&with_body("transfer-queue-one", &told.to_string())).await?.1)?;
    let pointer = place.sink.last_sent("history.fifo")?;
    done(&transfer.handle(&with_body("transfer-history-one", &pointer)).await?.1)?;
    let (aws, others) = (place.sink.take_counts(), place.source.take_counts());
    let what = format!("requests of a recording {size}, on the wire");
    for (who, count) in [
        ("S3: PUT, POST, LIST", aws.s3_writes),
        ("S3: GET, HEAD", aws.s3_reads),
        ("S3: DELETE, which costs nothing", aws.s3_deletions),
        ("SQS: sent", aws.sqs),
        ("AWS: others", aws.others),
        ("Airtable", others.airtable),
        ("provider", others.provider),
    ] {
        report.add(&what, who, "requests", &[count.into()]);
    }
    webhook.end()?;
    transfer.end()?;
    Ok(())
}
