//! What a recording costs: the requests that a test counts, the processor time that `make bench` measures, and the prices of
//! the template's table.

use serde::Deserialize;

use crate::Template;

/// A recording in a class of storage for rare use is billed for 128 KB at the least.
const INFREQUENT_LEAST_BYTES: f64 = 131_072.0;
/// Minutes of recordings that Twilio stores for nothing.
/// Source: help.twilio.com, *How Much Programmable Voice Recording Storage Is Being Used*.
const TWILIO_FREE_MINUTES: f64 = 10_000.0;

/// Twilio's mp3 has 32 kbit a second for each channel that is recorded.
const BYTES_A_MINUTE: f64 = 32_000.0 / 8.0 * 60.0;
const MONTHS_A_YEAR: f64 = 12.0;
/// A message is sent, received and deleted.
const SQS_REQUESTS_A_MESSAGE: f64 = 3.0;
/// What one history worker may ask of Airtable: `AIRTABLE_REQUESTS_A_SECOND` of transfer. An invocation waits out what it asked for.
const AIRTABLE_REQUESTS_A_SECOND: f64 = 1.5;
/// A find and a PATCH, for one line and for a batch of them.
const AIRTABLE_REQUESTS_A_BATCH: f64 = 2.0;
/// Lambda's pollers keep five connections to each of the two queues, each asked every twenty seconds.
const IDLE_POLLS_A_MONTH: f64 = 2.0 * 5.0 * 3.0 * 60.0 * 24.0 * 30.0;

/// What one way takes of requests.
#[derive(Debug, Deserialize)]
struct Requests {
    s3_writes: f64,
    s3_reads: f64,
    sqs: f64,
}

/// How long the functions wait for others, which no machine but Lambda measures, and how long they work, which `make bench`
/// does (docs/performance.md). In milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// An answer of S3 to a small request.
    pub s3: f64,
    /// An answer of SQS.
    pub sqs: f64,
    /// An answer of Airtable.
    pub airtable: f64,
    /// An answer of the provider.
    pub provider: f64,
    /// The processor for a webhook, of one whole one.
    pub webhook: f64,
    /// The processor for a recording of five minutes and its line, of one whole one.
    pub transfer: f64,
    /// Recordings that one invocation of transfer copies at once, of two at the most.
    pub copied_together: f64,
    /// Recordings whose lines one invocation of transfer writes, of ten at the most.
    pub written_together: f64,
}

impl Times {
    /// Each recording by itself.
    pub const ALONE: Self = Self {
        s3: 20.0,
        sqs: 10.0,
        airtable: 150.0,
        provider: 200.0,
        webhook: 0.5,
        transfer: 10.0,
        copied_together: 1.0,
        written_together: 1.0,
    };
    /// Full batches, as in a busy hour.
    pub const BUSY: Self = Self { copied_together: 2.0, written_together: 10.0, ..Self::ALONE };
}

/// An installation's load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Calls a month.
    pub calls: f64,
    /// Minutes that a call lasts.
    pub minutes: f64,
    /// How often each is played in its first year.
    pub plays: f64,
    /// Megabytes of memory of the webhook function and of transfer.
    pub memory: [f64; 2],
}

impl Load {
    /// As the template has it by default.
    ///
    /// # Panics
    /// When the template lacks it.
    #[must_use]
    pub fn of(template: &Template, calls: f64, minutes: f64) -> Self {
        let memory = ["WebhookMemory", "TransferMemory"].map(|parameter| template.default_of(parameter));
        Self { calls, minutes, plays: 2.0, memory }
    }
}

/// What it comes to, in dollars.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Requests of one recording.
    pub requests: f64,
    /// Compute of one recording.
    pub compute: f64,
    /// Storage of one recording for a year, moved to the cheaper class as the lifecycle has it.
    pub storage_year: f64,
    /// Its plays: what leaves AWS, and what they ask for.
    pub plays_year: f64,
    /// A month of the whole installation without a single recording: the secret, alarms, figures, polls.
    pub fixed_month: f64,
    /// A month of the whole installation after a year.
    pub month: f64,
    /// What Twilio takes for keeping a year's recordings, in the month after a year.
    pub at_twilio_month: f64,
}

impl Cost {
    /// By the template's prices.
    ///
    /// # Panics
    /// When the template lacks one.
    #[must_use]
    pub fn of(template: &Template, load: Load, times: Times) -> Self {
        let price = |name: &str| template.price(name);
        let ways = include_str!("requests.json");
        let ways: std::collections::BTreeMap<String, Requests> =
            serde_json::from_str(ways).unwrap_or_else(|error| panic!("the counts make no sense: {error}"));
        let Requests { s3_writes, s3_reads, sqs } = ways["normal"];
        let requests = s3_writes * price("S3Put")
            + s3_reads * price("S3Get")
            + sqs * SQS_REQUESTS_A_MESSAGE * price("SqsRequest")
            + price("HttpApiRequest")
            + price("LambdaRequest") * (1.0 + 1.0 / times.copied_together + 1.0 / times.written_together);
        let compute = price("LambdaGigabyteSecond") * gigabyte_seconds(load, times);

        let gigabytes = load.minutes * BYTES_A_MINUTE / 1e9;
        let billed = gigabytes.max(INFREQUENT_LEAST_BYTES / 1e9);
        let days = |name: &str| template.default_of(name);
        let (moved, kept) = (days("RecordingLifecycleIaDays") / 30.4, days("RecordingRetentionDays") / 30.4);
        let (moved, kept) = (moved.min(MONTHS_A_YEAR), kept.min(MONTHS_A_YEAR));
        let storage_year = gigabytes * price("S3GigabyteMonth") * moved
            + billed * template.price("S3InfrequentGigabyteMonth") * (kept - moved).max(0.0)
            + template.price("S3InfrequentTransition");
        // A link is a request to the API, an invocation, a look at the entry, an audit record, and the audio's own GET.
        let a_play = gigabytes * (template.price("EgressGigabyte") + template.price("S3InfrequentGigabyteRead"))
            + price("HttpApiRequest")
            + price("LambdaRequest")
            + price("S3Put")
            + 2.0 * price("S3Get")
            + price("LambdaGigabyteSecond") * load.memory[0] / 1024.0 * (2.0 * times.s3) / 1e3;
        let plays_year = load.plays * a_play;
        let figures = crate::monthly::HEALTHY_FIGURES as f64 * price("MetricMonth");
        let fixed_month = price("SecretMonth")
            + price("KeyMonth")
            + price("DashboardMonth")
            + crate::monthly::alarms(template)
            + figures
            + IDLE_POLLS_A_MONTH * price("SqsRequest");
        let month = fixed_month + load.calls * (requests + compute + storage_year + plays_year);
        let kept_minutes = load.calls * MONTHS_A_YEAR * load.minutes;
        let at_twilio_month = (kept_minutes - TWILIO_FREE_MINUTES).max(0.0) * template.price("TwilioMinuteMonth");
        Self { requests, compute, storage_year, plays_year, fixed_month, month, at_twilio_month }
    }
}

/// A function waits for one request after the other, and works with the share of a processor that its memory brings.
fn gigabyte_seconds(load: Load, times: Times) -> f64 {
    /// Source: Lambda developer guide, *Configure Lambda function memory*: at 1,769 MB a function has one vCPU.
    const MEGABYTES_OF_A_PROCESSOR: f64 = 1_769.0;
    let [webhook, transfer] = load.memory;
    let work = |milliseconds: f64, memory: f64| milliseconds / (memory / MEGABYTES_OF_A_PROCESSOR).min(1.0);
    // The message and the marker are written at once.
    let of_webhook = times.s3 + work(times.webhook, webhook);
    // Entry, decision, day, entry, audio, a look at it, entry; the provider; the message.
    let of_copy =
        (7.0 * times.s3 + times.provider + times.sqs) / times.copied_together + work(times.transfer, transfer);
    // The entry and the look before the deletion, the deletion, the entry, the marker; a find and a PATCH for all.
    let of_line = 4.0 * times.s3 + times.provider + AIRTABLE_REQUESTS_A_BATCH * times.airtable;
    let paced = 1e3 * AIRTABLE_REQUESTS_A_BATCH / AIRTABLE_REQUESTS_A_SECOND;
    let of_line = of_line.max(paced) / times.written_together;
    (of_webhook * webhook + (of_copy + of_line) * transfer) / 1024.0 / 1e3
}
