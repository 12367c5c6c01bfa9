use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;

use super::World;
use super::world::State;
use crate::ports::Clock;

/// What happens at a certain time, in the order of times and, at the same time, of registration.
#[derive(Default)]
pub(super) struct Timers {
    next_id: u64,
    due: BTreeMap<(Timestamp, u64), Due>,
}

enum Due {
    Wake(Option<Waker>),
    Apply(Box<dyn FnOnce(&mut State) + Send>),
}

impl Timers {
    fn add(&mut self, at: Timestamp, due: Due) -> (Timestamp, u64) {
        self.next_id += 1;
        self.due.insert((at, self.next_id), due);
        (at, self.next_id)
    }

    /// Lets something take effect at a time by itself, such as a request that was long under way.
    pub(super) fn apply_at(&mut self, at: Timestamp, effect: impl FnOnce(&mut State) + Send + 'static) {
        self.add(at, Due::Apply(Box::new(effect)));
    }
}

impl World {
    /// The time by the world's own clock; [`Clock::now`] gives a process's own.
    pub fn time(&self) -> Timestamp {
        self.state().now
    }

    /// When the next sleeper wakes, or the next late request takes effect.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.state().timers.due.keys().next().map(|(at, _)| *at)
    }

    /// Lets time pass up to the next timer. Says whether there was one.
    pub fn advance_to_next_timer(&self) -> bool {
        match self.next_timer() {
            Some(at) => {
                self.advance_to(at);
                true
            }
            None => false,
        }
    }

    /// Lets time pass; what becomes due happens on the way, each at its own time.
    pub fn advance(&self, duration: Duration) {
        let end = after(self.time(), duration);
        self.advance_to(end);
    }

    /// Lets time pass up to `end`; time never goes back.
    pub fn advance_to(&self, end: Timestamp) {
        while let Some(waker) = self.state().pass_one_timer(end) {
            // The waker may lead back here, so the lock is not held.
            if let Some(waker) = waker {
                waker.wake();
            }
        }
        let mut state = self.state();
        state.now = state.now.max(end);
    }
}

impl State {
    /// Passes the first timer that is due by `end`: `None` when there is none.
    fn pass_one_timer(&mut self, end: Timestamp) -> Option<Option<Waker>> {
        let first = self.timers.due.first_entry().filter(|first| first.key().0 <= end)?;
        let ((at, _), due) = first.remove_entry();
        self.now = self.now.max(at);
        match due {
            Due::Wake(waker) => Some(waker),
            Due::Apply(effect) => {
                effect(self);
                Some(None)
            }
        }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.time() + self.clock_skew()
    }

    async fn sleep(&self, duration: Duration) {
        self.wait(duration).await;
        self.alive().await;
    }
}

impl World {
    /// Returns after `duration`, to dead processes too.
    pub(super) fn wait(&self, duration: Duration) -> Wait {
        let mut state = self.state();
        let at = after(state.now, duration);
        let timer = state.timers.add(at, Due::Wake(None));
        drop(state);
        Wait { world: self.clone(), timer }
    }
}

/// Waits for a time; forgotten when dropped.
pub(super) struct Wait {
    world: World,
    timer: (Timestamp, u64),
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.world.state();
        let Some(due) = state.timers.due.get_mut(&self.timer) else { return Poll::Ready(()) };
        let before = std::mem::replace(due, Due::Wake(Some(cx.waker().clone())));
        // Dropping a waker may drop what it wakes, which may lead back here.
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let removed = self.world.state().timers.due.remove(&self.timer);
        drop(removed);
    }
}

/// The sum, or the end of time.
pub(super) fn after(at: Timestamp, duration: Duration) -> Timestamp {
    at.checked_add(duration).unwrap_or(Timestamp::MAX)
}
