use bytes::Bytes;

use super::Names;
use super::audio_store::{look, put, what_lies_there};
use super::outcome::{done, fails};
use crate::audio::crc64nvme;
use crate::ports::{AudioLook, AudioStore, Part, Put, Upload};

/// Audio that is sent in parts becomes one object, or nothing. `part_bytes` is the least size of a part, 5 MiB in S3.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn multipart(port: &(impl AudioStore + AudioLook), names: &Names, part_bytes: usize) {
    parts_become_one_object(port, names, part_bytes).await;
    an_occupied_key_stays_as_it_is(port, names).await;
    an_upload_is_given_up(port, names).await;
}

/// What S3 refuses: parts and wholes that are not what was announced.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn multipart_refusals(port: &(impl AudioStore + AudioLook), names: &Names) {
    let object = names.object();
    let upload = done("begin", port.begin(&object).await);
    let bytes = names.bytes(1_000);
    let another = crc64nvme(&names.bytes(1_000));
    fails("sending other bytes than announced", port.part(&upload, 1, bytes.clone(), &another).await);

    let parts = vec![part(port, &upload, 1, &bytes).await];
    let (len, crc) = (bytes.len() as u64, crc64nvme(&bytes));
    fails("completing another whole than announced", port.complete(&upload, &parts, len, &another).await);
    fails("completing another size than announced", port.complete(&upload, &parts, len + 1, &crc).await);
    let never_sent = Part { number: 2, ..parts[0].clone() };
    fails("completing with a part that was never sent", port.complete(&upload, &[never_sent], len, &crc).await);
    assert_eq!(look(port, &object).await, None, "what is refused leaves nothing behind");

    assert_eq!(complete(port, &upload, &parts, &bytes).await, Put::Created, "a refused completion can be mended");
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &bytes)));
}

/// S3 also refuses parts below 5 MiB before the last, which not every store that speaks S3 does.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn multipart_small_parts(port: &(impl AudioStore + AudioLook), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    let upload = done("begin", port.begin(&object).await);
    let both = [part(port, &upload, 1, &bytes).await, part(port, &upload, 2, &bytes).await];
    let whole: Bytes = [bytes.clone(), bytes].concat().into();
    let completed = port.complete(&upload, &both, whole.len() as u64, &crc64nvme(&whole)).await;
    fails("a small part before the last", completed);
    assert_eq!(look(port, &object).await, None, "what is refused leaves nothing behind");
    done("abort", port.abort(&upload).await);
}

async fn parts_become_one_object(port: &(impl AudioStore + AudioLook), names: &Names, part_bytes: usize) {
    let object = names.object();
    let (first, last) = (names.bytes(part_bytes), names.bytes(1_000));
    let upload = done("begin", port.begin(&object).await);
    let sent_last = part(port, &upload, 2, &last).await;
    let sent_first = part(port, &upload, 1, &first).await;
    assert_eq!(look(port, &object).await, None, "nothing is there before the upload is complete");

    let whole: Bytes = [first, last].concat().into();
    assert_eq!(complete(port, &upload, &[sent_first, sent_last], &whole).await, Put::Created);
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &whole)), "the parts are one object");

    done("giving up what is complete", port.abort(&upload).await);
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &whole)), "what is complete stays");
}

async fn an_occupied_key_stays_as_it_is(port: &(impl AudioStore + AudioLook), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    let upload = done("begin", port.begin(&object).await);
    let other_bytes = names.bytes(2_000);
    let parts = [part(port, &upload, 1, &other_bytes).await];
    assert_eq!(put(port, &object, &bytes).await, Put::Created, "an upload under way does not occupy its key");

    assert_eq!(complete(port, &upload, &parts, &other_bytes).await, Put::Occupied);
    assert_eq!(look(port, &object).await, Some(what_lies_there(&object, &bytes)), "an occupied key stays as it is");
    done("abort", port.abort(&upload).await);
}

async fn an_upload_is_given_up(port: &(impl AudioStore + AudioLook), names: &Names) {
    let (object, bytes) = (names.object(), names.bytes(1_000));
    let upload = done("begin", port.begin(&object).await);
    let parts = [part(port, &upload, 1, &bytes).await];
    for _ in 0..2 {
        done("abort", port.abort(&upload).await);
    }
    let crc = crc64nvme(&bytes);
    fails("sending a part of what was given up", port.part(&upload, 2, bytes.clone(), &crc).await);
    fails("completing what was given up", port.complete(&upload, &parts, bytes.len() as u64, &crc).await);
    assert_eq!(look(port, &object).await, None, "what was given up leaves nothing behind");
}

async fn part(port: &impl AudioStore, upload: &Upload, number: u32, bytes: &Bytes) -> Part {
    let part = done("part", port.part(upload, number, bytes.clone(), &crc64nvme(bytes)).await);
    assert_eq!((part.number, &part.crc64nvme), (number, &crc64nvme(bytes)), "a part says what it is");
    part
}

async fn complete(port: &impl AudioStore, upload: &Upload, parts: &[Part], whole: &Bytes) -> Put {
    done("complete", port.complete(upload, parts, whole.len() as u64, &crc64nvme(whole)).await)
}
