//! Stand-ins for Twilio, Vapi, ElevenLabs and Airtable on loopback: their routes, limits, errors and habits as far as `protocols.md`
//! knows them, faults on demand, and a journal that shows what a client did. Before an AWS emulator stands a door, whose
//! requests can be struck by the same faults.
//!
//! [`Standins::start`] runs them in this process; [`World`] acts for Twilio (placing recordings, sending signed
//! webhooks) and for the people in Airtable. [`ControlClient`] does the same to stand-ins in another process.
//!
//! Nothing here shares code with what it tests: the signature, the formulas and the audio are written a second time.

mod airtable;
mod aws;
mod byte_range;
mod clock;
mod control;
mod courier;
mod elevenlabs;
mod faults;
mod front;
mod ids;
mod journal;
mod served;
mod settings;
pub mod speech;
mod standins;
mod twilio;
mod vapi;
mod world;

pub use airtable::{
    AirtableBehaviour, AirtableCounters, Author, CreateJob, EditJob, ErrorShape, Job, RenameField, Revision,
};
pub use control::{ControlClient, ControlError};
pub use courier::{Attempt, Delivery, Failure};
pub use elevenlabs::{
    Conversation, ElevenLabsBehaviour, ElevenLabsEvent, EventKind, PlaceAgent, PlaceAgentWebhook, PlaceConversation,
    PostCallWebhook, Unready,
};
pub use faults::{Fault, FaultReport, FaultRule, PathPattern, Weather};
/// What [`Weather`] is told of a call.
pub use hyper::Method;
pub use journal::{Caller, JournalEntry, JournalQuery, Service, Violation, ViolationKind};
pub use settings::{Account, Base, ClockSettings, Ports, Settings, VapiOrganisation, Workspace};
pub use standins::{Standins, StartError};
pub use twilio::{
    Audio, Call, CallStatusForm, Destination, Forgery, Form, Outcome, PlaceCall, PlaceNumber, PlaceRecording,
    PlacedRecording, Ready, Recording, RecordingStatusForm, SignedRequest, Status, TwilioBehaviour, VoiceForm,
    signature, url_as_signed,
};
pub use vapi::{
    Algorithm, HmacPlan, PlaceAssistant, PlaceVapiCall, VapiAuthentication, VapiBehaviour, VapiCall, VapiReport,
};
pub use world::{Addresses, World, WorldError};
