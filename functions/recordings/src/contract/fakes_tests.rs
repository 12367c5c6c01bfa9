use jiff::SignedDuration;

use super::*;
use crate::audio::Container;
use crate::fakes::{
    AtProvider, BucketSettings, FakeObject, Fault, Plan, ProviderRecording, QueueName, Settings, Where, World, sample,
};
use crate::object_key::{AudioKey, AudioPrefix, day_folder};
use crate::ports::{
    AgentSetting, AgentState, AudioList, AudioObject, AudioStore, BucketEncryption, DayIndexList, ErrorKind,
    FetchError, Installation, JobField, JobKey, LifecycleRule, ListedRecording, NumberSetting, PublicAccess,
    RecordingList, SecretAge, Standing, TableState, TranscriptSource, UploadList,
};
use crate::recording::{CallRef, Organisation, Provider, RecordingRef};

fn names() -> Names {
    Names::new(7, AudioPrefix::parse("recordings/").unwrap())
}

#[test]
fn the_ledger_keeps_its_contract() {
    let world = World::new(1);
    world.run(ledger(&world, &names()));
}

#[test]
fn tags_keep_their_contract() {
    let world = World::new(1);
    world.run(audio_tag(&world, &names()));
}

#[test]
fn what_is_decided_about_calls_keeps_its_contract() {
    let world = World::new(1);
    world.run(call_control(&world, &names()));
}

#[test]
fn what_is_left_of_a_call_keeps_its_contract() {
    let world = World::new(1);
    world.run(traces(&world, &world, &world, &world, true, &names()));
}

#[test]
fn receipts_of_erasures_keep_their_contract() {
    let world = World::new(1);
    world.run(erasure_receipts(&world, &names()));
}

#[test]
fn the_open_markers_keep_their_contract_whatever_a_page_holds() {
    for page_size in [1, 2, 5, 1_000] {
        let world = World::with(Settings { page_size, ..Settings::default() });
        world.run(open_markers(&world, &world, &world, &names()));
    }
}

#[test]
fn the_lists_keep_their_contract_whatever_a_page_holds() {
    for page_size in [1, 2, 3, 1_000] {
        let world = World::with(Settings { page_size, ..Settings::default() });
        world.run(async {
            day_index(&world, &names()).await;
            audio_list(&world, &world, &names()).await;
            upload_list(&world, &world, &Names::new(8, AudioPrefix::parse("recordings/").unwrap())).await;
        });
        assert_eq!(world.open_uploads(), []);
    }
}

#[test]
fn foreign_keys_are_told_apart() {
    let world = World::new(1);
    let names = names();
    let folder = names.folder();
    let odd: AudioKey = serde_json::from_str(&format!("\"{folder}notes.txt\"")).unwrap();
    let object = FakeObject { bytes: sample::wav(1, 1), recording: None, container: Container::Wav };
    world.put_object(&odd, object);
    let odd_day = format!("{}notes.txt", day_folder(&folder.organisation, folder.day));
    world.put_document(&odd_day, "");
    let upload = AudioObject { key: odd.clone(), recording: names.recording(), container: Container::Wav };
    world.run(async {
        world.begin(&upload).await.unwrap();
        let page = AudioList::page(&world, &folder, None).await.unwrap();
        assert_eq!((page.objects, page.foreign), (vec![], vec![odd.to_string()]));
        let page = DayIndexList::page(&world, &folder.organisation, folder.day, None).await.unwrap();
        assert_eq!((page.recordings, page.foreign), (vec![], vec![odd_day]));
        let page = UploadList::page(&world, names.prefix(), None).await.unwrap();
        assert_eq!((page.uploads, page.foreign), (vec![], vec![odd.to_string()]));
    });
}

#[test]
fn orphans_keep_their_contract() {
    let world = World::new(1);
    let aside = async |key: &AudioKey| world.orphans().get(key).map(FakeObject::look);
    world.run(orphans(&world, &world, &world, &aside, &names()));
    let names = Names::new(8, AudioPrefix::parse("recordings/").unwrap());
    world.run(orphans_that_meet(&world, &world, &world, &aside, &names));
}

#[test]
fn receipts_keep_their_contract_and_name_no_person() {
    let world = World::new(1);
    world.run(receipts(&world, &names()));
    let keys = world.document_keys();
    assert!(keys.iter().all(|key| key.starts_with("receipts/contract/2024/03/15/twilio-CA")), "{keys:?}");
    let receipt: serde_json::Value = serde_json::from_str(&world.document(&keys[0]).unwrap()).unwrap();
    let mut said: Vec<_> = receipt.as_object().unwrap().keys().collect();
    said.sort();
    assert_eq!(said, ["at", "bytes", "call_id", "crc64nvme", "organisation", "provider", "recording_id", "why"]);
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
        audit_log(&world, &names(), 3).await;
        cursors(&world, "contract").await;
    });
    let folders: Vec<_> = world.document_keys().iter().map(|key| key.split('/').next().unwrap().to_owned()).collect();
    assert_eq!(folders, ["audit", "audit", "cursors"]);
}

#[test]
fn the_notes_of_calls_keep_their_contract_whatever_a_page_holds() {
    for page_size in [1, 2, 3, 1_000] {
        let world = World::with(Settings { page_size, ..Settings::default() });
        world.run(async {
            call_notes(&world, &names()).await;
            let names = Names::new(8, AudioPrefix::parse("recordings/").unwrap());
            call_recordings(&world, &world, &world, &names).await;
        });
    }
}

#[test]
fn transcripts_keep_their_contract() {
    let world = World::new(1);
    let (names, transcript) = (names(), sample::transcript());
    let (call, stranger, slow) = (names.call(), names.call(), names.call());
    world.put_provider_transcript(&call, transcript.clone(), world.time());
    let ready_at = world.time() + SignedDuration::from_mins(1);
    world.put_provider_transcript(&slow, transcript.clone(), ready_at);
    world.run(async {
        transcripts(&world, &world, &names).await;
        transcript_source(&world, &call, &transcript, &stranger).await;
        assert!(matches!(world.transcript(&slow).await, Err(FetchError::NotReady(_))));
        world.remove_provider_transcript(&call);
        assert_eq!(world.transcript(&call).await.unwrap(), None);
    });
}

#[test]
fn waveforms_keep_their_contract() {
    let world = World::new(1);
    world.run(waveforms(&world, &world, &names()));
}

#[test]
fn the_lists_of_entries_keep_their_contract() {
    let world = World::new(1);
    world.run(call_entries(&world, &world, &names()));
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
fn a_table_of_jobs_keeps_its_contract() {
    let world = World::new(1);
    let (organisation, key) = (sample::organisation(), JobKey::Number(sample::job_number(1)));
    for state in [
        TableState::AsSet,
        TableState::TokenRefused,
        TableState::OutOfReach,
        TableState::Lacks(vec![JobField::History]),
    ] {
        world.set_table(&organisation, state.clone());
        world.run(job_table(&world, &organisation, &state, &key));
    }
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
fn legacy_hosts_keep_their_contract() {
    let world = World::new(1);
    let (url, bytes) = (sample::legacy_url("default", 1), sample::wav(5, 1));
    let (missing, stranger) = (sample::legacy_url("default", 2), sample::recording_of("acme", 1, 1));
    for announces_length in [true, false] {
        let held = ProviderRecording { announces_length, ..ProviderRecording::completed(bytes.clone()) };
        world.put_legacy_audio(&url, held);
        world.run(legacy_audio(&world, &sample::recording(1), &url, &bytes, &missing, &stranger));
    }
}

#[test]
fn jobs_keep_their_contract() {
    let world = World::new(1);
    world.run(retrievals(&world, &names(), 7));
}

#[test]
fn the_providers_list_keeps_its_contract_whatever_a_page_holds() {
    for (page_size, pages) in [(1, 9), (2, 5), (4, 3), (1_000, 1)] {
        let world = World::with(Settings { page_size, ..Settings::default() });
        let (list, expected) = listed_recordings(&world);
        assert_eq!(world.run(provider_list(&world, &list, &expected)), pages);
        let two = sample::recording_of("default", 3, 30);
        let of_call = RecordingList::OfCall(call_of(&two));
        let both: Vec<_> = expected.iter().filter(|listed| listed.recording.call_id == two.call_id).cloned().collect();
        assert_eq!(both.len(), 2);
        world.run(provider_list(&world, &of_call, &both));
        world.run(provider_list_of_nobody(&world, &call_of(&sample::recording(99))));
    }
}

#[test]
fn the_providers_list_keeps_its_contract_while_it_changes() {
    for page_size in [1, 2, 4] {
        let world = World::with(Settings { page_size, ..Settings::default() });
        let (list, expected) = listed_recordings(&world);
        // One is made where the list ends, then one where it began; a read one is deleted, or one that is still to be read.
        let mut rounds = [0, 59].into_iter().zip(&expected).zip(100..);
        world.run(provider_list_while_it_changes(&world, &list, &expected, async || {
            let Some(((minutes, listed), number)) = rounds.next() else { return };
            let created_at = Some(Settings::default().start + SignedDuration::from_mins(minutes));
            world.put_provider_recording(&sample::recording(number), ProviderRecording { created_at, ..held(&world) });
            let state = AtProvider::Deleted;
            let deleted = ProviderRecording { state, created_at: Some(listed.created_at), ..held(&world) };
            world.put_provider_recording(&listed.recording, deleted);
        }));
    }
}

/// A list of an hour, what it is to show of a provider, and around it what it is not to show.
fn listed_recordings(world: &World) -> (RecordingList, Vec<ListedRecording>) {
    let from = world.time();
    let window = from..from + SignedDuration::from_hours(1);
    let put = |recording: &RecordingRef, minutes: i64, held: ProviderRecording| {
        let created_at = Some(from + SignedDuration::from_mins(minutes));
        world.put_provider_recording(recording, ProviderRecording { created_at, ..held });
    };
    put(&sample::recording(8), -1, held(world));
    put(&sample::recording(9), 60, held(world));
    put(&sample::recording(10), 61, held(world));
    put(&sample::recording_of("acme", 1, 1), 1, held(world));
    let unready = ProviderRecording { ready_at: window.end, ..held(world) };
    let expected = [
        (sample::recording(1), 0, held(world), Standing::Completed),
        (sample::recording(2), 59, unready, Standing::Unfinished),
        (sample::recording(3), 30, held(world), Standing::Completed),
        (sample::recording_of("default", 3, 30), 30, held(world), Standing::Completed),
        (
            sample::recording(4),
            31,
            ProviderRecording { state: AtProvider::Absent, ..held(world) },
            Standing::Absent { reason: "no recording was made".to_owned() },
        ),
        (sample::recording(5), 32, ProviderRecording { state: AtProvider::Deleted, ..held(world) }, Standing::Deleted),
    ];
    let expected = expected.map(|(recording, minutes, held, standing)| {
        put(&recording, minutes, held);
        let created_at = from + SignedDuration::from_mins(minutes);
        ListedRecording {
            recording,
            created_at,
            standing,
            duration_seconds: Some(7),
            channels: Some(1),
            started_at: Some(created_at),
            ended_at: None,
        }
    });
    (sample::list_of("default", window), expected.to_vec())
}

fn held(world: &World) -> ProviderRecording {
    ProviderRecording { ready_at: world.time(), ..ProviderRecording::completed(sample::wav(7, 1)) }
}

fn call_of(recording: &RecordingRef) -> CallRef {
    let RecordingRef { organisation, provider, call_id, .. } = recording.clone();
    CallRef { organisation, provider, call_id }
}

#[test]
fn the_installation_keeps_its_contract() {
    let day = SignedDuration::from_hours(24);
    for made_at in [None, Some(Settings::default().start - day)] {
        let world = World::with(Settings { made_at, ..Settings::default() });
        world.run(installation(&world, world.time()));
        world.advance(std::time::Duration::from_secs(60));
        assert_eq!(world.run(Installation::made_at(&world)).unwrap(), made_at.unwrap_or(Settings::default().start));
    }
}

#[test]
fn the_age_of_the_secret_keeps_its_contract() {
    let world = World::new(1);
    world.run(secret_age(&world, world.time()));
    let changed_at = world.time() - SignedDuration::from_hours(24);
    world.adjust(|settings| settings.secret_changed_at = Some(changed_at));
    world.run(secret_age(&world, world.time()));
    assert_eq!(world.run(SecretAge::changed_at(&world)).unwrap(), changed_at);
}

#[test]
fn the_buckets_settings_keep_their_contract() {
    let world = World::new(1);
    let BucketSettings { lifecycle, encryption, public_access } = BucketSettings::default();
    world.run(bucket_look(&world, &lifecycle, &encryption, public_access));
    let rule = LifecycleRule { id: "a".to_owned(), enabled: true, ..LifecycleRule::default() };
    let (lifecycle, encryption) = (vec![rule], BucketEncryption::Kms(None));
    let public_access = PublicAccess { block_acls: true, ..PublicAccess::default() };
    let set = BucketSettings { lifecycle: lifecycle.clone(), encryption: encryption.clone(), public_access };
    world.set_bucket(set);
    world.run(bucket_look(&world, &lifecycle, &encryption, public_access));
}

#[test]
fn phone_numbers_keep_their_contract() {
    let (world, organisation) = (World::new(1), Organisation::default_organisation());
    let number = |n: u32| NumberSetting {
        id: format!("PN{n:032x}").parse().unwrap(),
        voice_url: Some("https://calls.example.com/".to_owned()),
        status_callback: None,
        handled_elsewhere: false,
    };
    let numbers = [number(1), number(2)];
    numbers.iter().for_each(|number| world.put_number(&organisation, number.clone()));
    world.put_number(&"acme".parse().unwrap(), number(3));
    world.run(phone_numbers(&world, &organisation, &numbers, &"nobody".parse().unwrap()));
}

#[test]
fn the_signer_keeps_its_contract() {
    let soon = World::new(1).time() + SignedDuration::from_secs(60);
    for signing_ends in [None, Some(soon)] {
        let world = World::with(Settings { signing_ends, ..Settings::default() });
        world.run(link_signer(&world, &names().object().key, world.time()));
    }
}

#[test]
fn a_provider_that_throttles_keeps_its_contract() {
    for retry_after in [None, Some(std::time::Duration::from_secs(7))] {
        let (world, recording) = (World::new(1), sample::recording(1));
        world.put_provider_recording(&recording, ProviderRecording::completed(sample::wav(1, 1)));
        let everywhere = Where::ports(&["AudioSource", "AudioSlices", "ProviderCopies", "ProviderList"]);
        let throttled = Fault::ErrorBefore(ErrorKind::Throttled { retry_after });
        world.set_plan(Plan::none().always(everywhere, throttled));
        let list = RecordingList::OfCall(recording.call());
        world.run(provider_that_throttles(&world, &recording, &list, retry_after));
    }
}

#[test]
fn voice_agents_keep_their_contract() {
    let world = World::new(1);
    let organisation = Organisation::default_organisation();
    world.put_agent(&organisation, Provider::Vapi, "off", AgentState::RecordingOff);
    world.put_agent(&organisation, Provider::Vapi, "on", AgentState::Records);
    let ids = ["off", "on", "stranger"].map(|id| id.parse().unwrap());
    world.run(voice_agents(&world, &organisation, Provider::Vapi, ids.each_ref()));
}

#[test]
fn voice_agents_for_people_to_set_keep_their_contract() {
    let world = World::new(1);
    let organisation = Organisation::default_organisation();
    let states = [
        AgentState::Records,
        AgentState::RecordingOff,
        AgentState::KeepsNothing,
        AgentState::Untold,
        AgentState::Delivers { retries: None },
        AgentState::Disabled,
        AgentState::AutoDisabled,
    ];
    let settings: Vec<AgentSetting> = states
        .into_iter()
        .zip('a'..)
        .map(|(state, id)| AgentSetting { id: id.to_string().parse().unwrap(), state })
        .collect();
    for setting in &settings {
        world.put_agent(&organisation, Provider::ElevenLabs, setting.id.as_str(), setting.state);
    }
    world.run(voice_agents_for_people_to_set(&world, &organisation, Provider::ElevenLabs, &settings));
}

#[test]
fn those_who_listen_keep_their_contract() {
    let world = World::new(1);
    world.run(listeners(&world, &names()));
}

#[test]
fn sockets_keep_their_contract() {
    let world = World::new(1);
    let (open, closed) = ("a=".parse().unwrap(), "b=".parse().unwrap());
    world.open_socket(&open);
    world.open_socket(&closed);
    world.close_socket(&closed);
    world.run(live_channel(&world, &open, &closed));
    assert_eq!(world.heard_at(&open).len(), 1);
}
