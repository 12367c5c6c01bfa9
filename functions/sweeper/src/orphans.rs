//! Audio that no ledger entry knows is adopted or moved aside, and uploads that were left behind are aborted.
//!
//! Two walks: through each day once it is old enough, and round and round through all older days, for what came late.

mod aside;
mod found;
mod uploads;

use jiff::Timestamp;
use jiff::civil::Date;
use recordings::object_key::{AudioFolder, utc_day};
use recordings::ports::{AudioList, AudioPage, Clock, ListedAudio, PortError};
use recordings::telemetry::{Metric, Metrics};
use serde::Serialize;

use crate::config::Settings;
use crate::days::{Day, Here, Places, Walk, organisations};
use crate::{Deadline, Outcome, Ports, first_failure};

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Orphaned {
    /// Orphans that name their recording and are being adopted.
    pub orphans_adopted: u32,
    /// Orphans that lie in `orphans/` now.
    pub orphans_moved: u32,
    /// Orphans that stay where they are, for an operator.
    pub orphans_left: u32,
    /// Audio of calls that were erased, which is being removed.
    pub orphans_erased: u32,
    /// Audio of recordings whose entries name other audio.
    pub audio_unclaimed: u32,
    /// Uploads that were left behind and are aborted.
    pub uploads_aborted: u32,
}

const CURSOR: &str = "orphans";
/// Each day once, when it is old enough.
const DUE: &str = "due";
/// The older days, again and again.
const ROUND: &str = "round";
/// Older days that one run looks at. With a year of them each is looked at every four weeks.
const DAYS_A_RUN: usize = 14;

pub(crate) async fn retire(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let found = &mut outcome.orphans;
    let parts =
        [uploads::abort(ports, settings, deadline, found).await, all_days(ports, settings, deadline, found).await];
    tracing::info!(
        log_type = "orphans_done",
        adopted = found.orphans_adopted,
        moved = found.orphans_moved,
        left = found.orphans_left,
        erased = found.orphans_erased,
        unclaimed = found.audio_unclaimed,
        uploads_aborted = found.uploads_aborted,
        "the search for orphans is through",
    );
    first_failure(ports, "orphans", parts)
}

async fn all_days(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    found: &mut Orphaned,
) -> Result<(), PortError> {
    let ours = organisations(ports).await?;
    let mut places = Places::read(ports, CURSOR).await?;
    let written_before = before(ports.clock().now(), settings);
    let newest = newest_day(written_before);
    let oldest = newest.saturating_sub(jiff::Span::new().days(i64::from(settings.retention_days)));
    let mut result = Ok(());
    for (name, mut walk) in [
        (DUE, Walk::up_to(&ours, places.of(DUE), newest)),
        (ROUND, Walk::round(&ours, places.of(ROUND), oldest, newest, DAYS_A_RUN)),
    ] {
        while let (Ok(()), Some(here)) = (&result, walk.here()) {
            if deadline.is_near(ports.clock()) {
                break;
            }
            let search = Search { ports, settings, deadline, written_before };
            result = search.day(&here, &mut walk, found).await;
        }
        places.keep(name, walk.place());
    }
    result.and(places.write(ports).await)
}

/// What was written before this is old enough.
fn before(now: Timestamp, settings: &Settings) -> Timestamp {
    now.saturating_sub(settings.orphan_after).unwrap_or(now)
}

/// The last day all of whose recordings began before that. Their audio was written then too, unless it came late.
fn newest_day(written_before: Timestamp) -> Date {
    let day = utc_day(written_before);
    day.yesterday().unwrap_or(day)
}

/// One run's search.
struct Search<'a, P> {
    ports: &'a P,
    settings: &'a Settings,
    deadline: Deadline,
    written_before: Timestamp,
}

impl<P: Ports> Search<'_, P> {
    /// Goes through what lies in an organisation's folder of one day.
    async fn day(&self, here: &Here, walk: &mut Walk<'_>, found: &mut Orphaned) -> Result<(), PortError> {
        let folder = self.settings.prefix.folder(&here.organisation, here.day);
        let Some(day) = Day::count(self.ports, &folder, here, walk, self.deadline).await? else { return Ok(()) };
        if !day.objects.exceed(&day.entries) {
            walk.is_through(here);
            return Ok(());
        }
        let mut after = here.after.clone();
        loop {
            let page = self.ports.audio_list().page(&folder, after.as_deref()).await?;
            if !self.page(&folder, &day, &page, here, walk, found).await? {
                return Ok(());
            }
            after = page.next;
            let Some(key) = after.clone() else { break };
            walk.is_behind(here, key);
        }
        walk.is_through(here);
        Ok(())
    }

    /// Looks at what the index does not explain. Says whether there was time for all of it.
    async fn page(
        &self,
        folder: &AudioFolder,
        day: &Day,
        page: &AudioPage,
        here: &Here,
        walk: &mut Walk<'_>,
        found: &mut Orphaned,
    ) -> Result<bool, PortError> {
        page.foreign.iter().for_each(|key| foreign(key));
        let unexplained = page.objects.iter().filter(|audio| {
            audio.last_modified <= self.written_before
                && audio.key.call().is_none_or(|(p, call)| day.objects.of(p, &call) > day.entries.of(p, &call))
        });
        for audio in unexplained {
            if self.deadline.is_near(self.ports.clock()) {
                return Ok(false);
            }
            found::look_at(self.ports, self.settings, folder, audio, found).await?;
            walk.is_behind(here, audio.key.to_string());
        }
        Ok(true)
    }
}

/// Says that there is audio where no entry is.
fn tell(ports: &impl Ports, audio: &ListedAudio) {
    if let Some((provider, _)) = audio.key.call() {
        ports.metrics().record(ports.clock().now(), provider, &[Metric::one("orphans")]);
    }
}

fn foreign(key: &str) {
    tracing::warn!(
        log_type = "audio_foreign",
        key_length = key.len(),
        "a key among the audio is none of ours; it stays where it is",
    );
}
