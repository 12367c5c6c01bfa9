//! A verified webhook without the wire: from the event to the answer, with its message and marker written as JSON.

use recordings::fakes::World;
use simulation::installation::figures::Figures;
use simulation::installation::ports::WebhookPorts;

use crate::measured::{Found, megabytes, microseconds};
use crate::scene::{Taken, answer, settings, signed};

/// What a storm of them is.
const BURST: u64 = 10_000;

pub(crate) fn measure(found: &mut Found) {
    let world = World::new(1);
    let taken = Taken::default();
    let ports = WebhookPorts {
        world: world.worker("webhook"),
        transfer_queue: taken.clone(),
        open_markers: taken.clone(),
        figures: Figures::default(),
    };
    let router = webhook::router(ports, settings());
    let events: Vec<String> = (1..=BURST).map(signed).collect();
    let (before, mut times) = (megabytes(), Vec::new());
    let mut refused = 0;
    for event in &events {
        let (time, answer) = microseconds(|| answer(&world, &router, event));
        refused += u64::from(answer["statusCode"].as_u64().is_none_or(|status| status >= 300));
        times.push(time);
    }
    let what = "a verified webhook, our own work";
    found.add(what, "webhook", "us of processor", &times);
    let a_second: Vec<f64> = times.iter().map(|time| 1e6 / time).collect();
    found.add(what, "webhook", "a second on one core", &a_second);
    let what = "a burst of 10,000 verified webhooks";
    found.add(what, "webhook", "not answered 2xx", &[refused as f64]);
    let missing = BURST as f64 * 2.0 - taken.count() as f64;
    found.add(what, "webhook", "messages and markers missing", &[missing]);
    found.add(what, "webhook", "MB more than before", &[megabytes() - before]);
}
