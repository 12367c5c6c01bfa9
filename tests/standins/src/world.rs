use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::airtable::Airtable;
use crate::aws::Door;
use crate::clock::Clock;
use crate::courier::Courier;
use crate::elevenlabs::ElevenLabs;
use crate::faults::{Fault, FaultReport, FaultRule, Faults, Sky, Weather};
use crate::journal::{Journal, JournalEntry, JournalQuery, Service, Violation, ViolationKind};
use crate::settings::Settings;
use crate::twilio::Twilio;
use crate::vapi::Vapi;

/// The state behind the listeners, and everything that a test may do to it.
///
/// The same methods exist, asynchronous, on [`ControlClient`](crate::ControlClient) for other processes.
#[derive(Clone, Debug)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    addresses: Addresses,
    clock: Clock,
    faults: Faults,
    sky: Sky,
    journal: Journal,
    twilio: Twilio,
    vapi: Vapi,
    elevenlabs: ElevenLabs,
    airtable: Airtable,
    door: Door,
    courier: Courier,
}

/// The listeners' base URLs, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// In place of `https://api.twilio.com`.
    pub twilio: String,
    /// The origin that Twilio and Vapi redirect to for audio.
    pub media: String,
    /// In place of `https://api.airtable.com`.
    pub airtable: String,
    /// The door before the AWS emulator, in place of its own address.
    pub aws: String,
    /// In place of `https://api.vapi.ai`.
    #[serde(default)]
    pub vapi: String,
    /// In place of `https://api.elevenlabs.io`.
    #[serde(default)]
    pub elevenlabs: String,
}

/// What a [`World`] cannot do.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Nothing has that id.
    #[error("there is no {what} {id}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// The request contradicts what is there, or makes no sense.
    #[error("{0}")]
    Refused(String),
    /// A URL to deliver to is none, or is not plain HTTP.
    #[error("cannot deliver to {url}: {reason}")]
    BadDestination {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl WorldError {
    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }
}

impl World {
    pub(crate) fn new(settings: &Settings, addresses: Addresses) -> Self {
        let start = settings.clock.start.unwrap_or_else(Timestamp::now);
        Self(Arc::new(Inner {
            addresses,
            clock: Clock::starting_at(start, settings.clock.speed),
            faults: Faults::default(),
            sky: Sky::default(),
            journal: Journal::default(),
            twilio: Twilio::new(&settings.accounts),
            vapi: Vapi::new(&settings.vapi),
            elevenlabs: ElevenLabs::new(&settings.elevenlabs),
            airtable: Airtable::new(&settings.bases),
            door: Door::to(settings.emulator.as_deref()),
            courier: Courier::default(),
        }))
    }

    /// Where the listeners are.
    pub fn addresses(&self) -> Addresses {
        self.0.addresses.clone()
    }

    /// What the virtual clock shows.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Moves the virtual clock forward by that many milliseconds; returns what it shows then.
    pub fn advance_clock(&self, ms: u64) -> Timestamp {
        self.0.clock.advance(Duration::from_millis(ms))
    }

    /// Lets the virtual clock run that many times as fast as the wall's; 0 stops it.
    pub fn set_clock_speed(&self, speed: f64) {
        self.0.clock.set_speed(speed);
    }

    /// Puts a fault in force; returns the id by which [`Self::clear_fault`] ends it.
    ///
    /// # Errors
    /// [`WorldError::Refused`] when the rule's expression is none.
    pub fn inject(&self, rule: FaultRule) -> Result<u64, WorldError> {
        self.0.faults.arm(rule).map_err(|error| WorldError::Refused(format!("the path expression: {error}")))
    }

    /// The faults in force or spent, and what they have done.
    pub fn faults(&self) -> Vec<FaultReport> {
        self.0.faults.reports()
    }

    /// Ends one fault.
    pub fn clear_fault(&self, id: u64) {
        self.0.faults.disarm(id);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.0.faults.disarm_all();
    }

    /// Lets somebody decide, call by call, what goes wrong with those that no rule strikes; nobody, when absent.
    pub fn set_weather(&self, weather: Option<Arc<dyn Weather>>) {
        self.0.sky.set(weather);
    }

    /// The requests that came, oldest first.
    pub fn journal(&self, query: JournalQuery) -> Vec<JournalEntry> {
        self.0.journal.entries(&query)
    }

    /// What a correct client would not have done.
    pub fn violations(&self) -> Vec<Violation> {
        self.0.journal.violations()
    }

    /// Forgets the requests and violations so far.
    pub fn clear_journal(&self) {
        self.0.journal.clear();
    }

    pub(crate) fn report(&self, service: Service, kind: ViolationKind, request: &str) {
        let request = request.to_owned();
        self.0.journal.violation(Violation { at: self.now(), service, kind, request });
    }

    pub(crate) fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault> {
        self.0.faults.strike(service, method, path).or_else(|| self.0.sky.strike(service, method, path))
    }

    pub(crate) fn pages(&self) -> &Journal {
        &self.0.journal
    }

    pub(crate) fn twilio(&self) -> &Twilio {
        &self.0.twilio
    }

    pub(crate) fn vapi(&self) -> &Vapi {
        &self.0.vapi
    }

    pub(crate) fn elevenlabs(&self) -> &ElevenLabs {
        &self.0.elevenlabs
    }

    pub(crate) fn airtable(&self) -> &Airtable {
        &self.0.airtable
    }

    pub(crate) fn door(&self) -> &Door {
        &self.0.door
    }

    pub(crate) fn courier(&self) -> &Courier {
        &self.0.courier
    }

    pub(crate) fn urls(&self) -> &Addresses {
        &self.0.addresses
    }
}
