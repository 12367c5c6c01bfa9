//! Webhooks as Vapi and ElevenLabs sign and send them.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::gateway::Request;
use crate::scene::{ELEVENLABS_SECRETS, PHONE, VAPI_SECRETS};

/// The call of every webhook of Vapi's here.
pub(crate) const VAPI_CALL: &str = "7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90";
/// The conversation of every webhook of ElevenLabs' here.
pub(crate) const CONVERSATION: &str = "conv_01jbz3k4m5n6p7q8r9s0t1v2w3";
/// The call at Twilio that carries either.
pub(crate) const CARRIER_CALL: &str = "CA0123456789abcdef0123456789abcdef";
/// Our own number.
pub(crate) const OUR_PHONE: &str = "+18005551212";
/// The time at which the world begins.
pub(crate) const NOW: i64 = 1_710_513_022;

/// A call of Vapi's has ended.
pub(crate) fn vapi_report() -> Value {
    json!({"message": {
        "type": "end-of-call-report",
        "timestamp": 1_710_513_020_000_i64,
        "endedReason": "customer-ended-call",
        "startedAt": "2024-03-15T14:29:20.100Z",
        "endedAt": "2024-03-15T14:30:22.400Z",
        "durationSeconds": 62.3,
        "call": {
            "id": VAPI_CALL,
            "type": "inboundPhoneCall",
            "status": "ended",
            "createdAt": "2024-03-15T14:29:18.000Z",
            "phoneCallProvider": "twilio",
            "phoneCallProviderId": CARRIER_CALL,
            "metadata": {"job": "JOB456"},
        },
        "customer": {"number": PHONE},
        "phoneNumber": {"number": OUR_PHONE},
        "artifact": {
            "recordingUrl": "https://elsewhere.example/not-to-be-fetched.wav",
            "recording": {"stereoUrl": "https://elsewhere.example/s.wav", "mono": {"combinedUrl": null}},
            "transcript": "AI: How can I help?\nUser: The boiler leaks.",
            "messages": [{"role": "user", "message": "The boiler leaks.", "secondsFromStart": 1.5}],
        },
        "analysis": {"summary": "A boiler."},
        "assistant": {"name": "Desk", "model": {"messages": [{"role": "system", "content": "Be kind."}]}},
    }})
}

/// A message of Vapi's of this type, about the same call.
pub(crate) fn vapi_message(kind: &str) -> Value {
    json!({"message": {"type": kind, "call": {"id": VAPI_CALL}, "timestamp": 1_710_513_020_000_i64}})
}

/// A conversation of ElevenLabs' is over.
pub(crate) fn transcription() -> Value {
    json!({
        "type": "post_call_transcription",
        "event_timestamp": NOW,
        "data": {
            "agent_id": "agent_01",
            "conversation_id": CONVERSATION,
            "status": "done",
            "user_id": null,
            "transcript": [{"role": "user", "message": "The boiler leaks.", "time_in_call_secs": 3}],
            "metadata": {
                "start_time_unix_secs": 1_710_512_960,
                "call_duration_secs": 62,
                "cost": 296,
                "phone_call": {
                    "type": "twilio", "direction": "outbound", "phone_number_id": "phnum_1",
                    "agent_number": OUR_PHONE, "external_number": PHONE, "stream_sid": "MZ1", "call_sid": CARRIER_CALL,
                },
                "termination_reason": "",
            },
            "conversation_initiation_client_data": {"dynamic_variables": {"job": "JOB456", "system__time": "x"}},
            "has_audio": true,
        },
    })
}

/// A conversation of ElevenLabs' did not come about.
pub(crate) fn failure(reason: &str) -> Value {
    json!({
        "type": "call_initiation_failure",
        "event_timestamp": NOW,
        "data": {
            "agent_id": "agent_01",
            "conversation_id": CONVERSATION,
            "failure_reason": reason,
            "metadata": {"type": "twilio", "body": {"CallSid": CARRIER_CALL, "CallStatus": "busy", "To": PHONE}},
        },
    })
}

/// Any event, as `default`'s Vapi signs and sends it.
pub(crate) fn by_vapi(event: &Value) -> Request {
    by_vapi_at(event, NOW, VAPI_SECRETS[0])
}

pub(crate) fn by_vapi_at(event: &Value, time: i64, key: &str) -> Request {
    let body = event.to_string();
    let signature = hmac(key, &format!("{time}.{body}"));
    plain_vapi(event).header("x-timestamp", &time.to_string()).header("x-signature", &signature)
}

/// The same without a signature.
pub(crate) fn plain_vapi(event: &Value) -> Request {
    sent("/api/vapi/webhook", event)
}

/// Any event, as `default`'s ElevenLabs signs and sends it.
pub(crate) fn by_elevenlabs(event: &Value) -> Request {
    by_elevenlabs_at(event, NOW, ELEVENLABS_SECRETS[0])
}

pub(crate) fn by_elevenlabs_at(event: &Value, time: i64, secret: &str) -> Request {
    let signature = hmac(secret, &format!("{time}.{event}"));
    plain_elevenlabs(event).header("elevenlabs-signature", &format!("t={time},v0={signature}"))
}

/// The same without a signature.
pub(crate) fn plain_elevenlabs(event: &Value) -> Request {
    sent("/api/elevenlabs/webhook", event)
}

fn sent(target: &str, event: &Value) -> Request {
    let mut request = Request::new("POST", target).header("content-type", "application/json").body(event.to_string());
    request.is_base64_encoded = false;
    request
}

pub(crate) fn hmac(key: &str, text: &str) -> String {
    hex::encode(Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(text).finalize().into_bytes())
}
