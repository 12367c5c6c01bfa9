use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use serde_json::Value;

use crate::environment::Environment;
use crate::http::Http;
use crate::memory::{Memory, MemoryLimit};
use crate::process::Process;
use crate::workspace;

/// A function under Lambda's runtime interface emulator, which starts it with the first event and hands it one event
/// after the other, as Lambda does. Dropping it ends both.
///
/// Source: <https://github.com/aws/aws-lambda-runtime-interface-emulator>; its `--help` names the options.
#[derive(Debug)]
pub struct Rie {
    process: Process,
    port: u16,
    http: Http,
}

impl Rie {
    /// Starts the emulator for a function's program. The function's own start is part of its first invocation.
    ///
    /// # Panics
    /// When the pinned tools are missing, or the emulator does not start.
    pub async fn start(bootstrap: &Path, environment: &Environment) -> Self {
        Self::start_command(&Command::new(bootstrap), environment).await
    }

    /// The same, and the function cannot have more memory.
    ///
    /// # Panics
    /// When the pinned tools are missing, or the emulator does not start.
    pub async fn start_within(limit: MemoryLimit, bootstrap: &Path, environment: &Environment) -> Self {
        Self::start_command(&limit.command(bootstrap), environment).await
    }

    async fn start_command(function: &Command, environment: &Environment) -> Self {
        let emulator = workspace::runtime_interface_emulator();
        let (process, [port, _]) = Process::listening(|_, [events, runtime_api]: [u16; 2]| {
            let mut command = Command::new(&emulator);
            command.args(["--log-level", "error"]);
            command.arg("--runtime-interface-emulator-address").arg(format!("127.0.0.1:{events}"));
            command.arg("--runtime-api-address").arg(format!("127.0.0.1:{runtime_api}"));
            // All that the emulator is given, the function is given too.
            command.arg(function.get_program()).args(function.get_args());
            command.env_clear().envs(environment.variables());
            command
        })
        .await;
        Self { process, port, http: Http::new() }
    }

    /// Has the function handle one event; its answer, or the error that it returned as Lambda shows it.
    ///
    /// # Panics
    /// When the function ended, or took longer than its time-out.
    pub async fn invoke(&self, event: &Value) -> Value {
        let url = format!("http://127.0.0.1:{}/2015-03-31/functions/function/invocations", self.port);
        let request = Request::post(url).body(Full::from(event.to_string()));
        let request = request.unwrap_or_else(|error| panic!("cannot make a request: {error}"));
        let answer = self.http.send(request).await.unwrap_or_else(|error| self.fail(&error));
        let (StatusCode::OK, body) = &answer else { self.fail(&described(&answer)) };
        // A time-out is reported in words, not in JSON, and not by the status.
        serde_json::from_slice(body).unwrap_or_else(|_| self.fail(&described(&answer)))
    }

    /// What the function has of memory.
    ///
    /// # Panics
    /// When it does not run, as before its first event.
    #[must_use]
    pub fn memory(&self) -> Memory {
        match self.process.children()[..] {
            [function] => Memory::of(function),
            ref others => panic!("one function should run, and there are {others:?}"),
        }
    }

    /// Ends the function, for all that it wrote meanwhile.
    #[must_use]
    pub fn finish(mut self) -> Vec<String> {
        self.process.stop();
        self.process.stdout().lines().map(str::to_owned).collect()
    }

    fn fail(&self, reason: &str) -> ! {
        let (output, errors) = (self.process.stdout(), self.process.stderr());
        panic!("the function did not answer: {reason}\n{output}{errors}")
    }
}

fn described((status, body): &(StatusCode, Bytes)) -> String {
    format!("{status} {}", String::from_utf8_lossy(body))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    /// A program in place of a function's.
    fn program(script: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bootstrap");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    fn environment() -> Environment {
        Environment::from([
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("AWS_LAMBDA_FUNCTION_TIMEOUT", "1".to_owned()),
        ])
    }

    #[tokio::test]
    #[should_panic(expected = "I cannot go on")]
    async fn a_function_that_ends_fails_the_test_with_what_it_said() {
        let (_folder, path) = program("echo I cannot go on; exit 1");
        Rie::start(&path, &environment()).await.invoke(&json!({})).await;
    }

    #[tokio::test]
    #[should_panic(expected = "Task timed out after 1.00 seconds")]
    async fn a_function_that_takes_too_long_fails_the_test() {
        let (_folder, path) = program("sleep 1000");
        Rie::start(&path, &environment()).await.invoke(&json!({})).await;
    }

    #[tokio::test]
    async fn dropping_it_ends_the_function_and_what_that_started() {
        let (folder, path) = program("cd ${0%/*}; sleep 1000 & echo $$ $! > new; mv new ids; wait");
        let environment = environment().with("AWS_LAMBDA_FUNCTION_TIMEOUT", "60");
        let function = Rie::start(&path, &environment).await;
        let ids = folder.path().join("ids");
        tokio::select! {
            answer = function.invoke(&Value::Null) => panic!("an answer that nobody gave: {answer}"),
            () = pause_until(|| ids.exists()) => {}
        }
        let ids = fs::read_to_string(ids).unwrap();
        let (program, its_own) = ids.trim().split_once(' ').unwrap();
        assert!(is_alive(program) && is_alive(its_own));

        drop(function);
        pause_until(|| !is_alive(program) && !is_alive(its_own)).await;
    }

    async fn pause_until(mut it_is_so: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !it_is_so() {
            assert!(Instant::now() < end, "it is not so");
            crate::process::pause().await;
        }
    }

    /// A process that has ended is not alive, even if nobody has asked for its exit status yet.
    fn is_alive(id: &str) -> bool {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // proc(5): "pid (comm) state …".
        stat.rsplit_once(") ").is_some_and(|(_, fields)| !fields.starts_with(['Z', 'X']))
    }
}
