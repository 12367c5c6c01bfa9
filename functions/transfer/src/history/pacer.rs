use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::Clock;

/// How long Airtable refuses everything after a 429.
/// Source: <https://airtable.com/developers/web/api/rate-limits>
const PENALTY: Duration = Duration::from_secs(30);

/// Spaces requests to one Airtable base.
///
/// A process knows only its own requests, and successive batches may meet different processes. So an invocation ends
/// only when what it sent is paid for: then the number of invocations at a time bounds the rate, whichever process
/// they run in.
///
/// A base takes five requests a second from everybody. The template runs at most two history workers; each takes 1.5,
/// the sweeper takes 1 and the API 0.5, so that together they stay below.
pub struct Pacer {
    spacing: Duration,
    free_at: Mutex<Timestamp>,
}

impl Pacer {
    /// A pacer that lets this many requests a second through.
    pub fn per_second(requests: f64) -> Self {
        Self { spacing: Duration::from_secs_f64(1.0 / requests), free_at: Mutex::new(Timestamp::MIN) }
    }

    /// Returns when `requests` requests may be sent one after the other.
    pub(super) async fn take(&self, clock: &impl Clock, requests: u32) {
        let start = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let start = (*free_at).max(clock.now());
            *free_at = start.saturating_add(self.spacing * requests).unwrap_or(start);
            start
        };
        sleep_until(clock, start).await;
    }

    /// Returns when everything that was sent is paid for.
    pub(super) async fn rest(&self, clock: &impl Clock) {
        let free_at = *self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        sleep_until(clock, free_at).await;
    }

    /// Nothing is sent for as long as the base asks, or for its usual penalty.
    pub(super) fn be_quiet(&self, now: Timestamp, asked: Option<Duration>) {
        let until = now.saturating_add(asked.unwrap_or(PENALTY).max(PENALTY)).unwrap_or(now);
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at).max(until);
    }
}

async fn sleep_until(clock: &impl Clock, until: Timestamp) {
    let wait = Duration::try_from(until.duration_since(clock.now())).unwrap_or_default();
    if !wait.is_zero() {
        clock.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use recordings::fakes::World;

    use super::*;

    #[test]
    fn requests_go_out_at_once_and_are_paid_for_before_the_invocation_ends() {
        let world = World::new(1);
        let start = world.time();
        let elapsed = |world: &World| world.time().duration_since(start).as_millis();
        // Each invocation in a process of its own, as after a scale-out.
        for invocation in 1..=3 {
            let pacer = Pacer::per_second(2.0);
            world.run(pacer.take(&world, 2));
            assert_eq!(elapsed(&world), (invocation - 1) * 1_000, "no wait before the first find");
            world.run(pacer.rest(&world));
            assert_eq!(elapsed(&world), invocation * 1_000);
        }
    }

    #[test]
    fn a_base_that_asks_for_quiet_gets_thirty_seconds() {
        let world = World::new(1);
        let start = world.time();
        let pacer = Pacer::per_second(1.5);
        pacer.be_quiet(start, Some(Duration::from_secs(5)));
        world.run(pacer.take(&world, 1));
        assert_eq!(world.time().duration_since(start).as_secs(), 30);
    }
}
