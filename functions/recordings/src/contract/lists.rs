use super::Names;
use super::outcome::done;
use crate::audio::crc64nvme;
use crate::object_key::{AudioFolder, ObjectKey, utc_day};
use crate::ports::{
    AudioList, AudioObject, AudioStore, DayIndex, DayIndexList, ListedAudio, UploadList, UploadPlace, UploadUnderWay,
};
use crate::recording::RecordingRef;

/// A day lists each of its recordings once, in the order of their starts, page by page, and nobody else's.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn day_index(port: &(impl DayIndex + DayIndexList), names: &Names) {
    let started = |seconds: usize| Names::time() + jiff::SignedDuration::from_secs(seconds as i64);
    let mut recordings: Vec<RecordingRef> = (0..5).map(|_| names.recording()).collect();
    // The names ascend, so starts that descend show what is sorted by.
    recordings.reverse();
    for (at, recording) in recordings.iter().enumerate().rev() {
        for _ in 0..2 {
            done("add", port.add(recording, started(at)).await);
        }
    }
    let tomorrow = names.recording();
    done("add", port.add(&tomorrow, started(86_400)).await);
    let stranger = RecordingRef { organisation: crate::fakes::sample::organisation(), ..names.recording() };
    done("add", port.add(&stranger, started(0)).await);

    let ours: Vec<&RecordingRef> = recordings.iter().chain([&tomorrow, &stranger]).collect();
    let organisation = &recordings[0].organisation;
    let today = utc_day(Names::time());
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = done("page", DayIndexList::page(port, organisation, today, after.as_deref()).await);
        found.extend(page.recordings.into_iter().filter(|(recording, _)| ours.contains(&recording)));
        assert!(page.next.is_none() || page.next > after, "pages go on");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = recordings.iter().cloned().zip((0..).map(started)).collect();
    assert_eq!(found, expected, "each recording of the day once, in the order of their starts");

    let behind = ObjectKey::Day(&expected[1].0, expected[1].1).to_string();
    let page = done("page", DayIndexList::page(port, organisation, today, Some(&behind)).await);
    assert!(!page.recordings.contains(&expected[1]), "a page starts behind the key that it is asked to start behind");
}

/// A day's audio is listed in the order of its keys, page by page, with what is needed to judge it.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn audio_list(list: &impl AudioList, store: &impl AudioStore, names: &Names) {
    let folder = names.folder();
    let objects: Vec<AudioObject> = (0..4).map(|_| names.object()).collect();
    let bytes = names.bytes(1_000);
    // The names ascend, so writing them in another order shows that the list sorts.
    for (at, object) in objects.iter().enumerate().rev() {
        let bytes = bytes.slice(..=at);
        done("put", store.put(object, bytes.clone(), &crc64nvme(&bytes)).await);
    }
    let tomorrow = names.object_of(Names::time() + jiff::SignedDuration::from_hours(24));
    done("put", store.put(&tomorrow, bytes.clone(), &crc64nvme(&bytes)).await);

    let listed = audio_of(list, &folder, &objects.iter().chain([&tomorrow]).collect::<Vec<_>>()).await;
    let seen: Vec<_> = listed.iter().map(|audio| (&audio.key, audio.bytes)).collect();
    let expected: Vec<_> = objects.iter().map(|object| &object.key).zip(1..).collect();
    assert_eq!(seen, expected, "each object of the day once, in the order of the keys, with its size");
    for (one, other) in listed.iter().zip(listed.iter().skip(1)) {
        assert_ne!(one.version, other.version, "other bytes have another version");
    }
    let again = audio_of(list, &folder, &objects.iter().collect::<Vec<_>>()).await;
    assert_eq!(again, listed, "what nobody touched is listed as before");
}

/// Uploads are listed while they are under way, those of one key apart.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn upload_list(list: &impl UploadList, store: &impl AudioStore, names: &Names) {
    let (first, second) = (names.object(), names.object());
    let mut begun = Vec::new();
    for object in [&second, &first, &second] {
        begun.push(done("begin", store.begin(object).await));
    }
    let ours: Vec<&str> = begun.iter().map(|upload| upload.id.as_str()).collect();
    let listed = uploads_of(list, names, &ours).await;
    let keys: Vec<_> = listed.iter().map(|upload| &upload.key).collect();
    assert_eq!(keys, [&first.key, &second.key, &second.key], "each upload once, in the order of the keys");
    assert_ne!(listed[1].id, listed[2].id);

    for _ in 0..2 {
        done("abort", list.abort(&listed[1]).await);
    }
    let left = uploads_of(list, names, &ours).await;
    assert_eq!(
        left,
        [listed[0].clone(), listed[2].clone()],
        "what was given up is not under way, what is left is as before"
    );

    let bytes = names.bytes(1_000);
    let crc = crc64nvme(&bytes);
    let part = done("part", store.part(&begun[1], 1, bytes, &crc).await);
    done("complete", store.complete(&begun[1], &[part], 1_000, &crc).await);
    assert_eq!(uploads_of(list, names, &ours).await, [listed[2].clone()], "what is complete is not under way");
    done("giving up what is complete", list.abort(&listed[0]).await);
    done("abort", list.abort(&listed[2]).await);
    assert_eq!(uploads_of(list, names, &ours).await, [], "nothing is left");
}

/// Which of these objects are listed, over all pages.
pub(super) async fn audio_of(list: &impl AudioList, folder: &AudioFolder, ours: &[&AudioObject]) -> Vec<ListedAudio> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = done("page", list.page(folder, after.as_deref()).await);
        found.extend(page.objects.into_iter().filter(|audio| ours.iter().any(|object| object.key == audio.key)));
        assert!(page.next.is_none() || page.next > after, "pages go on");
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

async fn uploads_of(list: &impl UploadList, names: &Names, ours: &[&str]) -> Vec<UploadUnderWay> {
    let mut found = Vec::new();
    let mut after: Option<UploadPlace> = None;
    loop {
        let page = done("page", list.page(names.prefix(), after.as_ref()).await);
        found.extend(page.uploads.into_iter().filter(|upload| ours.contains(&upload.id.as_str())));
        assert!(page.next.is_none() || page.next != after, "pages go on");
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}
