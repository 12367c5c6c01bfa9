use serde_json::Value;
use standins::{Account, Fault, FaultRule, PlaceCall, PlaceNumber, PlaceRecording, Service, Settings, TwilioBehaviour};

use crate::scene::Scene;

#[tokio::test]
async fn list_is_followed_page_by_page_to_its_end() {
    let scene = Scene::start().await;
    let mut placed: Vec<String> = (0..7).map(|_| scene.place(PlaceRecording::default()).recording_sid).collect();
    let mut uri = list_path(&scene, "?PageSize=3&DateCreated%3E=2024-03-15");
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = scene.twilio("GET", &uri).send().await.json();
        seen.extend(sids(&page));
        pages += 1;
        match page["next_page_uri"].as_str() {
            Some(next) => {
                assert!(next.starts_with("/2010-04-01/Accounts/") && next.contains("DateCreated%3E="), "{next}");
                uri = next.to_owned();
            }
            None => break,
        }
    }
    seen.sort();
    placed.sort();
    assert_eq!((pages, seen), (3, placed));
}

#[tokio::test]
async fn page_tokens_survive_deletion_and_arrival_between_pages() {
    let scene = Scene::start().await;
    for day in ["2024-03-11", "2024-03-12", "2024-03-13", "2024-03-14"] {
        place_on(&scene, day);
    }
    let first = scene.twilio("GET", &list_path(&scene, "?PageSize=2")).send().await.json();
    let last_seen = sids(&first)[1].clone();
    place_on(&scene, "2024-03-15");
    let gone = list_path(&scene, "").replace(".json", &format!("/{last_seen}.json"));
    assert_eq!(scene.twilio("DELETE", &gone).send().await.status, 204);
    let second = scene.twilio("GET", first["next_page_uri"].as_str().unwrap()).send().await.json();
    let days: Vec<&str> = second["recordings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|recording| &recording["date_created"].as_str().unwrap()[5..11])
        .collect();
    assert_eq!(days, ["12 Mar", "11 Mar"]);
}

#[tokio::test]
async fn deleted_recordings_are_listed_only_on_request() {
    let scene = Scene::start().await;
    let placed = scene.place(PlaceRecording::default());
    let path = list_path(&scene, "").replace(".json", &format!("/{}.json", placed.recording_sid));
    scene.twilio("DELETE", &path).send().await;
    for (query, count) in [("", 0), ("?IncludeSoftDeleted=true", 1), ("?IncludeSoftDeleted=false", 0)] {
        let page = scene.twilio("GET", &list_path(&scene, query)).send().await.json();
        assert_eq!(sids(&page).len(), count, "{query}");
    }
}

#[tokio::test]
async fn recordings_of_a_call_are_listed_by_both_routes() {
    let scene = Scene::start().await;
    let call_sid = scene.world().place_call(PlaceCall::default()).unwrap();
    let of_call = format!("/2010-04-01/Accounts/{}/Calls/{call_sid}/Recordings.json", scene.account.sid);
    let by_query = list_path(&scene, &format!("?CallSid={call_sid}"));
    scene.place(PlaceRecording::default());
    for path in [&of_call, &by_query] {
        assert_eq!(sids(&scene.twilio("GET", path).send().await.json()), Vec::<String>::new());
    }
    let wanted = PlaceRecording { call_sid: Some(call_sid.clone()), ..PlaceRecording::default() };
    let placed = [scene.place(wanted.clone()).recording_sid, scene.place(wanted).recording_sid];
    for path in [&of_call, &by_query] {
        let mut found = sids(&scene.twilio("GET", path).send().await.json());
        found.sort();
        let mut expected = placed.clone();
        expected.sort();
        assert_eq!(found, expected);
    }
    let unknown = of_call.replace(&call_sid, "CAffffffffffffffffffffffffffffffff");
    assert_eq!(scene.twilio("GET", &unknown).send().await.status, 404);
}

#[tokio::test]
async fn accounts_see_their_own_only() {
    let other = Account { sid: "ACffffffffffffffffffffffffffffffff".to_owned(), ..Account::default() };
    let accounts = vec![Account::default(), other.clone()];
    let scene = Scene::with(Settings { accounts, ..Settings::default() }).await;
    let theirs = PlaceRecording { account_sid: Some(other.sid.clone()), ..PlaceRecording::default() };
    let theirs = scene.place(theirs);
    assert_eq!(sids(&scene.twilio("GET", &list_path(&scene, "")).send().await.json()).len(), 0);
    let under_mine = list_path(&scene, "").replace(".json", &format!("/{}.json", theirs.recording_sid));
    assert_eq!(scene.twilio("GET", &under_mine).send().await.status, 404);
    let under_theirs = under_mine.replace(&scene.account.sid, &other.sid);
    assert_eq!(scene.twilio("GET", &under_theirs).send().await.status, 401);
}

#[tokio::test]
async fn calls_and_numbers_are_listed() {
    let scene = Scene::start().await;
    let busy = PlaceCall { status: Some("busy".to_owned()), ..PlaceCall::default() };
    scene.world().place_call(busy).unwrap();
    let call = scene.world().place_call(PlaceCall { seconds: Some(90), ..PlaceCall::default() }).unwrap();
    let path = format!("/2010-04-01/Accounts/{}/Calls", scene.account.sid);
    let page = scene.twilio("GET", &format!("{path}.json?Status=completed&StartTime=2024-03-15")).send().await.json();
    assert_eq!((&page["calls"][0]["sid"], &page["calls"][1]), (&Value::from(&*call), &Value::Null));
    let one = scene.twilio("GET", &format!("{path}/{call}.json")).send().await.json();
    assert_eq!((one["duration"].as_str(), one["status"].as_str()), (Some("90"), Some("completed")));

    let number = PlaceNumber {
        phone_number: "+18005551212".to_owned(),
        voice_url: Some("https://h.example/api/twilio/voice".to_owned()),
        ..PlaceNumber::default()
    };
    let sid = scene.world().place_number(number.clone()).unwrap();
    let moved = PlaceNumber { voice_url: None, number_sid: Some(sid.clone()), ..number };
    scene.world().place_number(moved).unwrap();
    let path = path.replace("Calls", "IncomingPhoneNumbers.json");
    let page = scene.twilio("GET", &path).send().await.json();
    let numbers = page["incoming_phone_numbers"].as_array().unwrap();
    assert_eq!((numbers.len(), &numbers[0]["sid"], &numbers[0]["voice_url"]), (1, &sid.into(), &Value::Null));
}

#[tokio::test]
async fn more_requests_at_once_than_allowed_are_429() {
    let scene = Scene::start().await;
    scene.world().set_twilio_behaviour(TwilioBehaviour { concurrency_limit: Some(1), ..TwilioBehaviour::default() });
    let slow = FaultRule::new(Service::Twilio, Fault::Delay { ms: 100 }).once();
    scene.world().inject(slow).unwrap();
    let path = list_path(&scene, "");
    let (one, other) = tokio::join!(scene.twilio("GET", &path).send(), scene.twilio("GET", &path).send());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
    let refused = if one.status == 429 { one } else { other };
    assert_eq!(refused.json()["code"].as_u64(), Some(20429));
    assert_eq!(scene.twilio("GET", &path).send().await.status, 200);
}

#[tokio::test]
async fn bad_parameters_are_400() {
    let scene = Scene::start().await;
    for query in ["?PageToken=x", "?PageSize=many", "?DateCreated=soon"] {
        let reply = scene.twilio("GET", &list_path(&scene, query)).send().await;
        assert_eq!(reply.status, 400, "{query}");
    }
}

fn place_on(scene: &Scene, day: &str) {
    let started_at = Some(format!("{day}T09:00:00Z").parse().unwrap());
    scene.place(PlaceRecording { started_at, ..PlaceRecording::default() });
}

fn list_path(scene: &Scene, query: &str) -> String {
    format!("/2010-04-01/Accounts/{}/Recordings.json{query}", scene.account.sid)
}

fn sids(page: &Value) -> Vec<String> {
    let recordings = page["recordings"].as_array().unwrap();
    recordings.iter().map(|recording| recording["sid"].as_str().unwrap().to_owned()).collect()
}
