//! Which recordings a pass looks at, and how far it came.
//!
//! Nothing is remembered of a single recording. A pass covers the time since the pass before it: what began in the last
//! hours, and, day by day before that, what began as long ago as a whole number of days. So each recording's entry is read
//! a few times soon after its call, and once a day while it is in the window, however often passes are made or missed.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use recordings::object_key::{ObjectKey, day_folder, day_place, utc_day};
use recordings::recording::{Organisation, RecordingRef};
use serde::{Deserialize, Serialize};

/// Most lines are confirmed within this time after their recordings' start; the daily look sees to the others.
const RECENT: SignedDuration = SignedDuration::from_hours(3);
/// A PATCH of a dead worker lands within minutes, if at all. So a line is looked for once more where it was confirmed this
/// shortly before the pass before.
const LANDS_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// What the first pass makes up for.
const AT_FIRST: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How far the passes over one organisation came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Until when every pass is made.
    pub(super) verified_until: Option<Timestamp>,
    /// The pass that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    under_way: Option<Pass>,
}

/// One pass over what became due in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pass {
    /// The end of the pass before.
    since: Timestamp,
    /// When it was begun.
    pub(super) until: Timestamp,
    /// The last key in the index by day that is done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Place {
    /// In the midst of a pass.
    pub(super) fn within(pass: Pass) -> Self {
        Self { verified_until: Some(pass.since), under_way: Some(pass) }
    }

    /// Behind a pass.
    pub(super) fn behind(pass: &Pass) -> Self {
        Self { verified_until: Some(pass.until), under_way: None }
    }

    /// The pass that an earlier run began, unless it is so old that what it looks for is due again.
    pub(super) fn under_way(&self, now: Timestamp) -> Option<Pass> {
        self.under_way.clone().filter(|pass| pass.since <= pass.until && now.duration_since(pass.until) < DAY)
    }

    /// A new pass. Who made none for longer than a day makes up for a day: then everything is due again.
    pub(super) fn next(&self, now: Timestamp) -> Pass {
        let since = self.verified_until.unwrap_or_else(|| before(now, AT_FIRST)).clamp(before(now, DAY), now);
        Pass { since, until: now, after: None }
    }

    pub(super) fn moved_behind(&mut self, recording: &RecordingRef, started_at: Timestamp) {
        if let Some(pass) = &mut self.under_way {
            pass.after = Some(ObjectKey::Day(recording, started_at).to_string());
        }
    }
}

impl Pass {
    /// The starts of the recordings to look at, the oldest first, none of them twice.
    pub(super) fn stretches(&self, window_days: u16) -> Vec<Stretch> {
        let daily = (1..i32::from(window_days)).rev().map(|days| Stretch {
            from: before(self.since, DAY * days),
            until: before(self.until, DAY * days),
            is_recent: false,
        });
        let recent = Stretch { from: self.since.min(before(self.until, RECENT)), until: self.until, is_recent: true };
        daily.chain([recent]).collect()
    }
}

/// Recordings that began from a time on and before another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    from: Timestamp,
    until: Timestamp,
    is_recent: bool,
}

/// The part of a stretch that is in one day's folder.
pub(super) struct Folder {
    pub(super) day: Date,
    prefix: String,
    place: String,
}

impl Stretch {
    /// Starts are known to the second.
    pub(super) fn contains(&self, started_at: Timestamp) -> bool {
        started_at.as_second() >= self.from.as_second() && started_at.as_second() < self.until.as_second()
    }

    /// Since when a line has to be confirmed for the pass to look for it.
    pub(super) fn every_line_since(&self, pass: &Pass) -> Timestamp {
        if self.is_recent { before(pass.since, LANDS_WITHIN) } else { Timestamp::MIN }
    }

    /// The folders that hold it.
    pub(super) fn days(&self, organisation: &Organisation) -> Vec<Folder> {
        let (first, last) = (utc_day(self.from), utc_day(self.until));
        let days = first.series(1.day()).take_while(|day| *day <= last);
        let folder = |day| {
            let prefix = day_folder(organisation, day);
            let place = if day == first { day_place(organisation, self.from) } else { prefix.clone() };
            Folder { day, prefix, place }
        };
        days.map(folder).collect()
    }
}

impl Folder {
    /// Where to begin in it; nowhere where the pass is behind it.
    pub(super) fn after(&self, pass: &Pass) -> Option<String> {
        match &pass.after {
            Some(done) if *done > self.place && done.starts_with(&self.prefix) => Some(done.clone()),
            Some(done) if *done > self.place => None,
            _ => Some(self.place.clone()),
        }
    }
}

fn before(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
