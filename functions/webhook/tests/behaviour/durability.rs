//! A 2xx means that a record is durable, whatever goes wrong; and Twilio never waits long for either answer.

use std::time::Duration;

use recordings::fakes::{Call, Fault, Halted, Plan, Where};
use recordings::ports::ErrorKind;

use crate::scene::Scene;
use crate::twilio::Webhook;

const PATIENCE: Duration = Duration::from_secs(2);
/// What the secret's client takes at most; after it, Twilio still has time for another try.
const SECRET_PATIENCE: Duration = Duration::from_secs(5);
const DOWN: Fault = Fault::ErrorBefore(ErrorKind::Unavailable);
const REFUSED: Fault = Fault::ErrorBefore(ErrorKind::Refused);

fn with_faults(webhook: &Webhook, plan: Plan) -> (Scene, Result<u16, Halted>) {
    let scene = Scene::with_plan(plan);
    scene.world.adjust(|settings| settings.patience = Some(SECRET_PATIENCE));
    let answer = scene.try_send(&webhook.request()).map(|answer| answer.status);
    (scene, answer)
}

fn is_durable(scene: &Scene) -> bool {
    !scene.queued().is_empty() || !scene.keys("open/").is_empty() || !scene.keys("calls/").is_empty()
}

#[test]
fn the_queue_or_the_marker_is_enough() {
    let (queue, marker) = (Where::ports(&["TransferQueue"]), Where::ports(&["OpenMarkerWrite"]));
    let table = [
        (None, None, 204, false),
        (Some(DOWN), None, 204, false),
        (None, Some(DOWN), 204, false),
        (Some(REFUSED), None, 204, false),
        (Some(Fault::ReplyLost), Some(DOWN), 503, false),
        (Some(DOWN), Some(DOWN), 503, false),
        (Some(Fault::Hang), None, 204, true),
        (None, Some(Fault::Hang), 204, true),
        (Some(Fault::Hang), Some(DOWN), 503, true),
        (Some(DOWN), Some(Fault::Hang), 503, true),
        (Some(Fault::Hang), Some(Fault::Hang), 503, true),
    ];
    for (queue_fault, marker_fault, expected, waits) in table {
        let plan = [(&queue, queue_fault), (&marker, marker_fault)]
            .into_iter()
            .filter_map(|(calls, fault)| Some((calls, fault?)))
            .fold(Plan::none(), |plan, (calls, fault)| plan.always(calls.clone(), fault));
        let (scene, status) = with_faults(&Webhook::recording(), plan);
        let case = format!("queue {queue_fault:?}, marker {marker_fault:?}");
        assert_eq!(status, Ok(expected), "{case}");
        assert_eq!(scene.elapsed(), if waits { PATIENCE } else { Duration::ZERO }, "{case}");
        let failures = [queue_fault, marker_fault].iter().flatten().count();
        assert_eq!(scene.log.records("webhook_half_durable").len(), failures, "{case}");
        assert_eq!(scene.count_of("webhook_half_durable"), failures, "{case}");
        let lost = usize::from(expected == 503);
        assert_eq!((scene.count_of("webhook_not_durable"), scene.count_of("webhook_accepted")), (lost, 1 - lost));
    }
}

#[test]
fn queue_and_marker_are_written_at_once() {
    let (scene, _) = with_faults(&Webhook::recording(), Plan::none());
    let ports: Vec<_> = scene.world.calls().into_iter().map(|call| call.port).collect();
    assert_eq!(ports, ["SecretSource", "TransferQueue", "OpenMarkerWrite"]);
}

#[test]
fn a_call_that_could_not_be_noted_is_asked_for_again() {
    for (fault, waits) in [(DOWN, Duration::ZERO), (Fault::Hang, PATIENCE)] {
        let plan = Plan::none().always(Where::ports(&["CallNotes"]), fault);
        let (scene, status) = with_faults(&Webhook::status(), plan);
        assert_eq!((status, scene.elapsed()), (Ok(503), waits));
        assert_eq!((scene.log.records("webhook_not_durable").len(), scene.count_of("webhook_not_durable")), (1, 1));
    }
}

#[test]
fn without_the_secret_nobody_is_believed_and_everybody_may_come_again() {
    for (fault, waits) in [(DOWN, Duration::ZERO), (Fault::Hang, SECRET_PATIENCE)] {
        for webhook in [Webhook::recording(), Webhook::status(), Webhook::voice()] {
            let plan = Plan::none().always(Where::ports(&["SecretSource"]), fault);
            let (scene, status) = with_faults(&webhook, plan);
            assert_eq!((status, scene.elapsed()), (Ok(503), waits));
            assert_eq!((scene.log.records("secret_unavailable").len(), scene.count_of("secret_unavailable")), (1, 1));
            scene.assert_untouched();
        }
    }
}

/// Every fault of every call, and every pair of faults of two calls. A new call is covered without anyone remembering.
#[test]
fn no_fault_makes_a_2xx_of_what_is_not_durable() {
    for webhook in [Webhook::recording(), Webhook::recording().set("RecordingStatus", "absent"), Webhook::status()] {
        let (healthy, status) = with_faults(&webhook, Plan::none());
        assert_eq!(status, Ok(204));
        let plans: Vec<Plan> =
            Plan::each_single(&healthy.world.calls()).chain(each_pair(&healthy.world.calls())).collect();
        assert!(plans.len() > 10, "{}", plans.len());
        for plan in plans {
            let (scene, status) = with_faults(&webhook, plan);
            let replay = scene.world.replay();
            match status {
                Ok(204) => assert!(is_durable(&scene), "{replay}: a record of nothing"),
                Ok(503) | Err(Halted::Died) => {}
                other => panic!("{replay}: {other:?}"),
            }
            assert!(scene.elapsed() <= PATIENCE + SECRET_PATIENCE, "{replay}: {:?}", scene.elapsed());
        }
    }
}

fn each_pair(calls: &[Call]) -> impl Iterator<Item = Plan> {
    let faults = |call: &Call| call.possible_faults().into_iter().map(|fault| (call.number, fault)).collect::<Vec<_>>();
    let pairs =
        calls.iter().enumerate().flat_map(|(at, first)| calls[at + 1..].iter().map(move |second| (first, second)));
    pairs.flat_map(move |(first, second)| {
        let (first, second) = (faults(first), faults(second));
        first.into_iter().flat_map(move |(a, fault)| {
            let plan = Plan::none().at(a, fault);
            second.clone().into_iter().map(move |(b, fault)| plan.clone().at(b, fault))
        })
    })
}
