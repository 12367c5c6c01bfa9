//! What the dashboard's first view costs with 100,000 recordings over 30 days: today's list, the figures, and health, of the
//! function's own program.
//!
//! The bucket is made up while it is asked: its keys and entries follow from their numbers, so that it takes no time to fill,
//! and what is measured is the function.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::{SignedDuration, Timestamp};
use recordings::fakes::sample;
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::{ObjectKey, utc_day};
use recordings::recording::RecordingRef;
use runtime::{Function, Rie, Surroundings};
use serde_json::Value;
use tokio::net::TcpListener;

const RECORDINGS: u64 = 100_000;
const DAYS: i64 = 30;
/// What one listing shows.
const A_PAGE: usize = 1_000;
/// How often the first view may ask the bucket, however many recordings there are. What that takes is printed: on a machine
/// with nothing else to do it is far below a second.
const MOST_REQUESTS: usize = 130;
/// What a view may leave behind in memory.
const MOST_MORE_BYTES: u64 = 8 * 1_048_576;

/// A bucket in which somebody called every 26 seconds for a month.
struct Made {
    now: Timestamp,
    /// Those of the index by day, in order.
    keys: Vec<String>,
    asked: AtomicUsize,
    elsewhere: String,
    client: Client<HttpConnector, Body>,
}

/// When the nth recording before now began.
fn start(now: Timestamp, n: u64) -> Timestamp {
    let apart = DAYS * 86_400_000 / i64::try_from(RECORDINGS).unwrap();
    now - SignedDuration::from_millis(apart * i64::try_from(n).unwrap())
}

impl Made {
    /// The keys of a folder behind `after`.
    fn keys<'a>(&'a self, prefix: &'a str, after: &str) -> impl Iterator<Item = &'a String> {
        let first = self.keys.partition_point(|key| key.as_str() <= after || key.as_str() < prefix);
        self.keys[first..].iter().take_while(move |key| key.starts_with(prefix))
    }

    fn list(&self, uri: &Uri) -> String {
        let parameters: Vec<_> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let of =
            |name: &str| parameters.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value.as_str());
        let keys: Vec<_> = self.keys(of("prefix"), of("start-after")).take(A_PAGE + 1).collect();
        let is_cut = keys.len() > A_PAGE;
        let mut body = format!("<ListBucketResult><IsTruncated>{is_cut}</IsTruncated>");
        for key in keys.iter().take(A_PAGE) {
            write!(body, "<Contents><Key>{key}</Key><Size>0</Size></Contents>").unwrap();
        }
        body + "</ListBucketResult>"
    }

    /// The entry of a recording that is on its way; its number is in its id.
    fn entry(&self, path: &str) -> Option<Vec<u8>> {
        let (_, name) = path.rsplit_once("/RE")?;
        let n = u64::from_str_radix(name.strip_suffix(".json")?, 16).ok()?;
        let recording: RecordingRef = sample::recording(n);
        let start = start(self.now, n);
        serde_json::to_vec(&LedgerEntry::received(recording, None, &sample::report(60, start), start)).ok()
    }
}

async fn answer(State(made): State<Arc<Made>>, request: Request) -> Response {
    let (uri, method) = (request.uri().clone(), request.method().clone());
    let of_the_bucket = format!("/{}", Surroundings::BUCKET);
    if !uri.path().starts_with(&of_the_bucket) {
        return elsewhere(&made, request).await;
    }
    made.asked.fetch_add(1, Ordering::Relaxed);
    let found = match (method, uri.path()) {
        (Method::GET, path) if path.trim_end_matches('/') == of_the_bucket => Some(made.list(&uri).into_bytes()),
        (Method::GET, path) if path.contains("/ledger/") => made.entry(path),
        _ => None,
    };
    match found {
        Some(body) => ([("etag", "\"1\"")], body).into_response(),
        None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
    }
}

/// The secret is where it always is.
async fn elsewhere(made: &Made, mut request: Request) -> Response {
    *request.uri_mut() = format!("{}{}", made.elsewhere, request.uri()).parse().unwrap();
    made.client.request(request).await.unwrap().map(Body::new)
}

/// The event of a fixture, with another query.
fn asking(event: &str, query: &str) -> Value {
    let mut event = runtime::event(event);
    event["rawQueryString"] = query.into();
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_view_of_a_hundred_thousand_recordings_asks_for_little_and_keeps_nothing() {
    let surroundings = Surroundings::start().await;
    let now = Timestamp::now();
    let keys = (0..RECORDINGS).map(|n| ObjectKey::Day(&sample::recording(n), start(now, n)).to_string());
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    let made = Arc::new(Made {
        now,
        keys,
        asked: AtomicUsize::new(0),
        elsewhere: surroundings.aws.endpoint().to_owned(),
        client: Client::builder(TokioExecutor::new()).build_http(),
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let serving = axum::Router::new().fallback(answer).with_state(Arc::clone(&made));
    tokio::spawn(async move { axum::serve(listener, serving).await });
    let environment = surroundings.environment(Function::Webhook).with("AWS_ENDPOINT_URL", &endpoint);
    let function = Rie::start(Path::new(env!("CARGO_BIN_EXE_webhook")), &environment).await;

    let today = utc_day(now);
    let list = asking("webhook-api-list", &format!("order=newest&from={today}&to={today}"));
    let view = [list, asking("webhook-api-metrics", "days=2&most=50"), asking("webhook-health", "")];
    let look = async || {
        let (start, before) = (Instant::now(), made.asked.load(Ordering::Relaxed));
        for event in &view {
            let answer = function.invoke(event).await;
            assert_eq!(answer["statusCode"], 200, "{answer}");
        }
        (start.elapsed(), made.asked.load(Ordering::Relaxed) - before)
    };
    let (first, requests) = look().await;
    assert!((51..=MOST_REQUESTS).contains(&requests), "{requests}");
    let after_one = function.memory();
    let mut fastest = first;
    for _ in 0..10 {
        fastest = fastest.min(look().await.0);
    }
    let after_eleven = function.memory();
    println!(
        "first view {first:?}, fastest {fastest:?}, {requests} requests, memory {after_one:?}, then {after_eleven:?}"
    );
    assert!(after_eleven.peak - after_one.peak < MOST_MORE_BYTES, "{after_one:?}, then {after_eleven:?}");
}
