use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runtime::{Environment, Memory};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::runtime_api::{Answer, RuntimeApi};

/// A place in which a function's program runs, one process after the other: one that ends is followed by the next at
/// once. Dropping it kills the process.
#[derive(Debug)]
pub struct Process {
    events: mpsc::Sender<Event>,
    kills: mpsc::Sender<Kill>,
    has: watch::Receiver<Option<u64>>,
    id: watch::Receiver<Option<u32>>,
    _keeper: AbortOnDrop,
}

/// Why an invocation came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The process ended meanwhile: it was killed, or it crashed.
    Ended,
    /// It took longer than it may, and its process was killed for it.
    TimedOut,
    /// The function returned an error; this is how Lambda shows it.
    Error(String),
}

/// What a process is started from.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) environment: Environment,
    pub(crate) timeout: Duration,
    /// Where its output is added, whichever process wrote it.
    pub(crate) log: PathBuf,
}

/// An event, and who waits for what becomes of it.
#[derive(Debug)]
struct Event {
    body: String,
    done: oneshot::Sender<Result<Value, Failed>>,
}

/// Kills the process: only while it has a certain invocation, or whatever it does.
#[derive(Debug)]
struct Kill {
    during: Option<u64>,
    done: oneshot::Sender<bool>,
}

#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Every invocation of every process has a number of its own.
static NUMBER: AtomicU64 = AtomicU64::new(1);

impl Process {
    pub(crate) fn start(start: Start) -> Self {
        let (events, events_of_keeper) = mpsc::channel(1);
        let (kills, kills_of_keeper) = mpsc::channel(1);
        let has = watch::Sender::new(None);
        let (has_now, id) = (has.subscribe(), watch::Sender::new(None));
        let id_now = id.subscribe();
        let keeper = Keeper { start, events: events_of_keeper, kills: kills_of_keeper, has, id };
        Self { events, kills, has: has_now, id: id_now, _keeper: AbortOnDrop(tokio::spawn(keeper.keep())) }
    }

    /// Has the process handle an event.
    pub(crate) async fn handle(&self, body: String) -> Result<Value, Failed> {
        let (done, answered) = oneshot::channel();
        let result = match self.events.send(Event { body, done }).await {
            Ok(()) => answered.await.ok(),
            Err(_) => None,
        };
        result.unwrap_or_else(|| panic!("a process's keeper is gone"))
    }

    /// The number of the invocation that the process has now.
    #[must_use]
    pub fn invocation(&self) -> Option<u64> {
        *self.has.borrow()
    }

    /// What the process has of memory, if it runs.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        Memory::of_id((*self.id.borrow())?)
    }

    /// The number of the next invocation, once the process has it.
    pub async fn next_invocation(&self) -> u64 {
        let mut has = self.has.clone();
        let before = *has.borrow_and_update();
        let next = has.wait_for(|now| now.is_some() && *now != before).await;
        next.ok().and_then(|next| *next).unwrap_or_default()
    }

    /// Kills the process with SIGKILL if it still has that invocation, and says whether it had.
    pub async fn kill_during(&self, invocation: u64) -> bool {
        self.order_kill(Some(invocation)).await
    }

    /// Kills the process with SIGKILL, whatever it does.
    pub async fn kill(&self) {
        self.order_kill(None).await;
    }

    async fn order_kill(&self, during: Option<u64>) -> bool {
        let (done, killed) = oneshot::channel();
        let is_ordered = self.kills.send(Kill { during, done }).await.is_ok();
        is_ordered && killed.await.unwrap_or(false)
    }
}

/// Starts processes, and hands them what they are to handle.
struct Keeper {
    start: Start,
    events: mpsc::Receiver<Event>,
    kills: mpsc::Receiver<Kill>,
    has: watch::Sender<Option<u64>>,
    id: watch::Sender<Option<u32>>,
}

/// What a process is doing.
struct Invocation {
    done: oneshot::Sender<Result<Value, Failed>>,
    answer: JoinHandle<Option<Answer>>,
    end: Instant,
}

impl Keeper {
    async fn keep(mut self) {
        /// A function may fail to start for want of a secret, and is started again; one that never starts never will.
        const STARTS: u32 = 50;
        let mut in_vain = 0;
        loop {
            let api = Arc::new(RuntimeApi::open(self.has.clone()).await);
            let child = self.spawn(&api);
            self.id.send_replace(child.id());
            self.run(child, &api).await;
            in_vain = if api.was_asked() { 0 } else { in_vain + 1 };
            assert!(in_vain < STARTS, "a function never asks for events: {}", last_words(&self.start.log));
        }
    }

    fn spawn(&self, api: &RuntimeApi) -> Child {
        let Start { program, environment, log, .. } = &self.start;
        let output = || File::options().create(true).append(true).open(log);
        let mut command = Command::new(program);
        command.env_clear().envs(environment.variables()).stdin(Stdio::null()).kill_on_drop(true);
        command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string()).env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
        let spawned = (|| command.stdout(output()?).stderr(output()?).spawn())();
        spawned.unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()))
    }

    /// Until the process ends.
    async fn run(&mut self, mut child: Child, api: &Arc<RuntimeApi>) {
        let mut current: Option<Invocation> = None;
        loop {
            let end = current.as_ref().map(|invocation| invocation.end);
            tokio::select! {
                _ = child.wait() => return ended(current, Failed::Ended),
                () = outlasted(end) => {
                    kill(&mut child).await;
                    return ended(current, Failed::TimedOut);
                }
                Some(order) = self.kills.recv() => {
                    let is_meant = order.during.is_none_or(|number| *self.has.borrow() == Some(number));
                    if is_meant {
                        kill(&mut child).await;
                    }
                    let _nobody_asks = order.done.send(is_meant);
                    if is_meant {
                        return ended(current, Failed::Ended);
                    }
                }
                Some(event) = self.events.recv(), if current.is_none() => {
                    current = Some(self.begin(event, Arc::clone(api)));
                }
                answer = answered(&mut current) => if let Some(invocation) = current.take() {
                    let result = answer.map_or(Err(Failed::Ended), |answer| answer.map_err(Failed::Error));
                    let _nobody_asks = invocation.done.send(result);
                }
            }
        }
    }

    fn begin(&self, event: Event, api: Arc<RuntimeApi>) -> Invocation {
        let (number, limit) = (NUMBER.fetch_add(1, Ordering::Relaxed), self.start.timeout);
        let answer = tokio::spawn(async move { api.handle(event.body, number, limit).await });
        Invocation { done: event.done, answer, end: Instant::now() + limit }
    }
}

async fn answered(current: &mut Option<Invocation>) -> Option<Answer> {
    match current {
        Some(invocation) => (&mut invocation.answer).await.ok().flatten(),
        None => std::future::pending().await,
    }
}

async fn outlasted(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

fn ended(current: Option<Invocation>, why: Failed) {
    if let Some(invocation) = current {
        invocation.answer.abort();
        let _nobody_asks = invocation.done.send(Err(why));
    }
}

/// SIGKILL, and then its exit status, without which it would stay a zombie.
async fn kill(child: &mut Child) {
    let _it_has_ended_already = child.kill().await;
}

fn last_words(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().rev().take(3).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    /// A process of a program that never asks for events.
    fn process(script: &str, timeout: Duration) -> (TempDir, Process) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bootstrap");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let environment = Environment::from([("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned())]);
        let log = folder.path().join("log");
        let process = Process::start(Start { program, environment, timeout, log });
        (folder, process)
    }

    #[tokio::test]
    async fn an_invocation_ends_with_its_process_or_its_time() {
        const LONG: Duration = Duration::from_secs(60);
        let (_folder, crashing) = process("sleep 0.1; exit 1", LONG);
        assert_eq!(crashing.handle("{}".to_owned()).await, Err(Failed::Ended));
        let (_folder, hanging) = process("sleep 1000", Duration::from_millis(100));
        assert_eq!(hanging.handle("{}".to_owned()).await, Err(Failed::TimedOut));
        let (_folder, killed) = process("sleep 1000", LONG);
        let killing = async {
            loop {
                killed.kill().await;
            }
        };
        let result = tokio::select! {
            result = killed.handle("{}".to_owned()) => result,
            () = killing => unreachable!("it never ends"),
        };
        assert_eq!(result, Err(Failed::Ended));
    }

    #[tokio::test]
    async fn who_has_another_invocation_is_not_killed() {
        let (_folder, process) = process("sleep 1000", Duration::from_secs(60));
        assert!(!process.kill_during(7).await);
        assert_eq!(process.invocation(), None);
    }

    #[tokio::test]
    #[should_panic(expected = "a process's keeper is gone")]
    async fn a_program_that_never_asks_for_events_is_not_started_for_ever() {
        let (_folder, process) = process("exit 1", Duration::from_secs(60));
        while process.handle("{}".to_owned()).await == Err(Failed::Ended) {}
    }
}
