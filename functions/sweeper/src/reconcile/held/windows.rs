//! Which lists a pass goes through.

use std::ops::Range;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use recordings::object_key::utc_day;
use recordings::ports::{Clock, PortError, RecordingList, SecretSource};

use super::progress::Progress;
use crate::Ports;
use crate::config::Settings;
use crate::reconcile::scope::Scope;

/// A copy falls due a while after the recording was settled, which may have taken as long as a queue keeps a message.
const LATEST_SETTLEMENT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The lists of a pass, in order.
#[derive(Debug)]
pub(super) struct Lists(Vec<RecordingList>);

/// The lists of the pass under way, or of a new one: of each organisation, at each provider that it has credentials for,
/// what was made in the window, and, where copies are kept for a while, what may fall due.
pub(super) async fn lists(
    ports: &impl Ports,
    settings: &Settings,
    scope: Scope,
    under_way: Option<&Progress>,
) -> Result<Lists, PortError> {
    let now = under_way.map_or_else(|| ports.clock().now(), |progress| progress.begun_at);
    let windows = windows(now, settings.window_days, settings.delete_after, scope.since());
    let secrets = ports.secrets().current().await?;
    let accounts = secrets
        .organisations
        .iter()
        .flat_map(|(organisation, secrets)| secrets.providers().map(move |provider| (organisation, provider)));
    let lists = accounts.flat_map(|(organisation, provider)| {
        windows.iter().map(move |window| RecordingList::CreatedWithin {
            organisation: organisation.clone(),
            provider,
            window: window.clone(),
        })
    });
    Ok(Lists(lists.collect()))
}

impl Lists {
    pub(super) fn first(&self) -> Option<&RecordingList> {
        self.0.first()
    }

    /// The one that follows, also where the configuration changed since the list was begun.
    pub(super) fn behind(&self, list: &RecordingList) -> Option<&RecordingList> {
        match self.0.iter().position(|known| known == list) {
            Some(place) => self.0.get(place + 1),
            None => self.behind_provider_of(list),
        }
    }

    /// The first one of the organisation's next provider, or of the organisation that follows.
    pub(super) fn behind_provider_of(&self, list: &RecordingList) -> Option<&RecordingList> {
        let place = |list: &RecordingList| (list.organisation().clone(), list.provider());
        self.0.iter().find(|other| place(other) > place(list))
    }
}

/// The days of the window, today included, and before them those whose copies may be due; never before the scope begins.
fn windows(now: Timestamp, days: u16, delete_after: Duration, since: Timestamp) -> Vec<Range<Timestamp>> {
    let recent = midnight(back(now, SignedDuration::from_hours(24 * (i64::from(days) - 1))))..now;
    let fell_due = SignedDuration::try_from(delete_after).map_or(Timestamp::MIN, |kept| back(now, kept));
    let due = midnight(back(fell_due, LATEST_SETTLEMENT))..fell_due.min(recent.start);
    let wanted = if delete_after.is_zero() { vec![recent] } else { vec![recent, due] };
    wanted.into_iter().map(|window| window.start.max(since)..window.end).filter(|window| !window.is_empty()).collect()
}

fn back(from: Timestamp, duration: SignedDuration) -> Timestamp {
    from.saturating_sub(duration).unwrap_or(Timestamp::MIN)
}

/// The first moment of the day, UTC.
fn midnight(at: Timestamp) -> Timestamp {
    utc_day(at).to_zoned(TimeZone::UTC).map_or(at, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    use recordings::recording::Provider;

    const HOUR: u64 = 3_600;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_list_that_could_not_be_had_is_left_for_the_next_provider_of_the_organisation() {
        let list = |organisation: &str, provider, minute: i8| RecordingList::CreatedWithin {
            organisation: organisation.parse().unwrap(),
            provider,
            window: at("2024-03-15T00:00:00Z")..at(&format!("2024-03-15T00:{minute:02}:00Z")),
        };
        let lists = Lists(vec![
            list("acme", Provider::Twilio, 1),
            list("acme", Provider::Twilio, 2),
            list("acme", Provider::ElevenLabs, 1),
            list("default", Provider::Vapi, 1),
        ]);
        let all = &lists.0;
        assert_eq!(lists.behind(&all[0]), Some(&all[1]));
        assert_eq!(lists.behind_provider_of(&all[0]), Some(&all[2]));
        assert_eq!(lists.behind_provider_of(&all[2]), Some(&all[3]));
        assert_eq!(lists.behind_provider_of(&all[3]), None);
        // One that the configuration no longer has.
        assert_eq!(lists.behind(&list("acme", Provider::Vapi, 1)), Some(&all[2]));
    }

    #[test]
    fn a_window_has_whole_days_and_nothing_from_before_the_scope() {
        let now = at("2024-03-15T14:30:22Z");
        let long_ago = at("2020-01-01T00:00:00Z");
        let ranges = |windows: &[(&str, &str)]| windows.iter().map(|(a, b)| at(a)..at(b)).collect::<Vec<_>>();
        for (days, hours, since, expected) in [
            (1, 0, long_ago, &[("2024-03-15T00:00:00Z", "2024-03-15T14:30:22Z")][..]),
            (3, 0, long_ago, &[("2024-03-13T00:00:00Z", "2024-03-15T14:30:22Z")]),
            (3, 0, at("2024-03-14T09:00:01Z"), &[("2024-03-14T09:00:01Z", "2024-03-15T14:30:22Z")]),
            (3, 0, now, &[]),
            (3, 0, at("2024-03-16T00:00:00Z"), &[]),
            (
                3,
                1,
                long_ago,
                &[("2024-03-13T00:00:00Z", "2024-03-15T14:30:22Z"), ("2024-03-01T00:00:00Z", "2024-03-13T00:00:00Z")],
            ),
            (
                1,
                240,
                long_ago,
                &[("2024-03-15T00:00:00Z", "2024-03-15T14:30:22Z"), ("2024-02-20T00:00:00Z", "2024-03-05T14:30:22Z")],
            ),
            (1, 240, at("2024-03-10T00:00:00Z"), &[("2024-03-15T00:00:00Z", "2024-03-15T14:30:22Z")]),
        ] {
            let found = windows(now, days, Duration::from_secs(hours * HOUR), since);
            assert_eq!(found, ranges(expected), "{days} days, {hours} hours, since {since}");
        }
    }
}
