//! The end of an invocation, and what has to be over before it.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;
use recordings::ports::Clock;

/// What a recording is given at the least, when it is begun at all.
const TO_BEGIN: Duration = Duration::from_secs(45);
/// What it takes, in the worst case, to give up an upload, note the failure and make its retry durable.
const TO_GIVE_UP: Duration = Duration::from_secs(25);
const TO_NOTE: Duration = Duration::from_secs(20);
/// What it takes to begin an upload and to send its first part, when a recording turns out to come slowly.
const TO_SEND_A_PART: Duration = Duration::from_secs(10);
/// What one request with more than a part may take before the bucket is taken not to bear it.
const TO_SEND_AT_ONCE: Duration = Duration::from_secs(30);
/// What a find, or a PATCH, takes at the most: Airtable's client waits no longer.
const TO_ASK_AIRTABLE: Duration = Duration::from_secs(10);
/// What follows a PATCH, at the most: a look at the audio, a deletion at the provider, the ledger and the marker.
const TO_SETTLE: Duration = Duration::from_secs(30);
/// What it takes to hand over the answer.
const TO_ANSWER: Duration = Duration::from_secs(5);

/// When Lambda ends the invocation. What hangs is cut off before, so that the failure can still be noted.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Timestamp);

impl Deadline {
    /// The deadline that Lambda gave.
    pub fn at(end: Timestamp) -> Self {
        Self(end)
    }

    /// Whether too little is left to begin another recording.
    pub(crate) fn is_too_near_to_begin(self, clock: &impl Clock) -> bool {
        self.left(clock) < TO_BEGIN
    }

    /// Whether audio of more than a part can be sent at once, and in parts when that fails.
    pub(crate) fn leaves_time_for_all_at_once(self, clock: &impl Clock) -> bool {
        self.left(clock) >= TO_SEND_AT_ONCE + TO_SEND_A_PART + TO_GIVE_UP
    }

    /// Whether a part can still be sent.
    pub(crate) fn leaves_time_for_a_part(self, clock: &impl Clock) -> bool {
        self.left(clock) >= TO_SEND_A_PART + TO_GIVE_UP
    }

    /// The result of gathering a recording that is to be sent at once, or nothing when that is not through while a part
    /// of it can still be sent.
    pub(crate) async fn limit_gathering<T>(self, clock: &impl Clock, gathering: impl Future<Output = T>) -> Option<T> {
        self.limit(clock, TO_GIVE_UP + TO_SEND_A_PART, gathering).await
    }

    /// The result of sending audio, or nothing when that is not through while the upload can still be given up.
    pub(crate) async fn limit_sending<T>(self, clock: &impl Clock, sending: impl Future<Output = T>) -> Option<T> {
        self.limit(clock, TO_GIVE_UP, sending).await
    }

    /// The result of a copy, or nothing when that is not through while its failure can still be noted.
    pub(crate) async fn limit_copying<T>(self, clock: &impl Clock, copying: impl Future<Output = T>) -> Option<T> {
        self.limit(clock, TO_NOTE, copying).await
    }

    /// The result of telling news, or nothing when that is not through after a while, or while the answer can still be
    /// handed over.
    pub(crate) async fn limit_telling<T>(
        self,
        clock: &impl Clock,
        patience: Duration,
        telling: impl Future<Output = T>,
    ) -> Option<T> {
        let reserve = self.left(clock).saturating_sub(patience).max(TO_ANSWER);
        self.limit(clock, reserve, telling).await
    }

    /// When a find has to be sent at the latest, so that the PATCH behind it and what follows are over in time.
    pub(crate) fn latest_find(self) -> Timestamp {
        self.before(TO_ASK_AIRTABLE * 2 + TO_SETTLE)
    }

    /// When a PATCH has to be sent at the latest, so that what follows is over in time.
    pub(crate) fn latest_patch(self) -> Timestamp {
        self.before(TO_ASK_AIRTABLE + TO_SETTLE)
    }

    /// When an invocation that is done has to answer at the latest.
    pub(crate) fn latest_answer(self) -> Timestamp {
        self.before(TO_ANSWER)
    }

    fn before(self, reserve: Duration) -> Timestamp {
        self.0.saturating_sub(reserve).unwrap_or(self.0)
    }

    async fn limit<T>(self, clock: &impl Clock, reserve: Duration, work: impl Future<Output = T>) -> Option<T> {
        let time_is_up = clock.sleep(self.left(clock).saturating_sub(reserve));
        match select(pin!(work), pin!(time_is_up)).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }

    fn left(self, clock: &impl Clock) -> Duration {
        Duration::try_from(self.0.duration_since(clock.now())).unwrap_or_default()
    }
}
