//! The fixture events, as Lambda delivers them.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use recordings::fakes::{ProviderRecording, World, sample};
use recordings::ledger_entry::State;
use recordings::messages::{HistoryRequest, TransferRequest};
use recordings::ports::{Clock, JobRecord};
use transfer::{Deadline, event};

use crate::stage::Stage;

const ONE: &str = include_str!("../../../../events/transfer-queue-one.json");
const TEN: &str = include_str!("../../../../events/transfer-queue-ten.json");
const POISON: &str = include_str!("../../../../events/transfer-queue-poison-among-good.json");
const HISTORY_ONE: &str = include_str!("../../../../events/transfer-history-one.json");
const HISTORY_TEN: &str = include_str!("../../../../events/transfer-history-ten.json");

fn read(event: &str) -> SqsEvent {
    serde_json::from_str(event).unwrap()
}

fn bodies<T: serde::de::DeserializeOwned>(event: &str) -> Vec<T> {
    let bodies = read(event).records.into_iter().filter_map(|message| serde_json::from_str(&message.body?).ok());
    bodies.collect()
}

/// A world in which the recordings of an event and their jobs are there.
fn stage_of(requests: &[TransferRequest]) -> Stage {
    let world = World::new(1);
    for (request, n) in requests.iter().zip(1..) {
        world.put_provider_recording(&request.recording, ProviderRecording::completed(sample::wav(12, n)));
        let job = JobRecord { number: request.job_number.clone(), ..sample::job(n, &[]) };
        world.put_job(&request.recording.organisation, job);
    }
    Stage::new(world)
}

/// The ids of the messages that have to come again.
fn answer(stage: &Stage, event: &str) -> Vec<String> {
    let worker = stage.world.worker("transfer");
    let deadline = Deadline::at(worker.now() + Duration::from_secs(120));
    let response = worker.run(event::answer(&stage.ports(worker.clone()), &stage.settings, read(event), deadline));
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[test]
fn one_message_and_ten_bring_their_recordings_home() {
    for (transfers, histories) in [(ONE, HISTORY_ONE), (TEN, HISTORY_TEN)] {
        let requests: Vec<TransferRequest> = bodies(transfers);
        let pointers: Vec<HistoryRequest> = bodies(histories);
        assert!(requests.iter().map(|r| &r.recording).eq(pointers.iter().map(|p| &p.recording)));
        let stage = stage_of(&requests);
        assert_eq!(answer(&stage, transfers), Vec::<String>::new());
        assert!(requests.iter().all(|request| stage.state(&request.recording) == State::Stored));
        assert_eq!(answer(&stage, histories), Vec::<String>::new());
        assert!(requests.iter().all(|request| stage.state(&request.recording) == State::Settled));
        assert_eq!((stage.called("Jobs", "find"), stage.called("Jobs", "update")), (1, 1));
    }
}

#[test]
fn poison_is_named_and_its_neighbours_come_home() {
    let requests: Vec<TransferRequest> =
        bodies(POISON).into_iter().filter(|r: &TransferRequest| r.version == 1).collect();
    let stage = stage_of(&requests);
    let again = answer(&stage, POISON);
    let messages = read(POISON).records;
    let poison: Vec<_> = messages[1..3].iter().map(|message| message.message_id.clone().unwrap()).collect();
    assert_eq!(again, poison);
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| stage.state(&request.recording) == State::Stored));
}

#[test]
fn an_event_without_messages_is_answered() {
    assert_eq!(answer(&stage_of(&[]), r#"{"Records":[]}"#), Vec::<String>::new());
}
