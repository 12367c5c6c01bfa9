//! How far a pass came, kept between runs.

use jiff::Timestamp;
use recordings::ports::{Cursors, ListCursor, PortError, RecordingList};
use serde::{Deserialize, Serialize};

use super::meter::{Inventory, Meters};
use crate::Ports;

const CURSOR: &str = "reconcile-held";

/// The version of the cursor that this code writes and reads.
const VERSION: u32 = 3;

/// A pass under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    version: u32,
    /// When the pass began; its lists end there.
    pub(super) begun_at: Timestamp,
    pub(super) place: Place,
    /// Whether the list at the place was begun anew, which happens once.
    pub(super) began_anew: bool,
    /// The figures of what is behind.
    pub(super) meters: Meters,
    /// Those of the list at the place, which do not count until it is through.
    pub(super) here: Inventory,
}

/// Where a pass is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// In a provider's list.
    List(ListCursor),
    /// Among unfinished business, behind this key.
    Open(Option<String>),
    /// At its end.
    Through,
}

impl Progress {
    pub(super) fn new(now: Timestamp, first: Option<&RecordingList>) -> Self {
        Self {
            version: VERSION,
            begun_at: now,
            place: Place::at(first),
            began_anew: false,
            meters: Meters::default(),
            here: Inventory::default(),
        }
    }

    /// The list is through.
    pub(super) fn end_list(&mut self, list: &RecordingList, next: Option<&RecordingList>) {
        let here = std::mem::take(&mut self.here);
        self.meters.of(list.organisation(), list.provider()).inventory.add(&here);
        self.enter(next);
    }

    /// The list could not be had.
    pub(super) fn leave_out(&mut self, list: &RecordingList, next: Option<&RecordingList>) {
        self.here = Inventory::default();
        self.meters.of(list.organisation(), list.provider()).unlisted += 1;
        self.enter(next);
    }

    /// The list begins anew.
    pub(super) fn begin_anew(&mut self, start: ListCursor) {
        self.here = Inventory::default();
        self.began_anew = true;
        self.place = Place::List(start);
    }

    fn enter(&mut self, next: Option<&RecordingList>) {
        self.began_anew = false;
        self.place = Place::at(next);
    }
}

impl Place {
    fn at(list: Option<&RecordingList>) -> Self {
        list.map_or(Self::Open(None), |list| Self::List(ListCursor::start(list.clone())))
    }
}

/// The pass that an earlier run left. What another version left is no use; a new pass does the same work.
pub(super) async fn read(ports: &impl Ports) -> Result<Option<Progress>, PortError> {
    let kept = ports.cursors().read(CURSOR).await?;
    let read: Option<Progress> = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    Ok(read.filter(|progress| progress.version == VERSION))
}

pub(super) async fn keep(ports: &impl Ports, progress: &Progress) -> Result<(), PortError> {
    // All of it is numbers and texts.
    let kept = serde_json::to_string(progress).ok();
    ports.cursors().write(CURSOR, kept.as_deref()).await
}

pub(super) async fn forget(ports: &impl Ports) -> Result<(), PortError> {
    ports.cursors().write(CURSOR, None).await
}
