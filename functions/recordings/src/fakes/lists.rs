use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::civil::Date;

use super::World;
use super::call::{reads, writes};
use super::world::State;
use crate::object_key::{AudioFolder, AudioKey, AudioPrefix, day_folder, recording_of_day_key};
use crate::ports::{
    AudioList, AudioPage, DayIndexList, DayPage, ListedAudio, PortError, UploadList, UploadPage, UploadPlace,
    UploadUnderWay,
};
use crate::recording::Organisation;

/// One page of what lies in a folder behind a key, and where the next one starts.
pub(super) fn page<'a, K: Borrow<str> + Ord, V>(
    bucket: &'a BTreeMap<K, V>,
    folder: &str,
    after: Option<&str>,
    size: usize,
) -> (Vec<(&'a str, &'a V)>, Option<String>) {
    let start = after.filter(|after| *after >= folder).map_or(Bound::Included(folder), Bound::Excluded);
    let behind =
        bucket.range::<str, _>((start, Bound::Unbounded)).map(|(key, value)| (Borrow::<str>::borrow(key), value));
    let mut rest = behind.take_while(|(key, _)| key.starts_with(folder));
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let next = page.last().map(|(key, _)| (*key).to_owned()).filter(|_| rest.next().is_some());
    (page, next)
}

impl Borrow<str> for AudioKey {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl DayIndexList for World {
    async fn page(&self, organisation: &Organisation, day: Date, after: Option<&str>) -> Result<DayPage, PortError> {
        let (folder, after) = (day_folder(organisation, day), after.map(str::to_owned));
        let key = after.clone().unwrap_or_else(|| folder.clone());
        self.call(reads("DayIndexList", "page"), key, move |state| Ok(state.day_page(&folder, after.as_deref()))).await
    }
}

impl AudioList for World {
    async fn page(&self, folder: &AudioFolder, after: Option<&str>) -> Result<AudioPage, PortError> {
        let (folder, after) = (folder.clone(), after.map(str::to_owned));
        let key = after.clone().unwrap_or_else(|| folder.to_string());
        self.call(reads("AudioList", "page"), key, move |state| Ok(state.audio_page(&folder, after.as_deref()))).await
    }
}

impl UploadList for World {
    async fn page(&self, prefix: &AudioPrefix, after: Option<&UploadPlace>) -> Result<UploadPage, PortError> {
        let (prefix, after) = (prefix.clone(), after.cloned());
        let key = after.as_ref().map_or(prefix.as_str(), |place| &place.key).to_owned();
        self.call(reads("UploadList", "page"), key, move |state| Ok(state.upload_page(&prefix, after.as_ref()))).await
    }

    async fn abort(&self, upload: &UploadUnderWay) -> Result<(), PortError> {
        let id = upload.id.clone();
        self.call(writes("UploadList", "abort"), upload.key.clone(), move |state| {
            state.abort_upload(&id);
            Ok(())
        })
        .await
    }
}

impl State {
    fn day_page(&self, folder: &str, after: Option<&str>) -> DayPage {
        let (keys, next) = page(&self.documents, folder, after, self.settings.page_size);
        let mut page = DayPage { recordings: Vec::new(), foreign: Vec::new(), next };
        for (key, _) in keys {
            match recording_of_day_key(key) {
                Ok(entry) => page.recordings.push(entry),
                Err(_) => page.foreign.push(key.to_owned()),
            }
        }
        page
    }

    fn audio_page(&self, folder: &AudioFolder, after: Option<&str>) -> AudioPage {
        let (objects, next) = page(&self.audio, folder.as_str(), after, self.settings.page_size);
        let mut page = AudioPage { objects: Vec::new(), foreign: Vec::new(), next };
        for (key, stored) in objects {
            match folder.parse_key(key) {
                Ok(key) => page.objects.push(ListedAudio {
                    key,
                    version: stored.object.version(),
                    bytes: stored.object.bytes.len() as u64,
                    last_modified: stored.written_at,
                }),
                Err(_) => page.foreign.push(key.to_owned()),
            }
        }
        page
    }

    /// In the order of their keys, and those of one key in that of their ids.
    fn upload_page(&self, prefix: &AudioPrefix, after: Option<&UploadPlace>) -> UploadPage {
        let mut uploads = self.uploads.under_way();
        uploads.retain(|upload| {
            let here = (upload.key.as_str(), upload.id.as_str());
            here.0.starts_with(prefix.as_str())
                && after.is_none_or(|place| here > (place.key.as_str(), place.id.as_str()))
        });
        uploads.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
        let more = uploads.len() > self.settings.page_size;
        uploads.truncate(self.settings.page_size);
        let next =
            uploads.last().filter(|_| more).map(|last| UploadPlace { key: last.key.to_string(), id: last.id.clone() });
        let (ours, foreign): (Vec<_>, Vec<_>) =
            uploads.into_iter().partition(|upload| prefix.parse_key(upload.key.as_str()).is_ok());
        UploadPage { uploads: ours, foreign: foreign.into_iter().map(|upload| upload.key.to_string()).collect(), next }
    }
}
