use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ControlClient, ControlError, Refusal};
use crate::airtable::{AirtableBehaviour, AirtableCounters, CreateJob, EditJob, Job, RenameField, Revision};
use crate::courier::Delivery;
use crate::elevenlabs::{
    Conversation, ElevenLabsBehaviour, ElevenLabsEvent, PlaceAgent, PlaceAgentWebhook, PlaceConversation,
    PostCallWebhook,
};
use crate::faults::{FaultReport, FaultRule};
use crate::journal::{JournalEntry, JournalQuery, Violation};
use crate::twilio::{
    CallStatusForm, Form, PlaceCall, PlaceNumber, PlaceRecording, PlacedRecording, Recording, RecordingStatusForm,
    SignedRequest, TwilioBehaviour, VoiceForm,
};
use crate::vapi::{PlaceAssistant, PlaceVapiCall, VapiBehaviour, VapiCall, VapiReport};
use crate::world::{Addresses, World};

/// One line makes both sides of an operation: the server's branch and the client's method. `plain` methods of
/// [`World`] cannot fail, `fallible` ones can, `sending` ones wait for somebody else as well.
macro_rules! operations {
    ($($kind:ident $name:ident($($argument:ident: $type:ty)?) -> $result:ty;)*) => {
        pub(super) async fn perform(world: &World, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
            match operation {
                $(stringify!($name) => {
                    let result: $result = outcome!($kind world.$name($(parse::<$type>(body)?)?));
                    serde_json::to_value(result).map_err(Refusal::BadArgument)
                })*
                _ => Err(Refusal::UnknownOperation),
            }
        }

        impl ControlClient {
            $(
                #[doc = concat!("[`World::", stringify!($name), "`] in the other process.")]
                ///
                /// # Errors
                /// [`ControlError`] when the other process refuses or does not answer.
                pub async fn $name(&self $(, $argument: $type)?) -> Result<$result, ControlError> {
                    self.call(stringify!($name), &($($argument)?)).await
                }
            )*
        }
    };
}

macro_rules! outcome {
    (plain $call:expr) => {
        $call
    };
    (fallible $call:expr) => {
        $call.map_err(Refusal::World)?
    };
    (sending $call:expr) => {
        $call.await.map_err(Refusal::World)?
    };
}

operations! {
    plain addresses() -> Addresses;
    plain now() -> Timestamp;
    plain advance_clock(ms: u64) -> Timestamp;
    plain set_clock_speed(speed: f64) -> ();
    fallible inject(rule: FaultRule) -> u64;
    plain faults() -> Vec<FaultReport>;
    plain clear_fault(id: u64) -> ();
    plain clear_faults() -> ();
    plain journal(query: JournalQuery) -> Vec<JournalEntry>;
    plain violations() -> Vec<Violation>;
    plain clear_journal() -> ();

    fallible place_recording(wanted: PlaceRecording) -> PlacedRecording;
    fallible place_call(wanted: PlaceCall) -> String;
    fallible place_number(wanted: PlaceNumber) -> String;
    fallible recording(recording_sid: String) -> Recording;
    fallible make_ready(recording_sid: String) -> ();
    fallible lose_media(recording_sid: String) -> ();
    plain twilio_behaviour() -> TwilioBehaviour;
    plain set_twilio_behaviour(behaviour: TwilioBehaviour) -> ();
    sending deliver_recording_status(form: RecordingStatusForm) -> Delivery;
    sending deliver_call_status(form: CallStatusForm) -> Delivery;
    sending deliver_voice(form: VoiceForm) -> Delivery;
    sending deliver_form(form: Form) -> Delivery;
    fallible recording_status_form(form: RecordingStatusForm) -> Form;
    fallible sign_form(form: Form) -> SignedRequest;

    fallible place_vapi_call(wanted: PlaceVapiCall) -> String;
    fallible vapi_call(call_id: String) -> VapiCall;
    fallible make_vapi_call_ready(call_id: String) -> ();
    fallible place_assistant(wanted: PlaceAssistant) -> String;
    plain vapi_behaviour() -> VapiBehaviour;
    plain set_vapi_behaviour(behaviour: VapiBehaviour) -> ();
    sending deliver_vapi_report(report: VapiReport) -> Delivery;
    fallible sign_vapi_report(report: VapiReport) -> SignedRequest;

    fallible place_conversation(wanted: PlaceConversation) -> String;
    fallible conversation(conversation_id: String) -> Conversation;
    fallible make_conversation_ready(conversation_id: String) -> ();
    fallible place_agent_webhook(wanted: PlaceAgentWebhook) -> String;
    fallible place_agent(wanted: PlaceAgent) -> String;
    fallible choose_post_call_webhook(chosen: PostCallWebhook) -> ();
    plain elevenlabs_behaviour() -> ElevenLabsBehaviour;
    plain set_elevenlabs_behaviour(behaviour: ElevenLabsBehaviour) -> ();
    sending deliver_elevenlabs_event(event: ElevenLabsEvent) -> Delivery;
    fallible sign_elevenlabs_event(event: ElevenLabsEvent) -> SignedRequest;

    fallible create_job(job: CreateJob) -> String;
    fallible job(record_id: String) -> Job;
    plain jobs() -> Vec<Job>;
    fallible job_history(record_id: String) -> String;
    fallible job_revisions(record_id: String) -> Vec<Revision>;
    fallible edit_job(edit: EditJob) -> ();
    plain edit_before_next_patch(edit: EditJob) -> ();
    fallible delete_job(record_id: String) -> ();
    fallible rename_field(rename: RenameField) -> ();
    fallible make_field_computed(name: String) -> ();
    plain expire_iterators() -> ();
    plain airtable_behaviour() -> AirtableBehaviour;
    plain set_airtable_behaviour(behaviour: AirtableBehaviour) -> ();
    plain airtable_counters() -> AirtableCounters;
}

/// No body stands for an argument of defaults.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(Refusal::BadArgument)
}
