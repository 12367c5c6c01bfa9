use std::process::Command;

use axum::http::Request;
use axum::http::request::Builder;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::aws::AwsAccess;
use crate::error::StackError;
use crate::options::Options;
use crate::place::Place;

/// The emulator, in a home that nothing was left in.
pub(crate) fn command(place: &Place, options: &Options) -> Result<Command, StackError> {
    let python = place.tool("python")?;
    let home = place.fresh_folder("emulator")?;
    let mut command = Command::new(python);
    command.arg(place.root().join("tools/emulator.py"));
    // The functions inherit this environment: nothing of the user's own may reach them.
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &home)
        .env("TMPDIR", &home)
        .env("STATE_DIR", home.join("state"))
        .env("S3_DATA_DIR", home.join("s3"))
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "localhost")
        .env("GATEWAY_PORT", options.ports.emulator.to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("AUTH", options.enforce_policies.to_string());
    Ok(command)
}

/// The few requests that the stack itself makes. The SDKs are for what is tested, and would be most of what this crate
/// compiles.
#[derive(Clone, Debug)]
pub(crate) struct Emulator {
    access: AwsAccess,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Emulator {
    pub(crate) fn at(port: u16) -> Self {
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { access: AwsAccess::to_emulator(port), client }
    }

    pub(crate) fn access(&self) -> &AwsAccess {
        &self.access
    }

    pub(crate) async fn is_ready(&self) -> bool {
        self.send(Request::get(self.url("/_ministack/ready")), Bytes::new()).await.is_ok()
    }

    /// An operation of a service with a JSON protocol, such as `Logs_20140328.FilterLogEvents`.
    pub(crate) async fn call(&self, operation: &str, input: &Value) -> Result<Value, StackError> {
        let (api, _) = operation.split_once('.').unwrap_or((operation, ""));
        let service = match api {
            "Logs_20140328" => "logs",
            "AmazonSQS" => "sqs",
            "GraniteServiceVersion20100801" => "monitoring",
            api => api,
        };
        let request = Request::post(self.url("/"))
            .header("Authorization", self.authorization(service))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", operation);
        let answer = self.send(request, input.to_string().into()).await;
        answer.map_err(|message| StackError::Refused { operation: operation.to_owned(), message })
    }

    /// Runs a function and waits for its answer.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Result<Value, StackError> {
        let request = Request::post(self.url(&format!("/2015-03-31/functions/{function}/invocations")))
            .header("Authorization", self.authorization("lambda"))
            .header("Content-Type", "application/json");
        let answer = self.send(request, event.to_string().into()).await;
        answer.map_err(|message| StackError::Refused { operation: format!("Invoke {function}"), message })
    }

    async fn send(&self, request: Builder, body: Bytes) -> Result<Value, String> {
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let response = self.client.request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
        }
        if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body).map_err(|error| error.to_string()) }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.access.endpoint)
    }

    /// Names the service, the region and the root user, whose signature the emulator does not check.
    fn authorization(&self, service: &str) -> String {
        let AwsAccess { region, access_key_id, .. } = self.access;
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/20240101/{region}/{service}/aws4_request, SignedHeaders=host, \
             Signature=0"
        )
    }
}
