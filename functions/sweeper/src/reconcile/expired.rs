//! Audio that the ledger says is there and the bucket no longer holds: deleted by rule, which the ledger is told, or
//! lost, which everybody is.
//!
//! Three kinds of days: those of the window, each time; those whose retention ended, some times each; and all others in
//! turns.

mod missing;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use recordings::object_key::{ObjectKey, utc_day};
use recordings::ports::{Clock, DayIndexList, DayPage, PortError};
use serde::Serialize;

use crate::config::Settings;
use crate::days::{Day, Here, Places, Walk, organisations};
use crate::{Deadline, Ports};

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Recordings whose retention ended and whose audio is gone, of which transfer is told.
    pub audio_expired: u32,
    /// Recordings whose audio is gone though nothing was to delete it.
    pub audio_missing: u32,
}

const CURSOR: &str = "stored";
/// The days of the window, from the first to today.
const WINDOW: &str = "window";
/// The days behind the window whose audio is kept, again and again.
const ROUND: &str = "round";
/// Of those, a run looks at one, so that a year of them takes a fortnight.
const DAYS_A_RUN: usize = 1;
/// So many days behind the end of its retention a day is looked at. The first leaves S3 time to delete; the others are for
/// audio that came late, whose retention ends later.
const ENDED: [(&str, i64); 5] =
    [("ended 3", 3), ("ended 10", 10), ("ended 30", 30), ("ended 100", 100), ("ended 400", 400)];

pub(crate) async fn notice(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    found: &mut Expired,
) -> Result<(), PortError> {
    let ours = organisations(ports).await?;
    let mut places = Places::read(ports, CURSOR).await?;
    let today = utc_day(ports.clock().now());
    let retention = i64::from(settings.retention_days);
    let window = earlier(today, i64::from(settings.window_days) - 1);
    let mut walks = vec![(WINDOW, Walk::round(&ours, places.of(WINDOW), window, today, settings.window_days.into()))];
    walks.extend(
        ENDED.map(|(name, days)| (name, Walk::up_to(&ours, places.of(name), earlier(today, retention + days)))),
    );
    let (oldest, newest) = (earlier(today, retention), earlier(window, 1));
    walks.push((ROUND, Walk::round(&ours, places.of(ROUND), oldest, newest, DAYS_A_RUN)));

    let search = Search { ports, settings, deadline };
    let mut result = Ok(());
    for (name, mut walk) in walks {
        while let (Ok(()), Some(here)) = (&result, walk.here()) {
            if deadline.is_near(ports.clock()) {
                break;
            }
            result = search.day(&here, &mut walk, found).await;
        }
        places.keep(name, walk.place());
    }
    result.and(places.write(ports).await)
}

fn earlier(day: Date, days: i64) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// One run's search.
struct Search<'a, P> {
    ports: &'a P,
    settings: &'a Settings,
    deadline: Deadline,
}

impl<P: Ports> Search<'_, P> {
    /// Goes through the index of an organisation's day.
    async fn day(&self, here: &Here, walk: &mut Walk<'_>, found: &mut Expired) -> Result<(), PortError> {
        let folder = self.settings.prefix.folder(&here.organisation, here.day);
        let Some(day) = Day::count(self.ports, &folder, here, walk, self.deadline).await? else { return Ok(()) };
        if !day.entries.exceed(&day.objects) {
            walk.is_through(here);
            return Ok(());
        }
        let mut after = here.after.clone();
        loop {
            let page = self.ports.days().page(&here.organisation, here.day, after.as_deref()).await?;
            if !self.page(&day, &page, here, walk, found).await? {
                return Ok(());
            }
            after = page.next;
            let Some(key) = after.clone() else { break };
            walk.is_behind(here, key);
        }
        walk.is_through(here);
        Ok(())
    }

    /// Looks at what has no object of its own. Says whether there was time for all of it.
    async fn page(
        &self,
        day: &Day,
        page: &DayPage,
        here: &Here,
        walk: &mut Walk<'_>,
        found: &mut Expired,
    ) -> Result<bool, PortError> {
        let without_audio = page.recordings.iter().filter(|(recording, _)| {
            let (provider, call) = (recording.provider, &recording.call_id);
            day.entries.of(provider, call) > day.objects.of(provider, call)
        });
        for (recording, started_at) in without_audio {
            if self.deadline.is_near(self.ports.clock()) {
                return Ok(false);
            }
            missing::look_at(self.ports, self.settings, recording, found).await?;
            walk.is_behind(here, ObjectKey::Day(recording, *started_at).to_string());
        }
        Ok(true)
    }
}

/// The midnight, UTC, from which audio that was written at this time may be gone.
///
/// S3 counts from the beginning of an upload, which may have taken a while, and rounds up to a midnight; this rounds down.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
fn retention_ends(written_at: Timestamp, settings: &Settings) -> Timestamp {
    let day = utc_day(written_at).saturating_add(Span::new().days(i64::from(settings.retention_days)));
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}
