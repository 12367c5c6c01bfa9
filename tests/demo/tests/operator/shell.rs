//! Somebody at a terminal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use stack::Stack;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Version 1 of the command line asks AWS itself for queues, whatever the environment says, unless it is told on each command.
const AT_THE_EMULATOR: &str = r#"aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }"#;

pub(crate) struct Shell {
    variables: BTreeMap<String, String>,
}

impl Shell {
    /// In the repository's folder, with the credentials and the address of the stack's AWS.
    pub(crate) fn at(stack: &Stack) -> Self {
        let root = root();
        let tools = [".local/awscli/bin", ".venv/bin"].map(|folder| root.join(folder));
        assert!(tools[0].join("aws").exists(), "{} is missing; run `make aws-cli`", tools[0].join("aws").display());
        #[expect(clippy::disallowed_methods, reason = "what is found there is for the commands")]
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(tools.into_iter().chain(std::env::split_paths(&path))).expect("a path");
        let mut variables: BTreeMap<_, _> =
            stack.aws().variables().map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        variables.insert("PATH".to_owned(), path.to_string_lossy().into_owned());
        // No pager waits for a key.
        variables.insert("AWS_PAGER".to_owned(), String::new());
        Self { variables }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs a script to its end, and gives back what it wrote.
    ///
    /// # Panics
    /// When a command in it fails.
    pub(crate) async fn runs(&self, script: &str) -> String {
        self.answers(script, "").await
    }

    /// The same, with somebody who answers what is asked.
    pub(crate) async fn answers(&self, script: &str, answers: &str) -> String {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &format!("{AT_THE_EMULATOR}\n{script}")])
            .current_dir(root())
            .envs(&self.variables);
        bash.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        for other in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "MAKEFLAGS", "MAKELEVEL"] {
            bash.env_remove(other);
        }
        let mut running = bash.spawn().expect("there is a bash");
        // Whoever asks nothing may be gone by now.
        let mut stdin = running.stdin.take().expect("it was asked for");
        let _ = stdin.write_all(answers.as_bytes()).await;
        drop(stdin);
        let output = running.wait_with_output().await.expect("bash ends");
        let [said, complained] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "{script}\n{}: {said}\n{complained}", output.status);
        said
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
