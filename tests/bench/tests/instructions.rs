//! How many instructions the hot paths take, counted by callgrind: the same on every run of one machine, so that what makes a
//! path longer is seen where a time would be noise. Each ceiling has a tenth of room; one that has to rise is a decision.
//!
//! Counted is what so many times more take, not the start. The functions' own code is compiled as it is when they are deployed
//! as far as that costs no second build of the AWS SDK; what is not stays the same from run to run all the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What is ours, or generic over it, and is not optimised for other tests already. What more crates depend on would have them
/// compiled anew, the AWS SDK at last.
const OPTIMISED: [&str; 4] = ["bench", "webhook", "lambda_http", "axum"];

/// As often as makes a difference that is the path's own.
fn times(path: &str) -> u64 {
    if path.starts_with("1 MB") { 2 } else { 20 }
}

#[test]
fn the_hot_paths_stay_below_their_ceilings() {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !cfg!(target_arch = "x86_64") || valgrind.is_err() {
        return eprintln!("SKIPPED: there is no valgrind on this machine, or its processor has other instructions");
    }
    let program = build();
    let ceilings: BTreeMap<String, u64> = serde_json::from_str(include_str!("instructions.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut above = Vec::new();
    for (path, ceiling) in ceilings {
        let (once, twice) = (times(&path), 2 * times(&path));
        let counted = |times| instructions(&program, folder.path(), &path, times);
        let count = (counted(twice) - counted(once)) / (twice - once);
        eprintln!("{path}: {count} instructions, at most {ceiling}");
        if count > ceiling {
            above.push(format!("{path}: {count} instructions, and {ceiling} at the most"));
        }
    }
    assert!(above.is_empty(), "{above:#?}");
}

/// The program in which they are, optimised where it matters. The selection is that of the whole run of tests, so that Cargo
/// finds everything else compiled.
fn build() -> PathBuf {
    let mut cargo = Command::new("cargo");
    // What the Cargo that runs this says of this package would be news to the build scripts of others, which run again for it.
    let of_this_package = |name: &OsString| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| of_this_package(name)) {
        cargo.env_remove(name);
    }
    cargo.args(["test", "--locked", "--workspace", "--test=paths", "--no-run"]);
    cargo.arg("--message-format=json-render-diagnostics");
    for package in OPTIMISED {
        cargo.args(["--config", &format!("profile.dev.package.{package}.opt-level=2")]);
    }
    let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the paths do not compile");
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let mut messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let built = messages.find(|message| message["target"]["name"] == "paths" && message["executable"].is_string());
    built.unwrap()["executable"].as_str().unwrap().into()
}

fn instructions(program: &Path, folder: &Path, path: &str, times: u64) -> u64 {
    let out = folder.join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", out.display()));
    valgrind.arg(program).args(["--path", path, &times.to_string()]);
    let output = valgrind.output().unwrap();
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    total(&std::fs::read_to_string(out).unwrap()).unwrap()
}

/// Source: <https://valgrind.org/docs/manual/cl-format.html>
fn total(profile: &str) -> Option<u64> {
    let mut lines = profile.lines();
    let total = lines.find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")))?;
    total.trim().parse().ok()
}

#[test]
fn a_profile_says_what_all_of_it_took() {
    assert_eq!(total("events: Ir\nsummary: 17\n\nfn=(1)\n1 17\n\ntotals: 17\n"), Some(17));
    assert_eq!(total("events: Ir\n"), None);
}
