//! One program from its start to its end, and what it took.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use runtime::Memory;
use wait4::Wait4;

use crate::Fallible;

/// What a program took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// The most memory that it had, in bytes.
    pub(crate) peak: u64,
    pub(crate) stdout: String,
}

/// A program with no environment but what it is given: a proxy or a certificate bundle would decide the figures.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", "/nonexistent");
    command.stdin(Stdio::null());
    command
}

/// Runs a program to its end, which must be a good one: what fails is fast.
pub(crate) async fn run(mut command: Command) -> Fallible<Taken> {
    let name = format!("{command:?}");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || {
        let started = Instant::now();
        let mut child = command.spawn()?;
        let id = child.id();
        // The kernel's own maximum would begin with that of this process, which the child was for a moment.
        let watcher = std::thread::spawn(move || watch(id));
        // Read meanwhile: a pipe that is full stops who writes.
        let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
        let ended = child.wait4()?;
        let wall = started.elapsed();
        let peak = watcher.join().unwrap_or_default();
        let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
        match ended.status.success() {
            true => Ok(Taken { wall, cpu: ended.rusage.utime + ended.rusage.stime, peak, stdout }),
            false => Err(format!("{name}: {}\n{stdout}{stderr}", ended.status).into()),
        }
    })
    .await?
}

/// The last peak that a process tells.
fn watch(id: u32) -> u64 {
    let mut peak = 0;
    while let Some(memory) = Memory::of_id(id) {
        peak = memory.peak;
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

fn read(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || pipe.and_then(|pipe| std::io::read_to_string(pipe).ok()).unwrap_or_default())
}

/// Ends a program that would go on for ever; the processor time that it took.
pub(crate) fn end(mut child: Child) -> Fallible<Duration> {
    child.kill()?;
    let ended = child.wait4()?;
    Ok(ended.rusage.utime + ended.rusage.stime)
}

/// The processor time that a process took so far, in all its threads.
pub(crate) fn cpu_so_far(id: u32) -> Fallible<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += stat.split_whitespace().next().ok_or("the kernel counts no processor time")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
