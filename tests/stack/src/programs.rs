use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use tokio::process::Command;

use crate::error::StackError;
use crate::place::Place;
use crate::tool;

/// The stack's own programs, compiled.
pub(crate) struct Programs(BTreeMap<String, PathBuf>);

/// The part of a line of `cargo build --message-format=json` that names what was built.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Programs {
    /// Compiles what has changed.
    pub(crate) async fn build(place: &Place) -> Result<Self, StackError> {
        let mut cargo = Command::new("cargo");
        // All programs below tests/ at once, as the Makefile does: another selection would be compiled with other features.
        cargo.args(["build", "--workspace", "--bins", "--message-format=json-render-diagnostics"]);
        cargo.args(["recordings", "webhook", "transfer", "sweeper"].map(|name| format!("--exclude={name}")));
        Ok(Self::in_messages(&tool::run(place, "cargo build", &mut cargo).await?))
    }

    fn in_messages(messages: &[u8]) -> Self {
        let artifacts = messages.split(|byte| *byte == b'\n').filter_map(|line| {
            let Artifact { executable, target } = serde_json::from_slice(line).ok()?;
            Some((target.name, executable?))
        });
        Self(artifacts.collect())
    }

    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, StackError> {
        self.0.get(name).cloned().ok_or_else(|| StackError::ToolMissing(name.into()))
    }

    /// Changes whenever the program was compiled anew.
    pub(crate) fn version(&self, name: &str) -> Result<String, StackError> {
        let path = self.path(name)?;
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
        let modified = modified.map_err(StackError::system(format!("cannot read {}", path.display())))?;
        let age = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(format!("{name} of {}", age.as_nanos()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_executables_among_cargos_messages() {
        let messages = br#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"edge"},"executable":"/target/debug/edge"}
{"reason":"build-finished","success":true}
"#;
        let programs = Programs::in_messages(messages);
        assert_eq!(programs.path("edge").unwrap(), PathBuf::from("/target/debug/edge"));
        assert!(programs.path("serde").is_err());
    }
}
