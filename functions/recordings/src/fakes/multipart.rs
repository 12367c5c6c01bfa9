use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;

use super::World;
use super::audio_store::{check, refused};
use super::journal::Effect;
use super::world::State;
use crate::audio::crc64nvme;
use crate::ports::{AudioObject, ErrorKind, Part, PortError, Put, Upload, UploadUnderWay};

/// The most parts of an upload. Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MAX_PARTS: u32 = 10_000;

/// Uploads that were begun, and neither completed nor given up.
#[derive(Default)]
pub(super) struct Uploads {
    begun: u64,
    open: BTreeMap<String, OpenUpload>,
}

struct OpenUpload {
    object: AudioObject,
    begun_at: Timestamp,
    parts: BTreeMap<u32, (Bytes, Part)>,
}

impl Uploads {
    /// Takes a part; the same number again takes the place of the one before.
    pub(super) fn part(&mut self, id: &str, number: u32, bytes: Bytes) -> Result<Part, PortError> {
        let upload = self.open.get_mut(id).ok_or_else(|| no_upload("put a part"))?;
        if !(1..=MAX_PARTS).contains(&number) {
            return Err(refused("put a part", "the part's number is not between 1 and 10000"));
        }
        let part = Part { number, etag: format!("\"{}\"", crc64nvme(&bytes)), crc64nvme: crc64nvme(&bytes) };
        upload.parts.insert(number, (bytes, part.clone()));
        Ok(part)
    }

    pub(super) fn under_way(&self) -> Vec<UploadUnderWay> {
        let seen = |(id, upload): (&String, &OpenUpload)| UploadUnderWay {
            key: upload.object.key.clone(),
            id: id.clone(),
            begun_at: upload.begun_at,
        };
        self.open.iter().map(seen).collect()
    }
}

impl OpenUpload {
    /// The parts put together, as long as S3 would.
    fn whole(&self, listed: &[Part], min_part_bytes: usize) -> Result<Bytes, PortError> {
        let refuse = |why| Err(refused("complete an upload", why));
        if listed.is_empty() || !listed.is_sorted_by(|a, b| a.number < b.number) {
            return refuse("the parts are not in ascending order");
        }
        let mut whole = BytesMut::new();
        for (at, part) in listed.iter().enumerate() {
            let Some((bytes, sent)) = self.parts.get(&part.number) else { return refuse("a part was never sent") };
            if sent != part {
                return refuse("a part is not the one that was sent");
            }
            if at + 1 < listed.len() && bytes.len() < min_part_bytes {
                return refuse("a part that is not the last is too small");
            }
            whole.extend_from_slice(bytes);
        }
        Ok(whole.freeze())
    }
}

fn no_upload(operation: &'static str) -> PortError {
    PortError::new(ErrorKind::NotFound, operation, "there is no such upload")
}

impl State {
    pub(super) fn begin_upload(&mut self, object: AudioObject) -> Upload {
        self.uploads.begun += 1;
        let id = format!("upload-{}", self.uploads.begun);
        let upload = OpenUpload { object: object.clone(), begun_at: self.now, parts: BTreeMap::new() };
        self.uploads.open.insert(id.clone(), upload);
        self.note(Effect::UploadBegun(id.clone()));
        Upload { object, id }
    }

    /// An upload whose completion was refused, or whose key is occupied, stays until it is given up.
    pub(super) fn complete_upload(
        &mut self,
        upload: &Upload,
        parts: &[Part],
        bytes: u64,
        announced: &str,
    ) -> Result<Put, PortError> {
        let open = self.uploads.open.get(&upload.id).ok_or_else(|| no_upload("complete an upload"))?;
        let whole = open.whole(parts, self.settings.min_part_bytes)?;
        if whole.len() as u64 != bytes {
            return Err(refused("complete an upload", "the object has another size"));
        }
        check("complete an upload", &whole, announced)?;
        let object = open.object.clone();
        let put = self.create_audio(&object, whole);
        if put == Put::Created {
            self.uploads.open.remove(&upload.id);
        }
        Ok(put)
    }

    pub(super) fn abort_upload(&mut self, id: &str) {
        if self.uploads.open.remove(id).is_some() {
            self.note(Effect::UploadAborted(id.to_owned()));
        }
    }
}

impl World {
    /// Uploads that hold storage: begun, and neither completed nor given up.
    pub fn open_uploads(&self) -> Vec<Upload> {
        let state = self.state();
        state.uploads.open.iter().map(|(id, upload)| Upload { object: upload.object.clone(), id: id.clone() }).collect()
    }
}
