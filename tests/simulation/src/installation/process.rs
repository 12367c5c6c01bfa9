use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use jiff::Timestamp;
use recordings::fakes::{Delivery, World};

/// One invocation that is under way.
pub(crate) struct Process {
    pub(crate) world: World,
    pub(crate) role: Role,
    /// When Lambda ends it.
    pub(crate) ends: Timestamp,
    work: Pin<Box<dyn Future<Output = Done>>>,
    woken: Arc<Woken>,
    waker: Waker,
}

/// What an invocation is for.
pub(crate) enum Role {
    /// Messages of one queue, in a worker's slot.
    Batch { worker: usize, deliveries: Vec<Delivery> },
    /// A webhook, by its place among all.
    Webhook(usize),
    /// A job of the sweeper.
    Sweep,
}

/// What it said in the end.
pub(crate) enum Done {
    /// The messages that have to come again.
    Again(Vec<String>),
    /// The status of an answer.
    Answer(u16),
    /// A sweep is over, however it went.
    Swept,
}

/// What became of it when it was given the processor.
pub(crate) enum Step {
    Waits,
    Ended(Done),
    Died,
}

impl Process {
    pub(crate) fn new(world: World, role: Role, ends: Timestamp, work: impl Future<Output = Done> + 'static) -> Self {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        Self { world, role, ends, work: Box::pin(work), waker: Waker::from(woken.clone()), woken }
    }

    /// Whether it can go on at this moment.
    pub(crate) fn can_go_on(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }

    /// Lets it go on to where it waits next.
    pub(crate) fn step(&mut self) -> Step {
        self.woken.0.store(false, Ordering::Relaxed);
        match self.work.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(done) => Step::Ended(done),
            Poll::Pending if self.world.is_dead() => Step::Died,
            Poll::Pending => Step::Waits,
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
