use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use runtime::Function as Kind;
use serde_json::Value;
use tokio::process::Command;

/// The functions' own programs, in a folder where no other build replaces them while they are at work.
#[derive(Clone, Debug)]
pub(crate) struct Programs(PathBuf);

impl Programs {
    /// Compiles what has changed of them, in the profile for development. Cargo builds them for a test of another package
    /// only when it is asked to.
    pub(crate) async fn build(into: &Path) -> Self {
        let mut cargo = Command::new("cargo");
        // What the Cargo that runs a test says of the test's package would be news to the build scripts of others, which run
        // again for it: ring's, and then everything is compiled anew that rests on it, for each package that has such a test.
        let of_a_package = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_a_package(name)) {
            cargo.env_remove(name);
        }
        // All three and nothing else: another selection would be compiled with other features of what they depend on.
        cargo.args(["build", "--locked", "--bins", "--message-format=json-render-diagnostics"]);
        cargo.args(["--package=webhook", "--package=transfer", "--package=sweeper"]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
        let output = cargo.current_dir(root).stdin(Stdio::null()).stderr(Stdio::inherit()).output().await;
        let output = output.unwrap_or_else(|error| panic!("cannot run cargo: {error}"));
        assert!(output.status.success(), "the functions do not compile");
        let folder = folder(&output.stdout);
        let folder = folder.unwrap_or_else(|| panic!("cargo does not say where it put the webhook function"));
        let programs = Self(into.to_owned());
        for function in [Kind::Webhook, Kind::Transfer, Kind::Sweeper] {
            let copied = fs::copy(Self(folder.clone()).of(function), programs.of(function));
            copied.unwrap_or_else(|error| panic!("cannot copy the programs to {}: {error}", into.display()));
        }
        programs
    }

    pub(crate) fn of(&self, function: Kind) -> PathBuf {
        self.0.join(match function {
            Kind::Webhook => "webhook",
            Kind::Transfer => "transfer",
            Kind::Sweeper => "sweeper",
        })
    }
}

/// Where the webhook function is, and the others beside it.
fn folder(messages: &[u8]) -> Option<PathBuf> {
    let mut messages =
        messages.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let built = messages.find(|message| message["target"]["name"] == "webhook" && message["executable"].is_string())?;
    Some(Path::new(built["executable"].as_str()?).parent()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_that_of_the_program_and_not_of_the_library() {
        let messages = br#"{"reason":"compiler-artifact","target":{"name":"webhook"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"webhook"},"executable":"/target/debug/webhook"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(folder(messages), Some(PathBuf::from("/target/debug")));
        assert_eq!(folder(b"{}"), None);
    }
}
