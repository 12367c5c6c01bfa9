//! A function's own program, built as it is deployed, under the Runtime API.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use runtime::{Memory, Surroundings};
use serde_json::Value;

use crate::Fallible;
use crate::program;
use crate::runtime_api::RuntimeApi;
use crate::sink::{BUCKET, Sink};
use crate::source::Source;

/// What a function needs around it.
pub(crate) struct Place {
    pub(crate) sink: Sink,
    pub(crate) source: Source,
    /// Where the programs are.
    pub(crate) functions: PathBuf,
    /// Where those of another state of the code are, to be held against them.
    pub(crate) before: Option<PathBuf>,
    /// What `sam build` made of the functions, by their names.
    pub(crate) deployed: Vec<(String, PathBuf)>,
}

/// A function that runs.
pub(crate) struct Function {
    child: Child,
    api: RuntimeApi,
    /// From its start to its asking for the first event.
    pub(crate) start: Duration,
    started: Instant,
}

impl Place {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.functions.join(name)
    }

    fn environment(&self, name: &str, variables: &[(&'static str, String)]) -> BTreeMap<&'static str, String> {
        let (sink, source) = (&self.sink.endpoint, &self.source.url);
        let queue = |queue: &str| format!("{sink}/000000000000/{queue}");
        let usual = [
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_TIMEOUT", "120".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", sink.clone()),
            ("S3_BUCKET", BUCKET.to_owned()),
            ("SECRET_ID", "bench".to_owned()),
            ("PUBLIC_BASE_URL", Surroundings::PUBLIC_BASE_URL.to_owned()),
            ("LINK_SIGNER_ROLE_ARN", "arn:aws:iam::000000000000:role/links".to_owned()),
            ("VOICE_AGENT_URL", "https://voice-agent.example.com/twiml".to_owned()),
            ("TRANSFER_QUEUE_URL", queue("transfer")),
            ("HISTORY_QUEUE_URL", queue("history.fifo")),
            ("RETRY_QUEUE_URL", queue("retry")),
            ("TRANSFER_DEAD_LETTER_QUEUE_URL", queue("transfer-dead")),
            ("HISTORY_DEAD_LETTER_QUEUE_URL", queue("history-dead.fifo")),
            ("TWILIO_BASE_URL", source.clone()),
            ("VAPI_BASE_URL", source.clone()),
            ("ELEVENLABS_BASE_URL", source.clone()),
            ("AIRTABLE_BASE_URL", source.clone()),
            ("AIRTABLE_BASE_ID", "appAAAAAAAAAAAAAA".to_owned()),
            ("AIRTABLE_TABLE_ID", "tblAAAAAAAAAAAAAA".to_owned()),
            ("AIRTABLE_JOB_NUMBER_FIELD", "Job Number".to_owned()),
            ("AIRTABLE_CALL_ID_FIELD", "Call IDs".to_owned()),
            ("AIRTABLE_HISTORY_FIELD", "job_history".to_owned()),
        ];
        usual.into_iter().chain(variables.iter().cloned()).collect()
    }

    /// Starts a function and waits until it asks for an event.
    pub(crate) async fn start(&self, name: &str) -> Fallible<Function> {
        self.start_in(name, &[]).await
    }

    /// The same, with variables beside or in place of the usual ones.
    pub(crate) async fn start_in(&self, name: &str, variables: &[(&'static str, String)]) -> Fallible<Function> {
        self.run(name, program::command, variables).await
    }

    /// The same, by a command that is made of the program's path.
    pub(crate) async fn start_as(&self, name: &str, command: impl Fn(&str) -> Command) -> Fallible<Function> {
        self.run(name, command, &[]).await
    }

    async fn run(
        &self,
        name: &str,
        command: impl Fn(&str) -> Command,
        variables: &[(&'static str, String)],
    ) -> Fallible<Function> {
        let mut api = RuntimeApi::start().await?;
        let program = self.program(name);
        // A file of any name may stand for a function.
        let deployed = self.deployed.iter().find(|(_, file)| *file == program).map(|(name, _)| name.clone());
        let file_name = || program.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = deployed.or_else(file_name).unwrap_or_default();
        let mut command = command(&program.to_string_lossy());
        command.envs(self.environment(&name, variables)).env("AWS_LAMBDA_RUNTIME_API", &api.address);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let start = api.polled().await?.duration_since(started);
        Ok(Function { child, api, start, started })
    }
}

impl Function {
    /// Has it handle an event: its answer, and how long that took.
    pub(crate) async fn handle(&mut self, event: &Value) -> Fallible<(Duration, Value)> {
        let handed = Instant::now();
        let (at, answer) = self.api.handle(event).await?;
        Ok((at.duration_since(handed), answer))
    }

    /// The time since it was started.
    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn memory(&self) -> Fallible<Memory> {
        Memory::of_id(self.child.id()).ok_or_else(|| "the function has ended".into())
    }

    pub(crate) fn cpu(&self) -> Fallible<Duration> {
        program::cpu_so_far(self.child.id())
    }

    /// Ends it; the processor time that it took in all its life.
    pub(crate) fn end(self) -> Fallible<Duration> {
        program::end(self.child)
    }
}
