//! Whatever hangs or is slow, a link is answered before Lambda ends the function, and says so where it failed.

use std::time::Duration;

use recordings::fakes::{Fault, Plan, ProviderRecording, Where, sample};
use recordings::ledger_entry::LedgerEntry;
use recordings::link::LinkTarget;

use crate::gateway::{Answer, Request};
use crate::link::{accesses, path_of, received, stored};
use crate::scene::Scene;

/// The function has 28 seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);

const PORTS: [&str; 5] = ["SecretSource", "LedgerRead", "AudioSlices", "LinkSigner", "AuditLog"];

/// Ranges at the end ask the provider twice.
const ASKED: [(&str, &str); 4] = [("GET", ""), ("GET", "bytes=0-"), ("GET", "bytes=-9"), ("HEAD", "")];

/// The ports of each combination, the empty one too.
fn combinations() -> impl Iterator<Item = Vec<&'static str>> {
    let has = |bits: u32, at: usize| bits >> at & 1 == 1;
    (0..1 << PORTS.len()).map(move |bits| (0..PORTS.len()).filter(|at| has(bits, *at)).map(|at| PORTS[at]).collect())
}

/// An entry; the provider has the audio of what is not in the bucket.
fn scene(plan: Plan, entry: fn(&Scene) -> LedgerEntry) -> Scene {
    let scene = Scene::with_plan(plan);
    scene.world.adjust(|settings| settings.patience = None);
    let entry = entry(&scene);
    scene.world.put_entry(&entry);
    if entry.recording_storage_path.is_none() {
        let audio = ProviderRecording::completed(sample::wav(1, 1));
        scene.world.put_provider_recording(&entry.recording, audio);
    }
    scene
}

fn stand_in_path(scene: &Scene) -> String {
    let target = LinkTarget::stand_in(sample::recording(1), scene.world.time());
    format!("/r/{}", scene.world.secrets().link_keys.seal(&target))
}

fn ask(scene: &Scene, path: &str, (method, range): (&'static str, &str)) -> (Answer, Duration) {
    let before = scene.world.time();
    let answer = scene.send(&Request::new(method, path).header("range", range));
    (answer, scene.world.time().duration_since(before).unsigned_abs())
}

/// A failure leaves its record and its figure, and an answer its trace or what stands in for that.
fn assert_told(scene: &Scene, answer: &Answer, case: &str) {
    let failures = usize::from(!matches!(answer.status, 200 | 206 | 302));
    let told = (scene.log.records("link_failed").len(), scene.count_of("link_failed"));
    assert_eq!(told, (failures, failures), "{case}: {}", answer.status);
    let traces = accesses(scene).len() + scene.log.records("audit_not_written").len();
    assert!(traces == 1 || failures == 1, "{case}: {traces}");
}

#[test]
fn whatever_hangs_for_ever_an_answer_comes_in_time_and_each_failure_is_told() {
    let paths: [fn(&Scene) -> String; 2] = [|scene| path_of(scene, &sample::recording(1), 0), stand_in_path];
    for hanging in combinations() {
        for (entry, path) in [received, stored].into_iter().flat_map(|entry| paths.map(|path| (entry, path))) {
            for asked in ASKED {
                let scene = scene(Plan::none().always(Where::ports(&hanging), Fault::Hang), entry);
                let path = path(&scene);
                let (answer, taken) = ask(&scene, &path, asked);
                let case = format!("{hanging:?} {asked:?} {path}");
                assert!(taken <= ANSWERED_WITHIN, "{case}: {taken:?}");
                assert!(matches!(answer.status, 200 | 206 | 302 | 410 | 503), "{case}: {}", answer.status);
                assert_told(&scene, &answer, &case);
            }
        }
    }
}

/// The longest way: the ledger hangs, the provider has nothing any more, the ledger says that the audio came home.
#[test]
fn what_came_home_meanwhile_is_led_to_in_time_or_may_be_asked_again() {
    for (hanging, status, seconds) in [
        (vec![], 302, 4),
        (vec!["LinkSigner"], 503, 22),
        (vec!["AuditLog"], 302, 7),
        (vec!["LinkSigner", "AuditLog"], 503, 25),
    ] {
        let first_look = Plan::none().nth(1, Where::ports(&["LedgerRead"]), Fault::Hang);
        let scene = scene(first_look.always(Where::ports(&hanging), Fault::Hang), stored);
        let path = stand_in_path(&scene);
        let (answer, taken) = ask(&scene, &path, ("GET", ""));
        assert_eq!((answer.status, taken.as_secs()), (status, seconds), "{hanging:?}");
        assert_told(&scene, &answer, &format!("{hanging:?}"));
    }
}

#[test]
fn what_the_provider_no_longer_has_is_not_called_gone_while_nobody_knows_whether_it_came_home() {
    let second_look = Plan::none().nth(2, Where::ports(&["LedgerRead"]), Fault::Hang);
    let scene = Scene::with_plan(second_look);
    scene.world.put_entry(&received(&scene));
    let path = path_of(&scene, &sample::recording(1), 0);
    let (answer, taken) = ask(&scene, &path, ("GET", "bytes=0-"));
    assert_eq!((answer.status, taken.as_secs()), (503, 4));
    let [failed] = <[_; 1]>::try_from(scene.log.records("link_failed")).unwrap();
    assert_eq!(failed["call_id"], sample::recording(1).call_id.as_str());
    let outcomes: Vec<_> = accesses(&scene).iter().map(|access| (access.tier, access.outcome)).collect();
    assert_eq!(outcomes, [("provider", "unavailable")]);
}

#[test]
fn however_slow_each_call_is_an_answer_comes_in_time() {
    for (entry, seconds) in [(received as fn(&Scene) -> LedgerEntry, 3), (received, 12), (stored, 3), (stored, 12)] {
        let scene = scene(Plan::none(), entry);
        scene.world.adjust(|settings| settings.latency = Duration::from_secs(seconds));
        let path = path_of(&scene, &sample::recording(1), 0);
        for asked in ASKED.iter().cycle().take(100) {
            let (answer, taken) = ask(&scene, &path, *asked);
            assert!(taken <= ANSWERED_WITHIN, "{asked:?}: {taken:?} for {}", answer.status);
        }
        assert_eq!(scene.log.records("link_failed").len(), scene.count_of("link_failed"));
    }
}
