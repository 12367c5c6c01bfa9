//! Whatever Vapi and ElevenLabs sign, and whenever: the real handlers, with a real signature over any body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use recordings::recording::{Outcome, Provider};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::canary::CANARIES;
use crate::input::{Input, parts};
use crate::targets::{Target, Verdict};
use crate::webhook_scene::{ACME_AGENT_SECRET, AGENT_SECRET, PREVIOUS_AGENT_SECRET, Scene};

/// When the world begins.
const NOW: i64 = 1_710_513_022;
const QUESTIONS: [&str; 7] = [
    "assistant-request",
    "tool-calls",
    "transfer-destination-request",
    "handoff-destination-request",
    "knowledge-base-request",
    "voice-request",
    "call.endpointing.request",
];

pub(crate) const TARGET: Target = Target { name: "agent_webhooks", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let (of_vapi, signer, flip) = (input.byte().is_multiple_of(2), input.byte() % 3, input.byte());
    let seconds_off = i64::from(i16::from_le_bytes(input.array()));
    let said = input.rest();
    let (organisation, secret) =
        [("default", AGENT_SECRET), ("default", PREVIOUS_AGENT_SECRET), ("acme", ACME_AGENT_SECRET)]
            [usize::from(signer)];
    let (path, window) = if of_vapi { ("/api/vapi/webhook", 300) } else { ("/api/elevenlabs/webhook", 1_800) };
    let signature = Signature::of(secret, NOW + seconds_off, said);

    if !said.is_empty() {
        let mut forged = said.to_vec();
        let place = usize::from(flip) % forged.len();
        forged[place] ^= 1;
        let scene = Scene::new();
        assert_eq!(scene.answer(event(path, &signature, &forged)).status, 403);
        scene.assert_untouched();
    }

    let scene = Scene::new();
    let answered = scene.answer(event(path, &signature, said));
    if !(-60..=window).contains(&-seconds_off) {
        assert_eq!(answered.status, 403, "{seconds_off} s");
        scene.assert_untouched();
        return Verdict::Refused;
    }
    let kind = kind(of_vapi, said);
    // What somebody said on the call may be no text at all, and says nothing about the message around it.
    let is_question = of_vapi && kind.as_deref().is_none_or(|kind| QUESTIONS.contains(&kind));
    assert!(answered.status == 200 || (answered.status == 501 && is_question), "{}", answered.status);
    assert_eq!(answered.body, "");
    let Some(taken) = scene.taken() else {
        assert_eq!(scene.world.journal(), []);
        return Verdict::Refused;
    };
    let provider = if of_vapi { Provider::Vapi } else { Provider::ElevenLabs };
    assert_eq!((taken.recording.organisation.as_str(), taken.recording.provider), (organisation, provider));
    let value: Value = serde_json::from_slice(said).unwrap_or_default();
    let call = if of_vapi { &value["message"]["call"]["id"] } else { &value["data"]["conversation_id"] };
    assert!(call.as_str().is_none_or(|call| taken.recording.call_id.as_str() == call), "{call}");
    if let Outcome::Absent { reason } = &taken.report.outcome {
        assert!(reason.len() <= 140 && !reason.contains(['|', '<', '\n']), "{reason}");
    }
    let written = serde_json::to_string(&taken).unwrap();
    assert!(written.len() < 2_048 && !written.contains(CANARIES[1]), "{written}");
    Verdict::Taken
}

/// The type of a message, read without our parsers.
fn kind(of_vapi: bool, said: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(said).ok()?;
    let kind = if of_vapi { &value["message"]["type"] } else { &value["type"] };
    kind.as_str().map(str::to_owned)
}

struct Signature {
    time: i64,
    hex: String,
}

impl Signature {
    fn of(secret: &str, time: i64, body: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{time}.")).chain_update(body).finalize().into_bytes();
        Self { time, hex: hex::encode(mac) }
    }
}

fn event(path: &str, signature: &Signature, body: &[u8]) -> lambda_http::request::LambdaRequest {
    let Signature { time, hex } = signature;
    let event = json!({
        "version": "2.0", "routeKey": format!("POST {path}"), "rawPath": path, "rawQueryString": "",
        "headers": {
            "host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "content-type": "application/json",
            "x-timestamp": time.to_string(), "x-signature": hex, "elevenlabs-signature": format!("t={time},v0={hex}"),
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5", "stage": "$default", "requestId": "UnqGshq4FiAEPUw=",
            "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "routeKey": format!("POST {path}"),
            "time": "15/Mar/2024:14:30:22 +0000", "timeEpoch": 1_710_513_022_000_u64,
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"},
        },
        "isBase64Encoded": true,
        "body": STANDARD.encode(body),
    });
    serde_json::from_value(event).unwrap()
}

fn seeds() -> Vec<Vec<u8>> {
    let [phone, name] = CANARIES;
    let (call, conversation) = ("7a3c9b52-4f1e-4d7b-9a46-0c2f8e5d1b90", "conv_01jbz3k4m5n6p7q8r9s0t1v2w3");
    let carrier = "CA0123456789abcdef0123456789abcdef";
    let report = json!({"message": {
        "type": "end-of-call-report", "endedReason": "customer-ended-call", "startedAt": "2024-03-15T14:29:20.1Z",
        "durationSeconds": 62.3, "customer": {"number": format!("+{phone}"), "name": name},
        "call": {"id": call, "type": "inboundPhoneCall", "phoneCallProviderId": carrier, "metadata": {"job": "JOB456"},
            "assistantOverrides": {"variableValues": {"job": 7}}},
        "artifact": {"recording": {"mono": {"combinedUrl": "https://x.example"}}, "transcript": name},
    }});
    let no_audio = json!({"message": {
        "type": "end-of-call-report", "endedReason": "customer-busy", "call": {"id": call}, "artifact": {"messages": []},
    }});
    let transcription = json!({"type": "post_call_transcription", "event_timestamp": NOW, "data": {
        "conversation_id": conversation, "transcript": [{"role": "user", "message": name}], "has_audio": true,
        "metadata": {"start_time_unix_secs": 1_710_512_960, "call_duration_secs": 62, "phone_call": {
            "direction": "outbound", "external_number": format!("+{phone}"), "call_sid": carrier,
        }},
        "conversation_initiation_client_data": {"dynamic_variables": {"job": "JOB456"}},
    }});
    let audio = json!({"type": "post_call_audio", "data": {"conversation_id": conversation, "full_audio": "SUQz"}});
    let failure = json!({"type": "call_initiation_failure", "data": {
        "conversation_id": conversation, "failure_reason": "busy", "metadata": {"body": {"CallSid": carrier}},
    }});
    let seed = |of_vapi: u8, signer: u8, seconds_off: i16, event: &Value| {
        let [low, high] = seconds_off.to_le_bytes();
        parts(&[of_vapi, signer, 3, low, high], &[event.to_string().as_bytes()])
    };
    vec![
        seed(0, 0, 0, &report),
        seed(0, 1, -299, &no_audio),
        seed(0, 2, 60, &report),
        seed(1, 0, 0, &transcription),
        seed(1, 1, -1_800, &audio),
        seed(1, 2, 30, &failure),
    ]
}
