use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use crate::environment::Environment;

/// A function's program that has ended by itself.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub status: ExitStatus,
    /// The log records that it wrote.
    pub records: Vec<Value>,
}

impl Stopped {
    /// Runs a program that is not to get as far as asking for events.
    ///
    /// # Panics
    /// When it goes on running, or writes something else than log records.
    pub async fn run(bootstrap: &Path, environment: &Environment) -> Self {
        const PATIENCE: Duration = Duration::from_secs(60);
        let mut command = Command::new(bootstrap);
        command.env_clear().envs(environment.variables()).stdin(Stdio::null()).kill_on_drop(true);
        let ended = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = ended.unwrap_or_else(|_| panic!("{} goes on running", bootstrap.display()));
        let output = output.unwrap_or_else(|error| panic!("cannot run {}: {error}", bootstrap.display()));
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let record = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?} is no log record:\n{text}"));
        Self { status: output.status, records: text.lines().map(record).collect() }
    }

    /// The one record that says why it stopped.
    ///
    /// # Panics
    /// When it ended in order, or did not say why.
    pub fn reason(&self) -> &str {
        assert!(!self.status.success(), "it ended in order: {:?}", self.records);
        let mut said = self.records.iter().filter(|record| record["log_type"] == "function_stopped");
        match (said.next().and_then(|record| record["error"].as_str()), said.next()) {
            (Some(reason), None) => reason,
            _ => panic!("it did not say why it stopped, or more than once: {:?}", self.records),
        }
    }
}
