use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::World;
use super::clock::after;
use super::faults::{Call, Fault};
use super::world::State;
use crate::ports::{ErrorKind, FetchError, PortError};

/// A method of a port, as the injector and the errors name it.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    port: &'static str,
    name: &'static str,
    writes: bool,
}

/// A method that changes nothing outside.
pub(super) const fn reads(port: &'static str, name: &'static str) -> Operation {
    Operation { port, name, writes: false }
}

/// A method that changes something outside.
pub(super) const fn writes(port: &'static str, name: &'static str) -> Operation {
    Operation { port, name, writes: true }
}

impl World {
    /// One call from beginning to end: every port's every method goes through here.
    ///
    /// It pauses before and after it takes effect, so that whoever polls decides what else happens in between; the
    /// effect itself is one step.
    pub(super) async fn call<T, E>(
        &self,
        operation: Operation,
        key: impl ToString,
        effect: impl FnOnce(&mut State) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let call = self.ask(operation, key).await;
        self.perform(&call, effect).await
    }

    /// Asks the injector about a call.
    pub(super) async fn ask(&self, operation: Operation, key: impl ToString) -> Call {
        self.alive().await;
        let key = key.to_string();
        let mut state = self.state();
        let state = &mut *state;
        let call = Call {
            number: 0,
            process: self.name().to_owned(),
            port: operation.port,
            operation: operation.name,
            key,
            writes: operation.writes,
            at: state.now,
            fault: None,
        };
        state.injector.decide(call, &mut state.chance, state.settings.remembers)
    }

    /// Does what was asked for, in the way that the injector decided.
    pub(super) async fn perform<T, E>(
        &self,
        call: &Call,
        effect: impl FnOnce(&mut State) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.pause().await;
        self.take_time().await;
        let fails = |kind| Err(E::injected(kind, call));
        match call.fault {
            Some(Fault::ErrorBefore(kind)) => {
                self.pause().await;
                return fails(kind);
            }
            Some(Fault::Hang) => return self.hang(call).await,
            Some(Fault::Crash) => return self.die().await,
            Some(Fault::LandsLate(wait)) => {
                self.land_later(wait, effect);
                return self.hang(call).await;
            }
            _ => {}
        }
        let reply = self.act(effect);
        match call.fault {
            Some(Fault::HangApplied) => return self.hang(call).await,
            Some(Fault::CrashApplied) => return self.die().await,
            _ => self.pause().await,
        }
        if call.fault == Some(Fault::ReplyLost) { fails(ErrorKind::Unavailable) } else { reply }
    }

    /// Waits for as long as a client does for an answer that does not come.
    pub(super) async fn hang<T, E: Failure>(&self, call: &Call) -> Result<T, E> {
        let patience = self.state().settings.patience;
        match patience {
            Some(patience) => self.wait(patience).await,
            None => pending().await,
        }
        self.alive().await;
        Err(E::injected(ErrorKind::Unavailable, call))
    }

    fn land_later<T, E>(&self, wait: Duration, effect: impl FnOnce(&mut State) -> Result<T, E> + Send + 'static) {
        let mut state = self.state();
        let (at, process) = (after(state.now, wait), self.name().into());
        state.timers.apply_at(at, move |state| {
            state.acting = process;
            state.late = true;
            // Nobody listens for the reply any more.
            drop(effect(state));
            state.late = false;
        });
    }

    async fn die<T>(&self) -> T {
        self.kill();
        pending().await
    }

    /// Goes on only in a process that lives.
    pub(super) async fn alive(&self) {
        if self.is_dead() {
            pending::<()>().await;
        }
    }

    async fn take_time(&self) {
        let latency = {
            let mut state = self.state();
            let longest = u64::try_from(state.settings.latency.as_millis()).unwrap_or(u64::MAX);
            if longest == 0 { 0 } else { state.chance.below(longest.saturating_add(1)) }
        };
        if latency > 0 {
            self.wait(Duration::from_millis(latency)).await;
            self.alive().await;
        }
    }

    /// Lets others go first, once.
    async fn pause(&self) {
        Pause { passed: false }.await;
        self.alive().await;
    }
}

struct Pause {
    passed: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.passed, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// An error that a fault can be shown as.
pub(super) trait Failure: Sized + Send + 'static {
    /// The error that the caller of `call` gets.
    fn injected(kind: ErrorKind, call: &Call) -> Self;
}

impl Failure for PortError {
    fn injected(kind: ErrorKind, call: &Call) -> Self {
        Self::new(kind, call.operation, format!("call {} was made to fail", call.number))
    }
}

impl Failure for FetchError {
    fn injected(kind: ErrorKind, call: &Call) -> Self {
        let error = PortError::injected(kind, call);
        match kind {
            ErrorKind::Unavailable | ErrorKind::Conflict => Self::Unavailable(error),
            ErrorKind::Throttled { .. } | ErrorKind::QuotaExhausted => Self::Throttled(error),
            ErrorKind::NotFound => Self::NotReady(error),
            ErrorKind::Refused => Self::Refused(error),
            ErrorKind::Invalid => Self::Broken(error),
        }
    }
}
