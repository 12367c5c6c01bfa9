use jiff::SignedDuration;

use super::*;
use crate::fakes::{ProviderRecording, QueueName, Settings, World, sample};
use crate::object_key::AudioPrefix;
use crate::ports::JobKey;

fn names() -> Names {
    Names::new(7, AudioPrefix::parse("recordings/").unwrap())
}

#[test]
fn the_ledger_keeps_its_contract() {
    let world = World::new(1);
    world.run(ledger(&world, &names()));
}

#[test]
fn the_open_markers_keep_their_contract_whatever_a_page_holds() {
    for page_size in [1, 2, 5, 1_000] {
        let world = World::with(Settings { page_size, ..Settings::default() });
        world.run(open_markers(&world, &world, &world, &names()));
    }
}

#[test]
fn the_audio_store_keeps_its_contract() {
    let world = World::new(1);
    world.run(audio_store(&world, &names()));
    assert_eq!(world.open_uploads(), []);
}

#[test]
fn uploads_in_parts_keep_their_contract() {
    let world = World::new(1);
    world.run(multipart(&world, &names(), 5 * 1024 * 1024));
    world.run(multipart_refusals(&world, &Names::new(8, AudioPrefix::parse("recordings/").unwrap())));
    world.run(multipart_small_parts(&world, &Names::new(9, AudioPrefix::parse("recordings/").unwrap())));
    assert_eq!(world.open_uploads(), [], "nothing leaks");
}

#[test]
fn the_indexes_keep_their_contract() {
    let world = World::new(1);
    world.run(async {
        day_index(&world, &names()).await;
        call_notes(&world, &names()).await;
        audit_log(&world, &names(), 3).await;
        cursors(&world, "contract").await;
    });
    let folders: Vec<_> = world.document_keys().iter().map(|key| key.split('/').next().unwrap().to_owned()).collect();
    assert_eq!(folders, ["audit", "audit", "calls", "cursors", "days"]);
}

#[test]
fn the_queues_keep_their_contract() {
    let world = World::new(1);
    let receive = |queue| {
        let world = world.clone();
        async move || {
            let delivered = world.receive(queue, 10);
            delivered.iter().for_each(|delivery| assert!(world.ack(delivery)));
            delivered.into_iter().map(|delivery| delivery.body).collect()
        }
    };
    world.run(async {
        transfer_queue(&world, receive(QueueName::Transfer), &names()).await;
        history_queue(&world, receive(QueueName::History), &names()).await;
        retry_queue(&world, &names()).await;
    });
}

#[test]
fn the_dead_letter_queues_keep_their_contract() {
    let world = World::new(1);
    for (letters, dead, queue) in [
        (world.transfer_dead_letters(), QueueName::TransferDeadLetters, QueueName::Transfer),
        (world.history_dead_letters(), QueueName::HistoryDeadLetters, QueueName::History),
    ] {
        let receive = async || {
            let delivered = world.receive(queue, 10);
            delivered.iter().for_each(|delivery| assert!(world.ack(delivery)));
            delivered.into_iter().map(|delivery| (delivery.group, delivery.body)).collect()
        };
        let bury = async |group: Option<String>, body: String| world.bury(dead, group.as_deref(), &body);
        world.run(dead_letters(&letters, queue == QueueName::History, bury, receive, &names()));
    }
}

#[test]
fn airtable_keeps_its_contract() {
    let world = World::new(1);
    let (recording, organisation) = (sample::recording(1), sample::organisation());
    world.put_job(&organisation, sample::job(1, &[&recording]));
    world.put_job(&organisation, sample::job(2, &[]));
    let job = sample::job(1, &[&recording]);
    world.run(jobs(&world, &organisation, &job, &recording.call_id, &JobKey::Number(sample::job_number(3))));
}

#[test]
fn the_provider_keeps_its_contract() {
    let world = World::new(1);
    let (recording, bytes) = (sample::recording(1), sample::wav(5, 1));
    for announces_length in [true, false] {
        world.put_provider_recording(
            &recording,
            ProviderRecording { announces_length, ..ProviderRecording::completed(bytes.clone()) },
        );
        world.run(audio_source(&world, &recording, &bytes, &sample::recording(2)));
        world.run(audio_slices(&world, &recording, &bytes, &sample::recording(2)));
    }
    world.run(provider_copies(&world, &world, &recording));
}

#[test]
fn the_signer_keeps_its_contract() {
    let soon = World::new(1).time() + SignedDuration::from_secs(60);
    for signing_ends in [None, Some(soon)] {
        let world = World::with(Settings { signing_ends, ..Settings::default() });
        world.run(link_signer(&world, &names().object().key, world.time()));
    }
}
