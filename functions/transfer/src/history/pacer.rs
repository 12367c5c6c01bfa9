use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use recordings::ports::Clock;
use recordings::recording::AirtableBaseId;

use super::not_asked::NotAsked;

/// How long Airtable refuses everything after a 429.
/// Source: <https://airtable.com/developers/web/api/rate-limits>
const PENALTY: Duration = Duration::from_secs(30);
/// The time in which Airtable counts requests.
const WINDOW: Duration = Duration::from_secs(1);
/// The longest time that a base is left alone. Airtable documents thirty seconds; what asks for days must not silence a
/// process for days.
const LONGEST_QUIET: Duration = Duration::from_hours(1);

/// Spaces the requests to each Airtable base. Bases know nothing of one another: one that wants to be left alone, or whose
/// month is used up, is no reason to ask another one later.
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
///
/// It never waits beyond what the caller has time for. A quiet time that outlasts the invocation is kept by the process's
/// next one; so is the pause once the month's calls are used up. Another process has to find out for itself.
pub struct Pacer {
    spacing: Duration,
    used_up_for: Duration,
    bases: Mutex<BTreeMap<AirtableBaseId, State>>,
}

/// How one base is to be asked.
struct State {
    /// When the next request may be sent.
    free_at: Timestamp,
    /// Until when nobody asks, because the month's calls are used up.
    used_up_until: Timestamp,
    /// Whether something was sent since the last rest.
    in_debt: bool,
}

impl Pacer {
    /// A pacer that lets this many requests a second through to each base, and none to it for `used_up_for` once the
    /// month's calls are used up.
    ///
    /// That is best as long as `open/` lets a recording rest (a quarter of an hour): each recording comes back about once
    /// in that time, and the first to come finds out for all; a longer time would only delay the lines once calls are
    /// to be had again.
    pub fn new(requests_a_second: f64, used_up_for: Duration) -> Self {
        let spacing = Duration::from_secs_f64(1.0 / requests_a_second);
        Self { spacing, used_up_for, bases: Mutex::default() }
    }

    /// Returns when `requests` requests may be sent to a base one after the other.
    ///
    /// # Errors
    /// [`NotAsked`], at once and without any effect, when nobody may ask now or that would be later than `latest`.
    pub(super) async fn take(
        &self,
        base: &AirtableBaseId,
        clock: &impl Clock,
        requests: u32,
        latest: Timestamp,
    ) -> Result<(), NotAsked> {
        let length = self.spacing * requests;
        let start = self.of(base, |state| state.grant(clock.now(), length, latest))?;
        sleep_until(clock, start).await;
        Ok(())
    }

    /// A base answered a request at this time.
    pub(super) fn answered(&self, base: &AirtableBaseId, now: Timestamp) {
        self.of(base, |state| state.wait_until(after(now, WINDOW)));
    }

    /// Returns when everything that was sent is paid for to every base, at `latest` in any case. Who sent nothing owes nothing: what
    /// only remembers a quiet time does not sit it out.
    pub(super) async fn rest(&self, clock: &impl Clock, latest: Timestamp) {
        let paid_at = {
            let mut bases = self.bases();
            let owed = |state: &mut State| std::mem::take(&mut state.in_debt).then_some(state.free_at);
            bases.values_mut().filter_map(owed).max()
        };
        if let Some(paid_at) = paid_at {
            sleep_until(clock, paid_at.min(latest)).await;
        }
    }

    /// Nothing is sent to a base for as long as it asks, within reason, or for its usual penalty.
    pub(super) fn be_quiet(&self, base: &AirtableBaseId, now: Timestamp, asked: Option<Duration>) {
        let quiet = asked.unwrap_or(PENALTY).clamp(PENALTY, LONGEST_QUIET);
        self.of(base, |state| state.wait_until(after(now, quiet)));
    }

    /// The month's calls of a base are used up: asking is useless for a while. Whether another base's are too, it says
    /// itself.
    pub(super) fn is_used_up(&self, base: &AirtableBaseId, now: Timestamp) {
        self.of(base, |state| state.used_up_until = after(now, self.used_up_for));
    }

    fn of<T>(&self, base: &AirtableBaseId, act: impl FnOnce(&mut State) -> T) -> T {
        act(self.bases().entry(base.clone()).or_default())
    }

    fn bases(&self) -> MutexGuard<'_, BTreeMap<AirtableBaseId, State>> {
        self.bases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for State {
    fn default() -> Self {
        Self { free_at: Timestamp::MIN, used_up_until: Timestamp::MIN, in_debt: false }
    }
}

impl State {
    /// When requests that take this long may begin.
    fn grant(&mut self, now: Timestamp, length: Duration, latest: Timestamp) -> Result<Timestamp, NotAsked> {
        let start = self.free_at.max(now);
        if now < self.used_up_until {
            return Err(NotAsked::QuotaExhausted);
        }
        if start > latest {
            return Err(NotAsked::TooLate);
        }
        self.free_at = after(start, length);
        self.in_debt = true;
        Ok(start)
    }

    fn wait_until(&mut self, until: Timestamp) {
        self.free_at = self.free_at.max(until);
    }
}

fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(time)
}

async fn sleep_until(clock: &impl Clock, until: Timestamp) {
    let wait = Duration::try_from(until.duration_since(clock.now())).unwrap_or_default();
    if !wait.is_zero() {
        clock.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use recordings::fakes::{World, sample};

    use super::*;

    const USED_UP_FOR: Duration = Duration::from_mins(15);

    fn pacer(requests_a_second: f64) -> Pacer {
        Pacer::new(requests_a_second, USED_UP_FOR)
    }

    fn base() -> AirtableBaseId {
        sample::airtable_base()
    }

    #[test]
    fn what_one_base_wants_is_nothing_to_another() {
        let world = World::new(1);
        let start = world.time();
        let other: AirtableBaseId = sample::AIRTABLE_BASE_OF_ACME.parse().unwrap();
        let pacer = pacer(1.0);
        world.run(pacer.take(&base(), &world, 2, Timestamp::MAX)).unwrap();
        pacer.be_quiet(&base(), start, None);
        world.run(pacer.take(&other, &world, 2, start)).unwrap();
        assert_eq!(world.run(pacer.take(&base(), &world, 1, start)), Err(NotAsked::TooLate));
        pacer.is_used_up(&base(), start);
        assert_eq!(world.run(pacer.take(&base(), &world, 1, Timestamp::MAX)), Err(NotAsked::QuotaExhausted));
        world.run(pacer.take(&other, &world, 2, Timestamp::MAX)).unwrap();
        assert_eq!(world.time().duration_since(start).as_secs(), 2, "it is only paced");
        world.run(pacer.rest(&world, Timestamp::MAX));
        assert_eq!(world.time().duration_since(start).as_secs(), 30, "whatever is owed to any base is paid");
    }

    #[test]
    fn requests_go_out_at_once_and_are_paid_for_before_the_invocation_ends() {
        let world = World::new(1);
        let start = world.time();
        let elapsed = |world: &World| world.time().duration_since(start).as_millis();
        // Each invocation in a process of its own, as after a scale-out.
        for invocation in 1..=3 {
            let pacer = pacer(2.0);
            world.run(pacer.take(&base(), &world, 2, Timestamp::MAX)).unwrap();
            assert_eq!(elapsed(&world), (invocation - 1) * 1_000, "no wait before the first find");
            world.run(pacer.rest(&world, Timestamp::MAX));
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
            pacer.answered(&base(), world.now());
        };
        let slow_there_and_back = [(0, 0), (1_300, 0), (0, 1_300), (0, 0), (900, 400), (0, 5)];
        for (find, patch) in slow_there_and_back.iter().flat_map(|f| slow_there_and_back.iter().map(move |p| (*f, *p)))
        {
            let pacer = pacer(1.5);
            world.run(async {
                pacer.take(&base(), &world, 2, Timestamp::MAX).await.unwrap();
                request(&pacer, find, &mut arrivals).await;
                request(&pacer, patch, &mut arrivals).await;
                pacer.rest(&world, Timestamp::MAX).await;
            });
        }
        for three in arrivals.windows(3) {
            assert!(three[2].duration_since(three[0]) >= jiff::SignedDuration::from_secs(1), "{three:?}");
        }
    }

    #[test]
    fn a_base_that_asks_for_quiet_gets_thirty_seconds_at_least_and_an_hour_at_most() {
        for (asked, quiet) in [(None, 30), (Some(5), 30), (Some(600), 600), (Some(u32::MAX.into()), 3_600)] {
            let world = World::new(1);
            let start = world.time();
            let pacer = pacer(1.5);
            pacer.be_quiet(&base(), start, asked.map(Duration::from_secs));
            world.run(pacer.take(&base(), &world, 1, Timestamp::MAX)).unwrap();
            assert_eq!(world.time().duration_since(start).as_secs(), quiet, "{asked:?}");
        }
    }

    #[test]
    fn what_cannot_be_paid_in_time_is_neither_waited_for_nor_forgotten() {
        let world = World::new(1);
        let start = world.time();
        let latest = after(start, Duration::from_secs(20));
        let elapsed = || world.time().duration_since(start).as_secs();
        let pacer = pacer(1.5);
        world.run(pacer.take(&base(), &world, 1, latest)).unwrap();
        pacer.be_quiet(&base(), start, Some(Duration::from_secs(600)));
        assert_eq!(world.run(pacer.take(&base(), &world, 1, latest)), Err(NotAsked::TooLate));
        assert_eq!(elapsed(), 0);
        world.run(pacer.rest(&world, latest));
        assert_eq!(elapsed(), 20);
        world.run(pacer.rest(&world, after(latest, Duration::from_secs(20))));
        assert_eq!(elapsed(), 20, "nothing was sent, so that nothing is owed");
        world.run(pacer.take(&base(), &world, 1, Timestamp::MAX)).unwrap();
        assert_eq!(elapsed(), 600);
    }

    #[test]
    fn nobody_asks_for_a_quarter_of_an_hour_once_the_months_calls_are_used_up() {
        let world = World::new(1);
        let pacer = pacer(1.5);
        pacer.is_used_up(&base(), world.time());
        let end = after(world.time(), USED_UP_FOR);
        let used_up = Err(NotAsked::QuotaExhausted);
        for (now, answer) in [(world.time(), used_up), (end - Duration::from_secs(1), used_up), (end, Ok(()))] {
            world.advance_to(now);
            assert_eq!(world.run(pacer.take(&base(), &world, 2, Timestamp::MAX)), answer, "{now}");
        }
    }
}
