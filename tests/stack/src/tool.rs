use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::error::StackError;
use crate::place::{Place, tail};

/// Runs a tool to its end, with its output in a log, and answers with what it wrote to standard output.
pub(crate) async fn run(place: &Place, task: &'static str, command: &mut Command) -> Result<Vec<u8>, StackError> {
    let log = place.log(&task.replace(' ', "-"))?;
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let doing = || StackError::system(format!("cannot run {program}"));
    let errors = File::create(&log).map_err(StackError::system(format!("cannot write {}", log.display())))?;
    let started = command.current_dir(place.root()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).spawn();
    let output = started.map_err(doing())?.wait_with_output().await.map_err(doing())?;
    append(&log, &output.stdout).map_err(StackError::system(format!("cannot write {}", log.display())))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(StackError::ToolFailed { task, tail: tail(&log), log })
    }
}

fn append(log: &Path, output: &[u8]) -> std::io::Result<()> {
    std::io::Write::write_all(&mut File::options().append(true).open(log)?, output)
}
