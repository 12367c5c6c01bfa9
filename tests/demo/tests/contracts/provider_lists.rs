use jiff::{SignedDuration, Timestamp};
use recordings::contract;
use recordings::fakes::sample;
use recordings::ports::{ListedRecording, ProviderCopies, RecordingList, Standing};
use recordings::recording::{CallRef, Organisation, Provider, RecordingRef};
use standins::{Account, Outcome, PlaceRecording, Ready};

use crate::providers::{Ground, ground_of, stranger};

const MIDNIGHT: &str = "2024-03-15T00:00:00Z";

/// Another organisation's account, with recordings of its own at the same times.
fn acme() -> Account {
    Account {
        sid: "ACffffffffffffffffffffffffffffffff".to_owned(),
        auth_token: "another-auth-token".to_owned(),
        api_key_sid: "SKffffffffffffffffffffffffffffffff".to_owned(),
        api_key_secret: "another-api-key-secret".to_owned(),
    }
}

async fn ground() -> Ground {
    ground_of(&[("default", Account::default()), ("acme", acme())]).await
}

/// A time so many minutes from a midnight in the list's window.
fn minutes(from_midnight: i64) -> Timestamp {
    let midnight: Timestamp = MIDNIGHT.parse().expect("a time");
    midnight + SignedDuration::from_mins(from_midnight)
}

/// Recordings from half an hour before a midnight until an hour after it.
fn list_of(organisation: &str) -> RecordingList {
    sample::list_of(organisation, minutes(-30)..minutes(60))
}

/// Places a recording, and says how it is to be listed.
fn place(ground: &Ground, at: i64, wanted: PlaceRecording, standing: Standing) -> ListedRecording {
    let created_at = minutes(at);
    let wanted = PlaceRecording { started_at: Some(created_at), ..wanted };
    let placed = ground.standins.world().place_recording(wanted).expect("a recording");
    let organisation = if placed.account_sid == acme().sid { "acme" } else { "default" };
    ListedRecording {
        recording: RecordingRef::parse(organisation, Provider::Twilio, &placed.call_sid, &placed.recording_sid)
            .expect("Twilio's ids"),
        created_at,
        standing,
        duration_seconds: placed.reported_seconds,
        channels: Some(1),
        started_at: Some(created_at),
        ended_at: None,
    }
}

fn place_completed(ground: &Ground, at: i64) -> ListedRecording {
    place(ground, at, PlaceRecording::default(), Standing::Completed)
}

/// What the list is to show, and around it what it is not to show.
async fn placed(ground: &Ground) -> Vec<ListedRecording> {
    for outside in [-24 * 60, -31, 60, 61, 24 * 60, 48 * 60] {
        place_completed(ground, outside);
    }
    let deleted = place(ground, 1, PlaceRecording::default(), Standing::Deleted);
    ground.twilio().await.delete(&deleted.recording).await.expect("deleted");
    let absent = PlaceRecording { outcome: Outcome::Absent { error_code: 16101 }, ..PlaceRecording::default() };
    let goes_on = PlaceRecording { outcome: Outcome::InProgress, ..PlaceRecording::default() };
    let unready = PlaceRecording { ready: Ready::WhenTold, ..PlaceRecording::default() };
    let another = PlaceRecording { call_sid: Some(deleted.recording.call_id.to_string()), ..PlaceRecording::default() };
    vec![
        place_completed(ground, -30),
        place_completed(ground, -1),
        place_completed(ground, 0),
        place_completed(ground, 0),
        place(ground, 1, another, Standing::Completed),
        place(ground, 2, absent, Standing::Absent { reason: "too short (16101)".to_owned() }),
        place(ground, 3, goes_on, Standing::Unfinished),
        place(ground, 4, unready, Standing::Unfinished),
        place_completed(ground, 59),
        deleted,
    ]
}

#[tokio::test]
async fn twilios_list_keeps_its_contract_whatever_a_page_holds() {
    let ground = ground().await;
    let expected = placed(&ground).await;
    let theirs = PlaceRecording { account_sid: Some(acme().sid), ..PlaceRecording::default() };
    let theirs =
        [place(&ground, 1, theirs.clone(), Standing::Completed), place(&ground, 5, theirs, Standing::Completed)];
    for page_size in [1, 3, 250] {
        let twilio = ground.twilio().await.with_page_size(page_size);
        let pages = contract::provider_list(&twilio, &list_of("default"), &expected).await;
        assert_eq!(pages == 1, page_size == 250, "{pages} pages of {page_size}");
        contract::provider_list(&twilio, &list_of("acme"), &theirs).await;
    }
    assert_eq!(ground.standins.world().violations(), []);
}

#[tokio::test]
async fn twilios_list_keeps_its_contract_while_recordings_are_made_and_deleted() {
    for page_size in [1, 2, 4] {
        let ground = ground().await;
        let expected = placed(&ground).await;
        let twilio = ground.twilio().await;
        // The list would have no end if recordings were made as fast as they are read.
        let mut to_delete = expected.iter().filter(|listed| listed.standing == Standing::Completed);
        let change = async || {
            let Some(listed) = to_delete.next() else { return };
            for at in [-30, 0, 1, 59, 60] {
                place_completed(&ground, at);
            }
            twilio.delete(&listed.recording).await.expect("deleted");
        };
        let paging = ground.twilio().await.with_page_size(page_size);
        contract::provider_list_while_it_changes(&paging, &list_of("default"), &expected, change).await;
    }
}

#[tokio::test]
async fn twilios_list_of_a_call_keeps_its_contract() {
    let ground = ground().await;
    let expected = placed(&ground).await;
    let deleted = expected.last().expect("something was placed");
    let twilio = ground.twilio().await.with_page_size(1);
    let call = CallRef {
        organisation: Organisation::default_organisation(),
        provider: Provider::Twilio,
        call_id: deleted.recording.call_id.clone(),
    };
    let of_call: Vec<_> = expected.iter().filter(|listed| listed.recording.call_id == call.call_id).cloned().collect();
    assert_eq!(of_call.len(), 2);
    let list = RecordingList::OfCall(call.clone());
    assert_eq!(contract::provider_list(&twilio, &list, &of_call).await, 2);
    let unknown = CallRef { call_id: stranger().call_id, ..call.clone() };
    contract::provider_list_of_nobody(&twilio, &unknown).await;
    let of_another = CallRef { organisation: "acme".parse().expect("an organisation"), ..call };
    contract::provider_list_of_nobody(&twilio, &of_another).await;
}
