//! What holds when nothing is left to do (docs/architecture.md).

use std::collections::BTreeSet;

use recordings::fakes::{Effect, Entry, FakeObject, QueueName};
use recordings::ledger_entry::{LedgerEntry, State, VerifiedAudio};
use recordings::recording::RecordingRef;
use sha2::{Digest, Sha256};

use crate::stage::Stage;

/// Everything that is wrong with recordings that should be home by now.
pub(crate) fn broken(stage: &Stage, recordings: &[RecordingRef]) -> Vec<String> {
    let mut broken = Vec::new();
    let journal = stage.world.journal();
    for recording in recordings {
        broken.extend(
            of_one(stage, recording, &journal).into_iter().map(|what| format!("{}: {what}", recording.recording_id)),
        );
    }
    broken.extend(of_all(stage, recordings));
    broken
}

fn of_one(stage: &Stage, recording: &RecordingRef, journal: &[Entry]) -> Vec<String> {
    let Some(entry) = stage.world.entry(recording) else { return vec!["no ledger entry".to_owned()] };
    let mut broken = Vec::new();
    if entry.state() != State::Settled {
        broken.push(format!("the entry is {:?} and not settled", entry.state()));
    }
    broken.extend(audio(stage, &entry));
    broken.extend(lines(stage, &entry));
    broken.extend(deletion(stage, &entry, journal));
    broken
}

/// One object, the provider's bytes, and the entry tells the truth of it.
fn audio(stage: &Stage, entry: &LedgerEntry) -> Vec<String> {
    let objects = stage.world.objects();
    let ours: Vec<_> =
        objects.iter().filter(|(_, object)| object.recording.as_ref() == Some(&entry.recording)).collect();
    let [(key, object)] = ours[..] else { return vec![format!("{} objects and not one", ours.len())] };
    let at_provider = &stage.world.provider_recordings()[&entry.recording].bytes;
    let mut broken = Vec::new();
    if object.bytes != *at_provider {
        broken.push("the stored bytes are not the provider's".to_owned());
    }
    if entry.recording_storage_path.as_ref() != Some(key) {
        broken.push(format!("the entry does not name {key}"));
    }
    if !entry.audio.as_ref().is_some_and(|audio| tells_the_truth(audio, object)) {
        broken.push("the entry's size or checksums are wrong".to_owned());
    }
    broken
}

pub(crate) fn tells_the_truth(audio: &VerifiedAudio, object: &FakeObject) -> bool {
    audio.bytes == object.bytes.len() as u64
        && audio.sha256 == hex::encode(Sha256::digest(&object.bytes))
        && Some(&audio.crc64nvme) == object.look().crc64nvme.as_ref()
}

/// Each line that the entry asks for is in one history, once, in order, and the entry knows it.
fn lines(stage: &Stage, entry: &LedgerEntry) -> Vec<String> {
    let mut broken = Vec::new();
    if entry.lines.is_empty() || !entry.all_lines_confirmed() {
        broken.push("a line is not confirmed".to_owned());
    }
    let jobs = stage.world.jobs(&entry.recording.organisation);
    let histories: Vec<&str> = jobs.iter().flat_map(|job| job.history.lines()).collect();
    let mut places = Vec::new();
    for line in &entry.lines {
        let at: Vec<_> = (0..histories.len()).filter(|at| untimed(histories[*at]) == untimed(&line.text)).collect();
        if at.len() != 1 {
            broken.push(format!("{} times in the histories: {}", at.len(), line.text));
        }
        places.extend(at);
    }
    if !places.is_sorted() {
        broken.push("the lines are out of order".to_owned());
    }
    broken
}

/// What a line says, whenever and through whatever link: one that was told while there was no ledger is older than the
/// entry's own, and is played by a link that needs no ledger.
pub(crate) fn untimed(line: &str) -> &str {
    let said = line.splitn(3, '|').last().unwrap_or(line);
    said.split(" | Play: ").next().unwrap_or(said)
}

/// The provider's copy went last: stored, verified and linked by then (promise P2).
fn deletion(stage: &Stage, entry: &LedgerEntry, journal: &[Entry]) -> Vec<String> {
    let mut broken = Vec::new();
    if stage.world.provider_has(&entry.recording) || entry.provider_deleted_at.is_none() {
        broken.push("the provider's copy is not deleted, or no receipt says so".to_owned());
    }
    let asked_for = entry.lines.last().map(|line| line.text.as_str()).unwrap_or_default();
    let mut deletions = 0;
    for effect in journal.iter().map(|entry| &entry.effect) {
        let Effect::ProviderCopyDeleted { recording, entry: then, stored, histories } = effect else { continue };
        if *recording != entry.recording {
            continue;
        }
        deletions += 1;
        let verified = then.as_ref().and_then(|then| then.audio.as_ref());
        let is_same = |audio: &VerifiedAudio| {
            stored.as_ref().is_some_and(|object| {
                object.bytes == audio.bytes
                    && object.crc64nvme.as_ref() == Some(&audio.crc64nvme)
                    && object.recording.as_ref() == Some(recording)
            })
        };
        if !verified.is_some_and(is_same) {
            broken.push("the provider's copy was deleted before ours was verified".to_owned());
        }
        if !histories.iter().any(|history| history.lines().any(|line| line == asked_for)) {
            broken.push("the provider's copy was deleted before the line was written".to_owned());
        }
    }
    if deletions != 1 {
        broken.push(format!("deleted {deletions} times"));
    }
    broken
}

/// Nothing is left over, nothing was overwritten, and there is no line that nobody asked for.
fn of_all(stage: &Stage, recordings: &[RecordingRef]) -> Vec<String> {
    let world = &stage.world;
    let mut broken = Vec::new();
    broken.extend(not_empty(stage, &[QueueName::Transfer, QueueName::History, QueueName::Retry]));
    if !world.open_markers().is_empty() {
        broken.push("a marker is left".to_owned());
    }
    if !world.open_uploads().is_empty() {
        broken.push("an upload is left".to_owned());
    }
    if world.objects().len() != recordings.len() {
        broken.push(format!("{} objects of {} recordings", world.objects().len(), recordings.len()));
    }
    if world.journal().iter().any(|entry| entry.effect.lost_text()) {
        broken.push("a history lost text".to_owned());
    }
    broken.extend(uncalled_for(stage, recordings));
    broken
}

/// No message died: for what is over within an hour, no queue gives up.
pub(crate) fn dead_letters(stage: &Stage) -> Vec<String> {
    not_empty(stage, &[QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters])
}

fn not_empty(stage: &Stage, queues: &[QueueName]) -> Vec<String> {
    let full = queues.iter().filter(|queue| stage.world.queued(**queue) > 0);
    full.map(|queue| format!("{queue:?} is not empty: {:?}", stage.world.bodies(*queue))).collect()
}

/// A pending line may stand there that was told while there was no ledger to ask for it.
fn uncalled_for(stage: &Stage, recordings: &[RecordingRef]) -> Vec<String> {
    let entries: Vec<_> = recordings.iter().filter_map(|recording| stage.world.entry(recording)).collect();
    let asked_for: BTreeSet<&str> =
        entries.iter().flat_map(|e| e.lines.iter().map(|line| untimed(&line.text))).collect();
    let organisations: BTreeSet<_> = recordings.iter().map(|recording| &recording.organisation).collect();
    let jobs = organisations.into_iter().flat_map(|organisation| stage.world.jobs(organisation));
    let mut pending = BTreeSet::new();
    let mut broken = Vec::new();
    for line in jobs.flat_map(|job| job.history.lines().map(str::to_owned).collect::<Vec<_>>()) {
        let is_pending = line.contains("| Event: Recording pending upload |");
        let said = untimed(&line);
        if !(asked_for.contains(said) || is_pending && pending.insert(said.to_owned())) {
            broken.push(format!("nobody asked for {line}"));
        }
    }
    broken
}
