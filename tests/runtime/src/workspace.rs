//! What the tests find in the workspace: the pinned tools, and the fixture events.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// An event of the folder `events`, by the name of its file without the extension.
///
/// # Panics
/// When there is none, or it is not JSON.
pub fn event(name: &str) -> Value {
    let path = root().join("events").join(name).with_extension("json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{} is not JSON: {error}", path.display()))
}

/// The names of the events for one function, in order.
///
/// # Panics
/// When the folder cannot be read.
pub fn events(function: &str) -> Vec<String> {
    let folder = root().join("events");
    let mut names: Vec<_> = files(&folder).filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    names.retain(|name| name.strip_prefix(function).is_some_and(|rest| rest.starts_with('-')));
    names.sort();
    assert!(!names.is_empty(), "{} has no event for {function}", folder.display());
    names
}

/// The interpreter with the AWS emulator in its packages.
pub(crate) fn python() -> PathBuf {
    tool(&root(), ".venv/bin/python").unwrap_or_else(missing)
}

/// The AWS emulator's program.
pub(crate) fn aws_emulator() -> PathBuf {
    root().join("tools/emulator.py")
}

/// The runtime interface emulator for this machine, which the SAM command line brings along for its containers.
pub(crate) fn runtime_interface_emulator() -> PathBuf {
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let libraries = root().join(".venv/lib");
    let version = files(&libraries).find(|name| name.starts_with("python3")).unwrap_or_else(|| "python3".to_owned());
    let file = format!("{version}/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}");
    tool(&libraries, &file).unwrap_or_else(missing)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

fn files(folder: &Path) -> impl Iterator<Item = String> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|file| file.ok()?.file_name().into_string().ok())
}

fn tool(folder: &Path, file: &str) -> Result<PathBuf, PathBuf> {
    let path = folder.join(file);
    if path.exists() { Ok(path) } else { Err(path) }
}

/// A test that cannot run has failed: were it left out, nobody would know.
fn missing(path: PathBuf) -> PathBuf {
    panic!("{} is missing; run `make tools`, which installs the pinned tools", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "/nowhere/bin/python is missing; run `make tools`")]
    fn a_missing_tool_says_how_to_get_it() {
        tool(Path::new("/nowhere"), "bin/python").unwrap_or_else(missing);
    }

    #[test]
    fn the_events_of_a_function_are_named_after_it() {
        let names = events("webhook");
        assert!(names.contains(&"webhook-health".to_owned()), "{names:?}");
        assert!(names.iter().all(|name| event(name).is_object()));
    }
}
