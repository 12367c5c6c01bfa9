//! The program itself, as Lambda runs it: started with an environment, fed through the runtime API.
//! Source: AWS Lambda developer guide, *Using the Lambda runtime API*.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::gateway;
use crate::scene::{ACCOUNT, BASE, TOKEN};
use crate::twilio::Webhook;

/// Enough for a busy machine; a healthy run takes well under a second.
const LONG: Duration = Duration::from_secs(60);

/// Lambda and AWS, as far as the program meets them.
struct Lambda {
    events: Mutex<Vec<String>>,
    outcomes: mpsc::UnboundedSender<(String, Value)>,
    asked: Mutex<Vec<String>>,
}

async fn next(State(lambda): State<Arc<Lambda>>) -> Response {
    let Some(event) = lambda.events.lock().unwrap().pop() else { return std::future::pending().await };
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:123456789012:function:webhook"),
    ];
    (headers, event).into_response()
}

async fn outcome(
    State(lambda): State<Arc<Lambda>>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    lambda.outcomes.send((kind, serde_json::from_slice(&body).unwrap())).unwrap();
    StatusCode::ACCEPTED
}

/// Secrets Manager, SQS and S3, always content.
async fn aws(State(lambda): State<Arc<Lambda>>, request: Request) -> Response {
    let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
    let what = target.clone().unwrap_or_else(|| format!("{} {}", request.method(), request.uri().path()));
    let put = request.method() == Method::PUT;
    to_bytes(request.into_body(), usize::MAX).await.unwrap();
    lambda.asked.lock().unwrap().push(what);
    match target.as_deref() {
        Some("secretsmanager.GetSecretValue") => axum::Json(json!({ "SecretString": secret() })).into_response(),
        Some("AmazonSQS.SendMessage") => axum::Json(json!({ "MessageId": "1" })).into_response(),
        None if put => ([("etag", "\"1\"")], "").into_response(),
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}

fn secret() -> String {
    json!({
        "link_keys": { "current": "k1", "keys": { "k1": "a key that seals links, 32 long or more" } },
        "organisations": { "default": { "twilio": { "account_sid": ACCOUNT, "auth_token": TOKEN } } },
    })
    .to_string()
}

struct Running {
    lambda: Arc<Lambda>,
    outcomes: mpsc::UnboundedReceiver<(String, Value)>,
    child: Child,
}

async fn start(mut events: Vec<String>) -> Running {
    events.reverse();
    let (sender, outcomes) = mpsc::unbounded_channel();
    let lambda = Arc::new(Lambda { events: events.into(), outcomes: sender, asked: Mutex::default() });
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(outcome))
        .fallback(aws)
        .with_state(lambda.clone());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async { axum::serve(listener, routes).await });
    Running { lambda, outcomes, child: program(&address, &[]) }
}

fn program(address: &str, further: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_webhook"))
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address),
            ("AWS_LAMBDA_FUNCTION_NAME", "webhook"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "example"),
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("SECRET_ID", "tapeline"),
            ("S3_BUCKET", "recordings"),
            ("TRANSFER_QUEUE_URL", &format!("http://{address}/123456789012/transfer")),
            ("LINK_SIGNER_ROLE_ARN", "arn:aws:iam::123456789012:role/links"),
            ("PUBLIC_BASE_URL", BASE),
        ])
        .envs(further.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

impl Running {
    async fn outcome(&mut self) -> (String, Value) {
        tokio::time::timeout(LONG, self.outcomes.recv()).await.unwrap().unwrap()
    }

    async fn status(&mut self) -> Value {
        let (kind, answer) = self.outcome().await;
        assert_eq!(kind, "response", "{answer}");
        answer["statusCode"].clone()
    }

    /// Ends the program; all that it wrote.
    async fn output(mut self) -> String {
        self.child.start_kill().unwrap();
        let mut output = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut output).await.unwrap();
        output
    }
}

#[tokio::test]
async fn the_program_answers_one_event_after_the_other_and_survives_the_impossible() {
    let health = gateway::Request::new("GET", "/health");
    let webhook = Webhook::recording().request();
    let mut running = start(vec![
        health.event(),
        webhook.clone().without_header("x-twilio-signature").event(),
        webhook.clone().header("host", "not a host").event(),
        webhook.event(),
        health.event(),
    ])
    .await;

    assert_eq!(running.status().await, 200);
    assert_eq!(running.status().await, 403);
    let (kind, error) = running.outcome().await;
    assert_eq!(kind, "error", "{error}");
    assert!(error["errorMessage"].as_str().unwrap().starts_with("Lambda panicked"), "{error}");
    assert_eq!(running.status().await, 204);
    assert_eq!(running.status().await, 200);

    let mut asked = running.lambda.asked.lock().unwrap().clone();
    asked.sort();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked[0].starts_with("AmazonSQS.SendMessage") && asked[2] == "secretsmanager.GetSecretValue", "{asked:?}");
    assert!(asked[1].starts_with("PUT /recordings/open/default/twilio/CA"), "{asked:?}");

    let output = running.output().await;
    assert!(output.contains("webhook_refused") && output.contains("webhook_accepted"), "{output}");
    assert!(!output.contains(TOKEN) && !output.contains("RecordingUrl"), "{output}");
}

#[tokio::test]
async fn a_missing_variable_stops_the_program_with_its_name() {
    let mut child = program("127.0.0.1:9", &[("PUBLIC_BASE_URL", "")]);
    let status = tokio::time::timeout(LONG, child.wait()).await.unwrap().unwrap();
    assert!(!status.success());
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    assert!(output.contains("environment variable PUBLIC_BASE_URL is missing"), "{output}");
}
