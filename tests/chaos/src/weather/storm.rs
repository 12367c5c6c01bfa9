use std::collections::BTreeMap;

use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::StdRng;
use standins::speech::Track;
use standins::{Fault, Method, Service, Weather};

use super::kind::Kind;
use super::place::Place;
use crate::numbers::{dice, number_in};

/// Everybody fails, by a seed. Each recording has a plan of its own, of one to three faults: which of the calls about it
/// are struck. What is about no single recording is struck by chance.
///
/// A plan has an end, so that a recording comes home: somebody who always fails proves nothing but that.
#[derive(Debug)]
pub struct Storm {
    seed: u64,
    /// A host that nobody was told to trust.
    foreign: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    recordings: Vec<Met>,
    struck: BTreeMap<(Place, Kind), u64>,
    by_chance: StdRng,
    burst: Option<Burst>,
}

/// What a recording has met.
#[derive(Debug)]
struct Met {
    track: Track,
    dice: StdRng,
    /// After how many calls about it the next is to be struck, the nearest last.
    plan: Vec<u32>,
    calls: u32,
    struck: Vec<(Place, Kind)>,
}

/// A host that was once overloaded is so for the next calls, whoever makes them.
#[derive(Debug)]
struct Burst {
    place: Place,
    kind: Kind,
    left: u32,
}

/// The calls about a recording among which those are chosen that fail: there are hardly ever fewer. The few that bring
/// the audio count for several, because most can go wrong with them.
const CALLS: u32 = 20;
/// How often a call fails that is about no single recording.
const BY_CHANCE: f64 = 0.04;
const BURST_CHANCE: f64 = 0.2;
const BURST_CALLS: std::ops::RangeInclusive<u32> = 2..=5;

impl Storm {
    /// The storm of a seed. `foreign` is the address that clients are sent to, and must not trust.
    #[must_use]
    pub fn new(seed: u64, foreign: &str) -> Self {
        let state =
            State { recordings: Vec::new(), struck: BTreeMap::new(), by_chance: dice(seed, u64::MAX, 0), burst: None };
        Self { seed, foreign: foreign.to_owned(), state: Mutex::new(state) }
    }

    /// Tells of the next recording, what it sounds like.
    pub fn expect(&self, track: Track) {
        let recordings = &mut self.state.lock().recordings;
        let mut dice = dice(self.seed, 1, recordings.len());
        let faults = *[1, 1, 1, 2, 2, 3].get(dice.random_range(0..6)).unwrap_or(&1);
        let mut plan: Vec<u32> = (0..faults).map(|_| dice.random_range(1..=CALLS)).collect();
        plan.sort_unstable_by(|a, b| b.cmp(a));
        plan.dedup();
        recordings.push(Met { track, dice, plan, calls: 0, struck: Vec::new() });
    }

    /// How many recordings have met a fault.
    #[must_use]
    pub fn faulty(&self) -> usize {
        self.state.lock().recordings.iter().filter(|met| !met.struck.is_empty()).count()
    }

    /// What was struck so far, how, and how often.
    #[must_use]
    pub fn struck(&self) -> BTreeMap<(Place, Kind), u64> {
        self.state.lock().struck.clone()
    }

    /// What a recording has met, in order.
    #[must_use]
    pub fn met(&self, number: usize) -> Vec<(Place, Kind)> {
        self.state.lock().recordings.get(number).map(|met| met.struck.clone()).unwrap_or_default()
    }
}

impl Weather for Storm {
    fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault> {
        let place = Place::of(service, method, path)?;
        self.state.lock().strike(place, number_in(path, self.seed), &self.foreign)
    }
}

impl State {
    fn strike(&mut self, place: Place, number: Option<usize>, foreign: &str) -> Option<Fault> {
        let Self { recordings, struck, by_chance, burst } = self;
        let met = number.and_then(|number| recordings.get_mut(number));
        let kind = match (Burst::strike(burst, place), met) {
            (Some(kind), Some(met)) => met.strikes(place, kind),
            (Some(kind), None) => kind,
            (None, Some(met)) => met.next(place)?,
            (None, None) if by_chance.random_bool(BY_CHANCE) => Kind::at(place, false, by_chance)?,
            (None, None) => return None,
        };
        *struck.entry((place, kind)).or_default() += 1;
        if burst.is_none() && kind.comes_in_bursts(place) && by_chance.random_bool(BURST_CHANCE) {
            *burst = Some(Burst { place, kind, left: by_chance.random_range(BURST_CALLS) });
        }
        Some(match number.and_then(|number| recordings.get_mut(number)) {
            Some(Met { track, dice, .. }) => kind.fault(place, track, foreign, dice),
            None => kind.fault(place, &nothing(), foreign, by_chance),
        })
    }
}

impl Met {
    /// What happens to the next call about the recording.
    fn next(&mut self, place: Place) -> Option<Kind> {
        self.calls += match place {
            Place::TwilioAudio | Place::MediaHost => 3,
            Place::AudioPut | Place::UploadPart => 2,
            _ => 1,
        };
        if self.plan.last().is_none_or(|due| self.calls < *due) {
            return None;
        }
        self.plan.pop();
        let kind = Kind::at(place, self.struck.is_empty(), &mut self.dice)?;
        Some(self.strikes(place, kind))
    }

    fn strikes(&mut self, place: Place, kind: Kind) -> Kind {
        self.struck.push((place, kind));
        kind
    }
}

impl Burst {
    fn strike(burst: &mut Option<Self>, place: Place) -> Option<Kind> {
        let Self { kind, left, .. } = burst.as_mut().filter(|burst| burst.place == place)?;
        let kind = *kind;
        *left -= 1;
        if *left == 0 {
            *burst = None;
        }
        Some(kind)
    }
}

/// Stands for the body of a call that is about no recording: a few bytes.
fn nothing() -> Track {
    Track::of_bytes(bytes::Bytes::from_static(&[0; 64]), 10.0)
}

#[cfg(test)]
mod tests {
    use super::super::flips::tests::all_tracks;
    use super::*;
    use crate::numbers::sid;

    const SEED: u64 = 3;

    fn storm(recordings: usize) -> Storm {
        let storm = Storm::new(SEED, "http://localhost:1");
        (0..recordings).for_each(|_| storm.expect(all_tracks()[0].clone()));
        storm
    }

    /// Twenty calls about each recording.
    fn ask(storm: &Storm, recordings: usize) -> Vec<Option<Fault>> {
        let paths = (0..recordings).map(|number| format!("/bucket/ledger/x/{}.json", sid("RE", SEED, number)));
        paths
            .flat_map(|path| (0..20).map(|_| storm.strike(Service::Aws, &Method::PUT, &path)).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn every_recording_meets_a_fault_and_no_recording_only_faults() {
        let storm = storm(200);
        ask(&storm, 200);
        assert_eq!(storm.faulty(), 200);
        let most = (0..200).map(|number| storm.met(number).len()).max().unwrap();
        assert!((2..20).contains(&most), "{most}");
        let struck: u64 = storm.struck().values().sum();
        assert_eq!(struck, (0..200).map(|number| storm.met(number).len() as u64).sum::<u64>());
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(ask(&storm(50), 50), ask(&storm(50), 50));
    }

    #[test]
    fn what_is_about_no_recording_is_struck_now_and_then() {
        let storm = storm(0);
        let find = || storm.strike(Service::Airtable, &Method::POST, "/v0/app/tbl/listRecords");
        let struck = (0..1_000).filter(|_| find().is_some()).count();
        assert!((20..200).contains(&struck), "{struck}");
        assert_eq!(storm.faulty(), 0);
    }
}
