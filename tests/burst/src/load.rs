use std::collections::BTreeMap;

use standins::{Audio, CreateJob, JournalQuery, PlaceRecording, PlacedRecording, Service, World};

/// So many recordings share a job, and so many webhooks bring one that came before.
const RECORDINGS_A_JOB: usize = 10;
const ONE_IN: usize = 10;
/// Long enough to be speech, short enough that the machine's time goes into what is measured.
const SECONDS: f64 = 3.0;

pub(crate) const BY_A_PERSON: &str = "a person wrote this";

/// What is there before the first webhook.
#[derive(Debug)]
pub struct Load {
    /// The number and the record of each job.
    pub(crate) jobs: Vec<(String, String)>,
    /// Each recording, and the place of its job.
    pub(crate) recordings: Vec<(PlacedRecording, usize)>,
    /// The webhooks in their order: the place of the recording that each is about.
    pub(crate) webhooks: Vec<usize>,
}

impl Load {
    /// Recordings that wait at Twilio, and their jobs; nine webhooks in ten are the first of theirs.
    pub(crate) fn prepare(world: &World, webhooks: usize) -> Self {
        let duplicates = webhooks / ONE_IN;
        let count = webhooks - duplicates;
        let jobs: Vec<_> = (0..count.div_ceil(RECORDINGS_A_JOB)).map(|n| job(world, n)).collect();
        let placed = |n: usize| {
            let wanted = PlaceRecording { audio: Audio::Seconds(SECONDS), ..PlaceRecording::default() };
            let placed = world.place_recording(wanted).unwrap_or_else(|error| panic!("no recording: {error}"));
            // One job after the other, so that neighbours in the queues are of different jobs.
            (placed, n % jobs.len())
        };
        let recordings = (0..count).map(placed).collect();
        // A duplicate comes right behind its first, so that both are under way at once, or a hundred later.
        let mut order: Vec<(usize, usize)> = (0..count).map(|n| (2 * n, n)).collect();
        order.extend(
            (0..duplicates).map(|n| n * ONE_IN % count).map(|n| (2 * n + if n % 20 == 0 { 1 } else { 201 }, n)),
        );
        order.sort_unstable();
        Self { jobs, recordings, webhooks: order.into_iter().map(|(_, n)| n).collect() }
    }

    /// How often each recording was deleted at Twilio, which is the last thing that is done to it.
    pub(crate) fn deleted_at_twilio(&self, world: &World) -> BTreeMap<String, usize> {
        let mut deleted = BTreeMap::new();
        for entry in world.journal(JournalQuery::of(Service::Twilio).method("DELETE")) {
            let id = entry.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json");
            *deleted.entry(id.to_owned()).or_default() += 1;
        }
        deleted
    }
}

fn job(world: &World, n: usize) -> (String, String) {
    let number = format!("LOAD{n}");
    let job = CreateJob { history: Some(BY_A_PERSON.to_owned()), ..CreateJob::numbered(&number) };
    let record = world.create_job(job).unwrap_or_else(|error| panic!("no job: {error}"));
    (number, record)
}
