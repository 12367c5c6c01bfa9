//! What always holds (the numbers are those of the project's design), one file an invariant. Those that hold after every
//! step are read from the journal, which keeps how things stood at each; the rest is looked at when nothing is left to do.

mod n01_the_providers_copy_goes_last;
mod n02_a_2xx_means_durable;
mod n03_each_recording_once;
mod n04_stored_audio_is_audio;
mod n05_state_moves_along_the_table;
mod n06_again_is_the_same_as_once;
mod n07_what_is_not_ours_changes_nothing;
mod n08_requests_go_where_we_are_told;
mod n09_organisations_are_apart;
mod n10_held_stays_and_erased_is_gone;
mod n11_nobody_reads_secrets;
mod n12_everything_is_settled;
mod n13_poison_delays_nobody;
mod n14_nothing_leaks;
mod n15_airtable_gets_its_quiet;
mod n16_failures_are_counted;

use std::collections::BTreeMap;

use recordings::fakes::FakeObject;
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::AudioKey;
use recordings::ports::JobRecord;
use recordings::recording::Organisation;

use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::{End, Expected};

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The number of the invariant.
    pub invariant: u8,
    /// What is wrong.
    pub what: String,
}

impl Broken {
    pub(crate) fn new(invariant: u8, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "invariant {}: {}", self.invariant, self.what)
    }
}

/// How many there are.
pub const COUNT: u64 = 16;

/// Everything that does not hold of a run that is over.
pub fn broken<W: Wiring>(played: &Played<W>) -> Vec<Broken> {
    let all = [
        (1, n01_the_providers_copy_goes_last::broken(played)),
        (2, n02_a_2xx_means_durable::broken(played)),
        (3, n03_each_recording_once::broken(played)),
        (4, n04_stored_audio_is_audio::broken(played)),
        (5, n05_state_moves_along_the_table::broken(played)),
        (6, n06_again_is_the_same_as_once::broken(played)),
        (7, n07_what_is_not_ours_changes_nothing::broken(played)),
        (8, n08_requests_go_where_we_are_told::broken(played)),
        (9, n09_organisations_are_apart::broken(played)),
        (10, n10_held_stays_and_erased_is_gone::broken(played)),
        (11, n11_nobody_reads_secrets::broken(played)),
        (12, n12_everything_is_settled::broken(played)),
        (13, n13_poison_delays_nobody::broken(played)),
        (14, n14_nothing_leaks::broken(played)),
        (15, n15_airtable_gets_its_quiet::broken(played)),
        (16, n16_failures_are_counted::broken(played)),
    ];
    all.into_iter().flat_map(|(number, broken)| broken.into_iter().map(move |what| Broken::new(number, what))).collect()
}

/// What a run left behind, to be compared with what more deliveries make of it.
#[derive(PartialEq)]
pub(crate) struct Left {
    entries: Vec<LedgerEntry>,
    objects: BTreeMap<AudioKey, FakeObject>,
    jobs: BTreeMap<Organisation, Vec<JobRecord>>,
    keys: Vec<String>,
}

impl Left {
    /// How often something was tried may change: word that a transfer died, behind an absence, is a reason to ask the
    /// provider once more. So may the number of receipts: each pass over an erased call that finds something to remove, be it
    /// the marker of a webhook that came once more, leaves one. And a schedule whose time comes meanwhile moves its cursor.
    pub(crate) fn by<W: Wiring>(played: &Played<W>) -> Self {
        let world = &played.installation.world;
        let lasting = |mut entry: LedgerEntry| {
            (entry.attempts, entry.last_error) = (0, None);
            entry
        };
        let lasts = |key: &String| !["receipts/", "cursors/"].iter().any(|prefix| key.starts_with(prefix));
        Self {
            entries: world.entries().into_iter().map(lasting).collect(),
            objects: world.objects(),
            jobs: jobs(played),
            keys: world.document_keys().into_iter().filter(lasts).collect(),
        }
    }

    /// What there is that was not there before, or is otherwise.
    pub(crate) fn new_since(&self, before: &Self) -> Vec<String> {
        let entries = self.entries.iter().filter(|entry| !before.entries.contains(entry));
        let entries = entries.map(|entry| format!("the entry of {}, now {:?}", entry.recording, entry.state()));
        let objects = self.objects.iter().filter(|(key, object)| before.objects.get(*key) != Some(*object));
        let objects = objects.map(|(key, _)| format!("the audio {key}"));
        let jobs = self.jobs.iter().filter(|(organisation, jobs)| before.jobs.get(*organisation) != Some(*jobs));
        let jobs = jobs.map(|(organisation, _)| format!("a history of {organisation}"));
        let keys = self.keys.iter().filter(|key| !before.keys.contains(key)).cloned();
        entries.chain(objects).chain(jobs).chain(keys).collect()
    }
}

/// Every organisation's jobs.
fn jobs<W: Wiring>(played: &Played<W>) -> BTreeMap<Organisation, Vec<JobRecord>> {
    let organisations = ["default", "acme"].map(|name| name.parse::<Organisation>().expect("it is valid"));
    organisations.into_iter().map(|one| (one.clone(), played.installation.world.jobs(&one))).collect()
}

/// The recordings that are ours, how they have to end, and their entries. Whether anybody took their webhooks or not, the
/// provider's list has them; but what only a webhook would have said, which job it was, nobody knows then.
fn heard_of<W: Wiring>(played: &Played<W>) -> Vec<(Expected, Option<LedgerEntry>)> {
    let ours = played.script.expected.iter().filter(|expected| expected.end != End::Unheard);
    let with_entry = |expected: &Expected| {
        let entry = played.installation.world.entry(&expected.recording);
        let told = played.installation.accepted(&expected.recording);
        let has_a_job = told || entry.as_ref().is_some_and(|entry| entry.job_number.is_some());
        let end = match expected.end {
            End::Home if !has_a_job => End::Unassigned,
            End::Absent if !has_a_job => End::AbsentUnassigned,
            // Its webhook alone says how long it should play, and whose job it is.
            End::Suspect if !has_a_job => End::Unassigned,
            // A hold is placed on an entry that is there before the webhook.
            End::Held if !told => return None,
            end => end,
        };
        Some((Expected { recording: expected.recording.clone(), end }, entry))
    };
    ours.filter_map(with_entry).collect()
}

/// Whether an invocation ended before its work did, so that what it was about to say is lost with it.
fn anybody_died<W: Wiring>(played: &Played<W>) -> bool {
    played.installation.deaths > 0
}
