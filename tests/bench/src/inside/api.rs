//! The read API without the wire: a link's signed URL, whether a recording is there, and a day of ten thousand.

use recordings::fakes::{World, sample};
use recordings::link::LinkTarget;
use serde_json::Value;
use simulation::installation::figures::Figures;
use simulation::installation::ports::WebhookPorts;

use crate::measured::{Found, microseconds};
use crate::scene::{answer, event, put, secrets, settings, token};

const A_DAY: u64 = 10_000;
const ROUNDS: usize = 500;

pub(crate) fn measure(found: &mut Found) {
    let world = World::new(1);
    world.set_secrets(secrets());
    (1..=A_DAY).for_each(|number| put(&world, number));
    let process = world.worker("webhook");
    let ports = WebhookPorts {
        transfer_queue: process.clone(),
        open_markers: process.clone(),
        world: process.clone(),
        figures: Figures::default(),
    };
    let router = webhook::router(ports, settings());
    let token = format!("Bearer {}", token(world.time().as_second()));
    let mut ask = |what: &str, target: &str, status: u64, rounds: usize| {
        let event = event("GET", target, "", &[("authorization", &token)]);
        let times: Vec<f64> = (0..rounds)
            .map(|_| {
                let (time, answer) = microseconds(|| answer(&process, &router, &event));
                assert_eq!(answer["statusCode"], status, "{what}: {answer}");
                time
            })
            .collect();
        found.add(what, "webhook", "us of processor", &times);
    };
    let recording = sample::recording(7);
    let link = world.secrets().link_keys.seal(&LinkTarget::new(recording.clone(), 0));
    ask("a link, to its signed URL", &format!("/r/{link}"), 302, ROUNDS);
    let call = recording.call_id;
    ask("availability of a call's recording", &format!("/api/calls/{call}/recording/availability"), 200, ROUNDS);
    ask("a page of a day of 10,000", "/api/recordings?from=2024-03-15&to=2024-03-15", 200, 50);
    let first = event("GET", "/api/recordings?from=2024-03-15&to=2024-03-15", "", &[("authorization", &token)]);
    let (time, listed) = microseconds(|| whole(&process, &router, &token, &first));
    assert_eq!(listed, A_DAY);
    found.add("all pages of a day of 10,000", "webhook", "ms of processor", &[time / 1e3]);
}

/// Goes through all pages; how many recordings there are.
fn whole(world: &World, router: &axum::Router, token: &str, first: &str) -> u64 {
    let (mut event_of_page, mut listed) = (first.to_owned(), 0);
    loop {
        let answer = answer(world, router, &event_of_page);
        let page: Value = serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default();
        listed += page["recordings"].as_array().map_or(0, |recordings| recordings.len() as u64);
        let Some(cursor) = page["next_cursor"].as_str() else { return listed };
        let target = format!("/api/recordings?from=2024-03-15&to=2024-03-15&cursor={cursor}");
        event_of_page = event("GET", &target, "", &[("authorization", token)]);
    }
}
