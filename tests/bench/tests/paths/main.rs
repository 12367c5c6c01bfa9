//! The hot paths, each so many times as it is told: `instructions` runs it under callgrind, where twice as many times take so
//! many instructions more, whatever the start takes.

#![expect(clippy::unwrap_used, reason = "a path that cannot be gone has failed")]

#[path = "../../src/inside/scene.rs"]
mod scene;
mod sts;

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use recordings::adapters::aws::{Clients, S3LinkSigner, Signing};
use recordings::audio::{Container, Measurement, Probe};
use recordings::fakes::{Settings, World, sample};
use recordings::history_line::{History, LineEvent, LineStyle, PinnedLine};
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::AudioPrefix;
use recordings::ports::{LinkSigner, Method};
use simulation::installation::figures::Figures;
use simulation::installation::ports::WebhookPorts;
use standins::speech::{Channels, Format, Track};

/// What a path is called, and how to go it so many times.
type Path = (&'static str, fn(usize));

const PATHS: [Path; 6] = [
    ("a webhook verified, and its ledger entry made", webhook_and_entry),
    ("1 MB hashed and checked", hashed),
    ("1 MB of mp3 walked", walked),
    ("a URL signed", signed),
    ("a page of a day list", day_page),
    ("a history line written", history_line),
];

const MEGABYTE: u64 = 1_000_000;
/// As it comes off the wire.
const PIECE: usize = 16 * 1024;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("--path"), Some(name), Some(times)) => {
            let (_, path) = PATHS.iter().find(|(known, _)| *known == name).unwrap();
            path(times.parse().unwrap());
        }
        _ => PATHS.iter().for_each(|(_, path)| path(1)),
    }
}

fn world() -> World {
    World::with(Settings { remembers: false, ..Settings::default() })
}

fn webhook_and_entry(times: usize) {
    let (world, taken) = (world(), scene::Taken::default());
    let ports = WebhookPorts {
        world: world.worker("webhook"),
        transfer_queue: taken.clone(),
        open_markers: taken.clone(),
        figures: Figures::default(),
    };
    let (router, event) = (webhook::router(ports, scene::settings()), scene::signed(1));
    let (recording, now) = (sample::recording(1), world.time());
    let (job, report) = (sample::job_number(1), sample::report(62, now));
    for _ in 0..times {
        let answer = scene::answer(&world, &router, &event);
        assert_eq!(answer["statusCode"], 204);
        let entry = LedgerEntry::received(recording.clone(), Some(job.clone()), &report, now);
        black_box(serde_json::to_string(&entry).unwrap());
    }
    assert_eq!(taken.count(), 2 * times);
}

fn mp3() -> Bytes {
    let track = Track::of_length(Format::Mp3, Channels::Mono, MEGABYTE);
    track.read(0, track.length())
}

fn hashed(times: usize) {
    let audio = mp3();
    for _ in 0..times {
        let mut measurement = Measurement::new();
        audio.chunks(PIECE).for_each(|piece| measurement.feed(piece));
        assert!(measurement.finish().facts.is_ok());
    }
}

fn walked(times: usize) {
    let audio = mp3();
    for _ in 0..times {
        let mut probe = Probe::new();
        audio.chunks(PIECE).for_each(|piece| probe.feed(piece));
        assert!(probe.finish().is_ok());
    }
}

fn signed(times: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clients = Clients::for_endpoint(&sts::listen(), "us-east-1", "test", "test").unwrap();
    let (bucket, role_arn) = ("bench".to_owned(), "arn:aws:iam::000000000000:role/links".to_owned());
    let signer = S3LinkSigner::new(&clients, Signing { bucket, role_arn, public_endpoint: None }, world());
    let prefix = AudioPrefix::parse("recordings/").unwrap();
    let key = prefix.audio_key(&sample::recording(1), world().time(), None, Container::Mp3);
    runtime.block_on(async {
        for _ in 0..times {
            let url = signer.sign(&key, "call.mp3", Method::Get, Duration::from_secs(900)).await.unwrap();
            assert!(url.url.contains("X-Amz-Signature="));
        }
    });
}

fn day_page(times: usize) {
    let world = world();
    world.set_secrets(scene::secrets());
    (1..=1_000).for_each(|number| scene::put(&world, number));
    let process = world.worker("webhook");
    let ports = WebhookPorts {
        transfer_queue: process.clone(),
        open_markers: process.clone(),
        world: process.clone(),
        figures: Figures::default(),
    };
    let router = webhook::router(ports, scene::settings());
    let token = format!("Bearer {}", scene::token(world.time().as_second()));
    let page = scene::event("GET", "/api/recordings?from=2024-03-15&to=2024-03-15", "", &[("authorization", &token)]);
    for _ in 0..times {
        assert_eq!(scene::answer(&process, &router, &page)["statusCode"], 200);
    }
}

/// Into a history of twenty.
fn history_line(times: usize) {
    let style = LineStyle { source: "AI Agent".to_owned(), time_zone: jiff::tz::TimeZone::UTC };
    let now = world().time();
    let line = |number: u64| {
        let url = format!("https://calls.example.com/r/k1.{number}");
        PinnedLine::new(&style, now, &sample::recording(number), &LineEvent::Stored { url: &url })
    };
    let before = (1..=20).map(|number| line(number).text).collect::<Vec<_>>().join("\n");
    for _ in 0..times {
        let mut history = History::new(before.clone());
        assert_eq!(history.ensure(&line(21)), Ok(true));
        black_box(history.as_str());
    }
}
