use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::World;

/// Why a future did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Halted {
    /// The process died.
    #[error("the process died")]
    Died,
    /// It waits for something that never comes, and nothing is due any more.
    #[error("the process waits for something that never comes")]
    Stuck,
}

impl World {
    /// Runs a future of this process to its end, in no real time: whenever nothing else can go on, time passes.
    ///
    /// # Errors
    /// [`Halted`] when it cannot come to its end; the future is dropped then, as a dead process's memory is.
    pub fn try_run<F: Future>(&self, future: F) -> Result<F::Output, Halted> {
        let mut drive = Drive { world: self.clone(), future: Box::pin(future) };
        match Pin::new(&mut drive).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Ok(output),
            Poll::Pending if self.is_dead() => Err(Halted::Died),
            Poll::Pending => Err(Halted::Stuck),
        }
    }

    /// Runs a future of this process to its end, as [`try_run`](Self::try_run) does.
    ///
    /// # Panics
    /// When it cannot come to its end.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match self.try_run(future) {
            Ok(output) => output,
            Err(halted) => panic!("{}: {halted}; its last calls: {:#?}", self.name(), self.last_calls(5)),
        }
    }

    /// The same as a future, for runtimes: whenever nothing else can go on, time passes.
    pub fn drive<F: Future + Send>(&self, future: F) -> impl Future<Output = F::Output> + Send {
        Drive { world: self.clone(), future: Box::pin(future) }
    }
}

struct Drive<F> {
    world: World,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Drive<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let woken = Arc::new(Woken { by_now: AtomicBool::new(true), outer: cx.waker().clone() });
        let waker = Waker::from(woken.clone());
        loop {
            while woken.by_now.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(output);
                }
                if self.world.is_dead() {
                    return Poll::Pending;
                }
            }
            if !self.world.advance_to_next_timer() {
                return Poll::Pending;
            }
        }
    }
}

struct Woken {
    by_now: AtomicBool,
    outer: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.by_now.store(true, Ordering::SeqCst);
        self.outer.wake_by_ref();
    }
}
