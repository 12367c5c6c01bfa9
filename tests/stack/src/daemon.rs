use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::waiting::until;

/// A process that outlives the one that started it. It is known by its id *and* the time of its start, so that another
/// process that got the same id later is never taken for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Daemon {
    pid: i32,
    /// Clock ticks between the start of the machine and that of the process.
    started: u64,
    /// What it was started from and with: another one is needed when this differs.
    pub(crate) identity: String,
}

impl Daemon {
    /// Starts the command in a process group of its own, with its output in a file.
    pub(crate) fn start(command: &mut Command, log: &Path, identity: String) -> io::Result<Self> {
        let log = File::create(log)?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0).spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        let started = start_of(pid).ok_or_else(|| io::Error::other("it ended at once"))?;
        Ok(Self { pid, started, identity })
    }

    pub(crate) fn is_running(&self) -> bool {
        start_of(self.pid) == Some(self.started)
    }

    /// Ends it and what it started, if it still runs.
    pub(crate) async fn stop(&self) {
        self.stop_within(Duration::from_secs(5)).await;
    }

    /// The same; who does not listen for that long is killed.
    async fn stop_within(&self, patience: Duration) {
        if !self.is_running() {
            return;
        }
        self.signal(Signal::TERM);
        let ended = until(patience, async || (!self.is_running()).then_some(())).await;
        // The group's id cannot be given to others while a member is left.
        if ended.is_none() || self.group_has_members() {
            self.signal(Signal::KILL);
            until(patience, async || (!self.is_running()).then_some(())).await;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.pid) {
            // It fails only when nobody is left, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }

    fn group_has_members(&self) -> bool {
        Pid::from_raw(self.pid).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
    }
}

/// When a process started; nothing for one that ended, even if nobody has asked for its exit status yet.
fn start_of(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // proc(5): "pid (comm) state …"; the name may hold spaces and brackets. The start is the 22nd field.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let is_alive = !matches!(fields.next()?, "Z" | "X");
    is_alive.then(|| fields.nth(18)?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(script: &str) -> (tempfile::TempDir, Daemon) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let daemon = Daemon::start(&mut command, &folder.path().join("log"), String::new()).unwrap();
        (folder, daemon)
    }

    #[tokio::test]
    async fn ends_with_all_that_it_started() {
        let (folder, daemon) = start("sleep 1000 & echo $!; wait");
        let log = folder.path().join("log");
        let child = until(Duration::from_secs(5), async || fs::read_to_string(&log).ok()?.trim().parse().ok()).await;
        let child: i32 = child.unwrap();
        assert!(daemon.is_running() && start_of(child).is_some());

        daemon.stop().await;
        assert!(!daemon.is_running());
        let gone = until(Duration::from_secs(5), async || start_of(child).is_none().then_some(())).await;
        assert!(gone.is_some());
    }

    #[tokio::test]
    async fn is_killed_when_it_does_not_listen() {
        let (folder, daemon) = start("trap '' TERM; echo ready; while :; do sleep 0.1; done");
        let log = folder.path().join("log");
        until(Duration::from_secs(5), async || fs::read_to_string(&log).ok()?.contains("ready").then_some(())).await;

        daemon.stop_within(Duration::from_millis(100)).await;
        assert!(!daemon.is_running());
    }

    #[tokio::test]
    async fn a_process_with_the_same_id_and_another_start_is_left_alone() {
        let (_folder, daemon) = start("sleep 1000");
        let namesake = Daemon { started: daemon.started + 1, ..daemon.clone() };
        assert!(!namesake.is_running());

        namesake.stop().await;
        assert!(daemon.is_running());
        daemon.stop().await;
    }

    #[test]
    fn a_process_that_nobody_waited_for_has_ended() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        while start_of(pid).is_some() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }
}
