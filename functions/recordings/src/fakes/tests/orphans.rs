use std::time::Duration;

use crate::audio::Container;
use crate::fakes::{Effect, FakeObject, Fault, Plan, Where, World, sample};
use crate::object_key::{AudioFolder, AudioKey, AudioPrefix, utc_day};
use crate::ports::{Aside, AudioList, DeletedBecause, ListedAudio, Orphans, PortError, Receipt, Receipts};
use crate::recording::CallRef;

fn prefix() -> AudioPrefix {
    AudioPrefix::parse("recordings/").unwrap()
}

fn folder(world: &World) -> AudioFolder {
    prefix().folder(&sample::organisation(), utc_day(world.time()))
}

fn nameless(n: u64) -> FakeObject {
    FakeObject { bytes: sample::wav(1, n), recording: None, container: Container::Wav }
}

/// A world with one object that nobody knows.
fn with_an_orphan() -> (World, AudioKey) {
    let world = World::new(1);
    let key = prefix().audio_key(&sample::recording(1), world.time(), None, Container::Wav);
    world.put_object(&key, nameless(1));
    (world, key)
}

/// Moves everything aside: kept there, receipted, and only then removed.
async fn move_aside(world: &World, folder: &AudioFolder) -> Result<(), PortError> {
    for audio in AudioList::page(world, folder, None).await?.objects {
        if world.copy_aside(&audio).await? == Aside::Kept {
            Receipts::append(world, &receipt(world, &audio)).await?;
            world.remove(&audio.key, &audio.version).await?;
        }
    }
    Ok(())
}

fn receipt(world: &World, audio: &ListedAudio) -> Receipt {
    let (provider, call_id) = audio.key.call().unwrap();
    Receipt {
        call: CallRef { organisation: sample::organisation(), provider, call_id },
        recording_id: None,
        why: DeletedBecause::Orphaned,
        at: world.time(),
        filed_at: audio.last_modified,
        bytes: audio.bytes,
        crc64nvme: None,
        number: audio.number(),
    }
}

#[test]
fn audio_is_moved_aside_once_whatever_meets_the_mover() {
    let (calm, _) = with_an_orphan();
    calm.run(move_aside(&calm, &folder(&calm))).unwrap();
    for plan in Plan::each_single(&calm.calls()) {
        let (world, key) = with_an_orphan();
        world.set_plan(plan.clone());
        for name in ["sweeper-1", "sweeper-2"] {
            let worker = world.worker(name);
            let _whether_it_lives = worker.try_run(move_aside(&worker, &folder(&world)));
            let bytes = nameless(1).bytes;
            let is_there =
                [world.objects(), world.orphans()].iter().any(|o| o.get(&key).is_some_and(|o| o.bytes == bytes));
            assert!(is_there, "{plan:?}");
        }
        world.advance(Duration::from_secs(300));

        assert_eq!(world.objects().len(), 0, "{plan:?}");
        assert_eq!(world.orphans().into_iter().collect::<Vec<_>>(), [(key, nameless(1))], "{plan:?}");
        let effects: Vec<_> = world.journal().into_iter().map(|entry| entry.effect).collect();
        let at =
            |is: fn(&Effect) -> bool| effects.iter().enumerate().filter(|(_, e)| is(e)).map(|(at, _)| at).collect();
        let copied: Vec<usize> = at(|e| matches!(e, Effect::AudioCopiedAside { .. }));
        let receipted: Vec<usize> = at(|e| matches!(e, Effect::ReceiptWritten(_)));
        let removed: Vec<usize> = at(|e| matches!(e, Effect::AudioRemoved { .. }));
        assert_eq!((copied.len(), receipted.len(), removed.len()), (1, 1, 1), "{plan:?}");
        assert!(copied < receipted && receipted < removed, "{plan:?}");
    }
}

#[test]
fn a_removal_that_lands_late_spares_what_was_written_since() {
    let (world, key) = with_an_orphan();
    let audio = world.run(AudioList::page(&world, &folder(&world), None)).unwrap().objects.remove(0);
    let late = Fault::LandsLate(Duration::from_secs(180));
    world.set_plan(Plan::none().nth(1, Where::ports(&["Orphans"]).operation("remove"), late));
    assert!(world.run(world.remove(&key, &audio.version)).is_err());
    world.put_object(&key, nameless(2));
    world.advance(Duration::from_secs(200));
    assert_eq!(world.objects()[&key], nameless(2));
}

#[test]
fn one_object_has_one_number_and_another_content_another() {
    let (world, key) = with_an_orphan();
    let seen = || world.run(AudioList::page(&world, &folder(&world), None)).unwrap().objects.remove(0);
    let first = seen();
    world.advance(Duration::from_secs(300));
    assert_eq!(seen().number(), first.number());
    world.put_object(&key, nameless(2));
    assert_ne!(seen().number(), first.number());
}
