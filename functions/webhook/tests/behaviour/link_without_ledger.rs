//! Links while no ledger can be read, or none names their recording.

use jiff::SignedDuration;
use recordings::fakes::{Fault, Plan, ProviderRecording, Where, sample};
use recordings::ledger_entry::Change;
use recordings::link::{LinkTarget, STAND_IN_LIFE};
use recordings::ports::ErrorKind;

use crate::gateway::Request;
use crate::link::{DOWN, accesses, changed, path_of, received, stored};
use crate::scene::Scene;

/// How a link was made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Made {
    WithLedger,
    Without,
    WithoutLongAgo,
}

fn path(scene: &Scene, made: Made) -> String {
    let now = scene.world.time();
    let long_ago = now - STAND_IN_LIFE - SignedDuration::from_mins(1);
    let stand_in = |at| LinkTarget::stand_in(sample::recording(1), at);
    let target = match made {
        Made::WithLedger => return path_of(scene, &sample::recording(1), 0),
        Made::Without => stand_in(now),
        Made::WithoutLongAgo => stand_in(long_ago),
    };
    format!("/r/{}", scene.world.secrets().link_keys.seal(&target))
}

fn scene(plan: Plan) -> Scene {
    let scene = Scene::with_plan(plan);
    scene.world.put_provider_recording(&sample::recording(1), ProviderRecording::completed(sample::wav(1, 1)));
    scene
}

fn status(scene: &Scene, made: Made) -> u16 {
    scene.send(&Request::new("GET", &path(scene, made)).header("range", "bytes=0-")).status
}

fn ledger(fault: Fault) -> Plan {
    Plan::none().always(Where::ports(&["LedgerRead"]), fault)
}

#[test]
fn while_the_ledger_is_out_of_reach_only_a_young_stand_in_link_plays() {
    let refused = Fault::ErrorBefore(ErrorKind::Refused);
    let throttled = Fault::ErrorBefore(ErrorKind::Throttled { retry_after: None });
    for fault in [DOWN, Fault::Hang, refused, throttled] {
        for (made, expected) in [(Made::WithLedger, 503), (Made::Without, 206), (Made::WithoutLongAgo, 503)] {
            assert_eq!(status(&scene(ledger(fault)), made), expected, "{fault:?} {made:?}");
        }
    }
}

#[test]
fn an_entry_that_cannot_be_understood_may_say_that_the_link_is_revoked() {
    let unreadable = scene(ledger(Fault::ErrorBefore(ErrorKind::Invalid)));
    assert_eq!(status(&unreadable, Made::Without), 503);
}

#[test]
fn where_no_entry_is_yet_only_a_young_stand_in_link_plays() {
    for (made, expected) in [(Made::WithLedger, 404), (Made::Without, 206), (Made::WithoutLongAgo, 404)] {
        assert_eq!(status(&scene(Plan::none()), made), expected, "{made:?}");
    }
}

#[test]
fn once_the_ledger_answers_it_decides_for_every_link() {
    let made = [Made::WithLedger, Made::Without, Made::WithoutLongAgo];
    let scene = scene(Plan::none());
    let (received, stored) = (received(&scene), stored(&scene));
    for (entry, expected) in [
        (received.clone(), 206),
        (stored.clone(), 302),
        (changed(&scene, &received, [Change::LinksRevoked]), 404),
        (changed(&scene, &stored, [Change::Erased]), 410),
        (changed(&scene, &stored, [Change::Expired]), 410),
    ] {
        scene.world.put_entry(&entry);
        assert_eq!(made.map(|made| status(&scene, made)), [expected; 3], "{:?}", entry.state());
    }
}

#[test]
fn with_the_bucket_wholly_down_it_plays_and_the_log_tells_of_it() {
    let scene = scene(Plan::none().always(Where::s3(), DOWN));
    assert_eq!(status(&scene, Made::Without), 206);
    assert_eq!((scene.log.records("link_without_ledger").len(), scene.count_of("link_without_ledger")), (1, 1));
    let [trace] = <[_; 1]>::try_from(scene.log.records("audit_not_written")).unwrap();
    assert_eq!((trace["tier"].as_str(), trace["outcome"].as_str()), (Some("provider"), Some("slice")));
    assert_eq!(scene.log.records("link_failed").len(), 0);
}

/// The provider's copy goes as soon as ours is safe, and that may be just now.
#[test]
fn what_came_home_meanwhile_is_led_to() {
    let first_look = Plan::none().nth(1, Where::ports(&["LedgerRead"]), DOWN);
    let scene = Scene::with_plan(first_look);
    scene.world.put_entry(&stored(&scene));
    assert_eq!(status(&scene, Made::Without), 302, "the provider has nothing any more");
    let outcomes: Vec<_> = accesses(&scene).iter().map(|access| (access.tier, access.outcome)).collect();
    assert_eq!(outcomes, [("bucket", "redirected")]);
}
