use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::Clock;

/// How long Airtable refuses everything after a 429.
/// Source: <https://airtable.com/developers/web/api/rate-limits>
const PENALTY: Duration = Duration::from_secs(30);
/// The time in which Airtable counts requests.
const WINDOW: Duration = Duration::from_secs(1);

/// Spaces requests to one Airtable base.
///
/// A process knows only its own requests, and successive batches may meet different processes. So an invocation ends
/// only when what it sent is paid for: then the number of invocations at a time bounds the rate, whichever process
/// they run in.
///
/// A base takes five requests a second from everybody. The template runs at most two history workers; each takes 1.5,
/// the sweeper takes 1 and the API 0.5, so that together they stay below.
///
/// Airtable counts what arrives within any second, however long each request was under way. So nothing follows an answer
/// within a second but the PATCH that follows its find: no second ever sees more than two requests of one worker.
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

    /// A request was answered at this time.
    pub(super) fn answered(&self, now: Timestamp) {
        self.wait_until(now.saturating_add(WINDOW).unwrap_or(now));
    }

    /// Returns when everything that was sent is paid for.
    pub(super) async fn rest(&self, clock: &impl Clock) {
        let free_at = *self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        sleep_until(clock, free_at).await;
    }

    /// Nothing is sent for as long as the base asks, or for its usual penalty.
    pub(super) fn be_quiet(&self, now: Timestamp, asked: Option<Duration>) {
        self.wait_until(now.saturating_add(asked.unwrap_or(PENALTY).max(PENALTY)).unwrap_or(now));
    }

    fn wait_until(&self, until: Timestamp) {
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
    fn no_second_sees_more_than_two_requests_however_long_each_is_under_way() {
        let world = World::new(1);
        let ms = |ms| Duration::from_millis(ms);
        let mut arrivals = Vec::new();
        // A request arrives somewhere between being sent and being answered.
        let request = async |pacer: &Pacer, (there, back): (u64, u64), arrivals: &mut Vec<Timestamp>| {
            world.sleep(ms(there)).await;
            arrivals.push(world.time());
            world.sleep(ms(back)).await;
            pacer.answered(world.now());
        };
        let slow_there_and_back = [(0, 0), (1_300, 0), (0, 1_300), (0, 0), (900, 400), (0, 5)];
        for (find, patch) in slow_there_and_back.iter().flat_map(|f| slow_there_and_back.iter().map(move |p| (*f, *p)))
        {
            let pacer = Pacer::per_second(1.5);
            world.run(async {
                pacer.take(&world, 2).await;
                request(&pacer, find, &mut arrivals).await;
                request(&pacer, patch, &mut arrivals).await;
                pacer.rest(&world).await;
            });
        }
        for three in arrivals.windows(3) {
            assert!(three[2].duration_since(three[0]) >= jiff::SignedDuration::from_secs(1), "{three:?}");
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
