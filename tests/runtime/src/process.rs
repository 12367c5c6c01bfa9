use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::ports::{free_ports, listens};

/// A program that runs beside the test, with a folder of its own. Dropping it ends it with all that it started.
///
/// It stays in the test's process group, so that a terminal's Ctrl-C reaches it too.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    folder: TempDir,
}

/// A busy machine may take that long to start a program; most start within a second.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);

impl Process {
    /// Starts a program that listens on free ports, and waits until it does.
    pub(crate) async fn listening<const N: usize>(command: impl Fn(&Path, [u16; N]) -> Command) -> (Self, [u16; N]) {
        const TRIES: u32 = 3;
        let mut last_words = String::new();
        for _ in 0..TRIES {
            let ports = free_ports();
            let mut process = Self::start(|folder| command(folder, ports));
            match process.until_it_listens(&ports).await {
                Ok(()) => return (process, ports),
                // Somebody else may have taken a port since it was chosen.
                Err(ended) => last_words = ended,
            }
        }
        panic!("a program did not start, the last time because: {last_words}")
    }

    fn start(command: impl FnOnce(&Path) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("cannot create a folder: {error}"));
        let mut command = command(folder.path());
        let started = (|| {
            let output = [File::create(folder.path().join("stdout"))?, File::create(folder.path().join("stderr"))?];
            let [stdout, stderr] = output;
            command.current_dir(&folder).stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn()
        })();
        let child = started.unwrap_or_else(|error| panic!("cannot run {}: {error}", program(&command)));
        Self { child, folder }
    }

    async fn until_it_listens(&mut self, ports: &[u16]) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        while !ports.iter().all(|port| listens(Pid::from_child(&self.child), *port)) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended with {status}\n{}{}", self.stdout(), self.stderr()));
            }
            if Instant::now() >= end {
                return Err(format!("it did not listen\n{}{}", self.stdout(), self.stderr()));
            }
            pause().await;
        }
        Ok(())
    }

    /// What it wrote to its standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.output("stdout")
    }

    /// What it wrote to its standard error so far.
    pub(crate) fn stderr(&self) -> String {
        self.output("stderr")
    }

    fn output(&self, name: &str) -> String {
        let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Asks it to end, and kills it when it does not listen.
    pub(crate) fn stop(&mut self) {
        const UNTIL_KILLED: Duration = Duration::from_secs(2);
        self.signal(Signal::TERM);
        let end = Instant::now() + UNTIL_KILLED;
        while self.is_running() && Instant::now() < end {
            std::thread::sleep(PAUSE);
        }
        self.kill();
    }

    /// Ends it at once. What it started is killed first, as long as its ids cannot be anybody else's.
    pub(crate) fn kill(&mut self) {
        if self.is_running() {
            self.signal(Signal::STOP);
            for child in self.children() {
                // A runtime's group is its own; a failure says only that nobody is left in it.
                let _ = kill_process_group(child, Signal::KILL).or_else(|_| kill_process(child, Signal::KILL));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) {
        // It fails only when the process has ended, which is what is wanted.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// What it started itself and is still there.
    pub(crate) fn children(&self) -> Vec<Pid> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let ids = children.flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>());
        ids.filter_map(|id| Pid::from_raw(id.ok()?)).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A moment in which another process may get on.
pub(crate) async fn pause() {
    #[expect(clippy::disallowed_methods, reason = "waits for another process, which keeps real time")]
    tokio::time::sleep(PAUSE).await;
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    #[should_panic(expected = "no such option")]
    async fn a_program_that_ends_instead_of_listening_says_why() {
        Process::listening(|_, [_]: [u16; 1]| shell("echo no such option >&2; exit 2")).await;
    }

    #[test]
    fn who_does_not_listen_is_killed() {
        let mut process = Process::start(|_| shell("trap '' TERM; while :; do sleep 0.01; done"));
        process.stop();
        assert!(!process.is_running());
    }

    #[test]
    fn the_folder_is_empty_at_first_and_gone_in_the_end() {
        let mut process = Process::start(|_| shell("ls -A; pwd"));
        process.child.wait().unwrap();
        let output = process.stdout();
        let [stderr, stdout, folder] = output.lines().collect::<Vec<_>>()[..] else { panic!("{output}") };
        assert_eq!([stderr, stdout], ["stderr", "stdout"]);
        assert!(Path::new(folder).exists());
        drop(process);
        assert!(!Path::new(folder).exists());
    }
}
