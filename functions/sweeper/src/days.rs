//! Days of recordings: what the bucket holds of each, next to the index by day.

mod calls;
mod walk;

pub(crate) use calls::Calls;
pub(crate) use walk::{Here, Places, Walk};

use std::time::Duration;

use jiff::civil::Date;
use recordings::object_key::AudioFolder;
use recordings::ports::{AudioList, Clock, DayIndexList, PortError, SecretSource};
use recordings::recording::Organisation;

use crate::{Deadline, Ports, count};

/// The organisations, in order.
pub(crate) async fn organisations(ports: &impl Ports) -> Result<Vec<Organisation>, PortError> {
    Ok(ports.secrets().current().await?.organisations.keys().cloned().collect())
}

/// How many recordings of each call the index names on one day, and how many objects there are.
///
/// Where both are as many, nothing more is asked. So neither an orphan nor a loss is seen of a call of which one recording
/// has an entry without audio while another has audio without an entry. It takes sixteen bytes a recording.
pub(crate) struct Day {
    /// Recordings in the index.
    pub(crate) entries: Calls,
    /// Objects in the folder.
    pub(crate) objects: Calls,
}

impl Day {
    /// Counts both; `None` when the time is up first. A day that takes too long by itself is passed over, so that it does
    /// not stand before all others for ever.
    pub(crate) async fn count(
        ports: &impl Ports,
        folder: &AudioFolder,
        here: &Here,
        walk: &mut Walk<'_>,
        deadline: Deadline,
    ) -> Result<Option<Self>, PortError> {
        let began = ports.clock().now();
        let counted = Self::counted(ports, folder, deadline).await?;
        let took = Duration::try_from(ports.clock().now().duration_since(began)).unwrap_or_default();
        if counted.is_none() && took > MOST_TO_COUNT {
            tell_too_large(ports, here);
            walk.is_through(here);
        }
        Ok(counted)
    }

    async fn counted(ports: &impl Ports, folder: &AudioFolder, deadline: Deadline) -> Result<Option<Self>, PortError> {
        let (entries, objects) = tokio::try_join!(
            entries(ports, &folder.organisation, folder.day, deadline),
            objects(ports, folder, deadline)
        )?;
        Ok(entries.zip(objects).map(|(entries, objects)| Self { entries, objects }))
    }
}

/// Most of a run's time. Ten million recordings are not counted in it, and a million are.
const MOST_TO_COUNT: Duration = Duration::from_secs(180);

/// Whoever has more recordings a day than one run can count has to be told.
fn tell_too_large(ports: &impl Ports, here: &Here) {
    tracing::error!(
        log_type = "day_not_compared",
        organisation = %here.organisation,
        day = %here.day,
        "a day has more recordings than one run can count, and is left out",
    );
    count(ports, "day_not_compared");
}

async fn entries(
    ports: &impl Ports,
    organisation: &Organisation,
    day: Date,
    deadline: Deadline,
) -> Result<Option<Calls>, PortError> {
    let (mut calls, mut after) = (Calls::default(), None);
    loop {
        let page = ports.days().page(organisation, day, after.as_deref()).await?;
        page.recordings.iter().for_each(|(recording, _)| calls.add(recording.provider, &recording.call_id));
        after = page.next;
        if after.is_none() {
            return Ok(Some(calls.counted()));
        }
        if deadline.is_near(ports.clock()) {
            return Ok(None);
        }
    }
}

async fn objects(ports: &impl Ports, folder: &AudioFolder, deadline: Deadline) -> Result<Option<Calls>, PortError> {
    let (mut calls, mut after) = (Calls::default(), None);
    loop {
        let page = ports.audio_list().page(folder, after.as_deref()).await?;
        let named = page.objects.iter().filter_map(|audio| audio.key.call());
        named.for_each(|(provider, call)| calls.add(provider, &call));
        after = page.next;
        if after.is_none() {
            return Ok(Some(calls.counted()));
        }
        if deadline.is_near(ports.clock()) {
            return Ok(None);
        }
    }
}
