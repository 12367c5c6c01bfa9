//! Whatever Vapi or ElevenLabs, or somebody in between, answers: lists, audio, calls, deletions.

use std::sync::Arc;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use recordings::adapters::elevenlabs::{ElevenLabs, ElevenLabsSettings};
use recordings::adapters::vapi::{Vapi, VapiSettings};
use recordings::ports::{
    AudioSlices, AudioSource, ListCursor, ListPage, PortError, ProviderCopies, ProviderList, RecordingList,
    SecretSource,
};
use recordings::recording::{Channels, Organisation, Provider, RecordingRef};
use recordings::secrets::Secrets;
use serde_json::{Value, json};

use crate::canary::{CANARIES, assert_silent_error};
use crate::input::{END, Input};
use crate::provider::{Answer, Outside, Script, answer};
use crate::targets::{Target, Verdict};

const VAPI_CALL: &str = "00000000-0000-4000-8000-000000000001";
const CONVERSATION: &str = "conv_1";
const MOST_SLICE_BYTES: u64 = 1_000;
/// A look, the audio, three redirects, and another look at why there is none.
const MOST_REQUESTS: usize = 6;

pub(crate) const TARGET: Target = Target { name: "agent_answers", body, seeds };

fn body(data: &[u8]) -> Verdict {
    let mut input = Input::new(data);
    let (what, first) = (input.byte(), input.byte());
    let script = Script::of(input);
    let answers: Vec<Answer> = script.answers().cloned().collect();
    let provider = if what & 1 == 0 { Provider::Vapi } else { Provider::ElevenLabs };
    match what / 2 % 4 {
        0 => listed(provider, script),
        1 => opened(provider, script, &answers),
        2 => sliced(provider, script, u64::from(first)),
        _ => deleted(provider, script, &answers[0]),
    }
}

fn listed(provider: Provider, script: Script) -> Verdict {
    let window = at("2024-03-15T12:00:00Z")..at("2024-03-15T13:00:00Z");
    let organisation = Organisation::default_organisation();
    let list = RecordingList::CreatedWithin { organisation, provider, window: window.clone() };
    let start = ListCursor::start(list);
    let (pages, script) = Outside::answering(script, async |outside| {
        let first = page(outside, provider, &start).await;
        let next = match first.as_ref().ok().and_then(|page| page.next.clone()) {
            Some(next) => Some(page(outside, provider, &kept(&next)).await),
            None => None,
        };
        [Some(first), next]
    });
    // Whatever an answer says, what is asked next is asked of the same list and of nobody else.
    for head in &script.seen {
        let line = head.lines().next().unwrap();
        assert!(line.starts_with(&format!("GET {}", list_path(provider))), "{line}");
    }
    let mut taken = false;
    for page in pages.into_iter().flatten() {
        match page {
            Err(error) => assert_silent_error(&error),
            Ok(ListPage { recordings, .. }) => {
                for listed in &recordings {
                    let is_ours = listed.recording.organisation.is_default() && listed.recording.provider == provider;
                    assert!(is_ours && window.contains(&listed.created_at), "{listed:?}");
                }
                taken |= !recordings.is_empty();
            }
        }
    }
    Verdict::taken_if(taken)
}

fn opened(provider: Provider, script: Script, answers: &[Answer]) -> Verdict {
    let recording = recording(provider);
    let (audio, script) = Outside::answering(script, async |outside| {
        let body = match provider {
            Provider::Vapi => vapi(outside).open(&recording).await?.body,
            _ => elevenlabs(outside).open(&recording).await?.body,
        };
        body.try_fold(Vec::new(), async |all, chunk| Ok([all, chunk.to_vec()].concat())).await
    });
    asked(provider, &script);
    match audio {
        Err(error) => {
            assert_silent_error(&error);
            Verdict::Refused
        }
        Ok(bytes) => {
            assert!(answers.iter().any(|answer| answer.body == bytes), "nothing is made up");
            Verdict::Taken
        }
    }
}

fn sliced(provider: Provider, script: Script, first: u64) -> Verdict {
    let recording = recording(provider);
    let (slice, script) = Outside::answering(script, async |outside| match provider {
        Provider::Vapi => vapi(outside).slice(&recording, first, MOST_SLICE_BYTES).await,
        _ => elevenlabs(outside).slice(&recording, first, MOST_SLICE_BYTES).await,
    });
    asked(provider, &script);
    match slice {
        Err(error) => {
            assert_silent_error(&error);
            Verdict::Refused
        }
        Ok(slice) => {
            assert_eq!(slice.first, first);
            assert!(slice.bytes.len() as u64 <= MOST_SLICE_BYTES && slice.content_type.starts_with("audio/"));
            Verdict::taken_if(!slice.bytes.is_empty())
        }
    }
}

/// A deletion is believed from the provider alone.
fn deleted(provider: Provider, script: Script, answer: &Answer) -> Verdict {
    let recording = recording(provider);
    let (deleted, script) = Outside::answering(script, async |outside| match provider {
        Provider::Vapi => vapi(outside).delete(&recording).await,
        _ => elevenlabs(outside).delete(&recording).await,
    });
    assert_eq!(script.seen.len(), 1);
    assert!(script.seen[0].starts_with("DELETE "), "{:?}", script.seen);
    match deleted {
        Err(error) => {
            assert_silent_error(&error);
            Verdict::Refused
        }
        Ok(()) => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let own = if provider == Provider::Vapi { "statusCode" } else { "detail" };
            assert!(matches!(answer.status, 200 | 204) || (answer.status == 404 && !body[own].is_null()));
            Verdict::Taken
        }
    }
}

/// Redirects lead to nobody who is not on this machine, and our keys go to the provider alone.
fn asked(provider: Provider, script: &Script) {
    let path = match provider {
        Provider::Vapi => format!("GET /call/{VAPI_CALL}"),
        _ => format!("GET /v1/convai/conversations/{CONVERSATION}"),
    };
    assert!((1..=MOST_REQUESTS).contains(&script.seen.len()), "{} requests", script.seen.len());
    for (number, head) in script.seen.iter().enumerate() {
        let is_the_providers = head.starts_with(&path);
        assert!(is_the_providers || head.starts_with("GET /elsewhere "), "{head}");
        let has_key = head.contains("\r\nauthorization: ") || head.contains("\r\nxi-api-key: ");
        // A redirect that leads back to where it came from has left the key behind all the same.
        assert!(if has_key { is_the_providers } else { number > 0 }, "{head}");
    }
}

async fn page(outside: &Outside, provider: Provider, at: &ListCursor) -> Result<ListPage, PortError> {
    match provider {
        Provider::Vapi => vapi(outside).page(at).await,
        _ => elevenlabs(outside).page(at).await,
    }
}

fn list_path(provider: Provider) -> &'static str {
    if provider == Provider::Vapi { "/call?createdAtGe=2024-03-15T" } else { "/v1/convai/conversations" }
}

/// A cursor as the sweeper keeps it between two runs.
fn kept(cursor: &ListCursor) -> ListCursor {
    let written = serde_json::to_string(cursor).unwrap();
    assert!(written.len() < 4_096, "{} bytes for a cursor", written.len());
    let read: ListCursor = serde_json::from_str(&written).unwrap();
    assert_eq!(&read, cursor);
    read
}

fn recording(provider: Provider) -> RecordingRef {
    let (call, id) = if provider == Provider::Vapi { (VAPI_CALL, "mono") } else { (CONVERSATION, "audio") };
    RecordingRef::parse("default", provider, call, id).unwrap()
}

/// A secret that never changes.
struct Keys(Arc<Secrets>);

impl SecretSource for Keys {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

fn keys() -> Arc<Keys> {
    let json = json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {"default": {"vapi": {"api_key": "private-key"}, "elevenlabs": {"api_key": "sk_key"}}},
    });
    Arc::new(Keys(Arc::new(Secrets::parse(&json.to_string()).unwrap())))
}

fn vapi(outside: &Outside) -> Vapi<Keys> {
    let settings = VapiSettings { base_url: outside.base.clone(), channels: Channels::Mono };
    Vapi::new(outside.client.clone(), keys(), settings)
}

fn elevenlabs(outside: &Outside) -> ElevenLabs<Keys> {
    ElevenLabs::new(outside.client.clone(), keys(), ElevenLabsSettings { base_url: outside.base.clone() })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn seeds() -> Vec<Vec<u8>> {
    const AUDIO: &[u8] = include_bytes!("../../../functions/recordings/src/audio/fixtures/cbr_8k_8000_mono.mp3");
    // The audio must not hold what ends a part.
    let audio: Vec<u8> = AUDIO.iter().map(|byte| if *byte == END { 1 } else { *byte }).collect();
    let [phone, name] = CANARIES;
    let call = json!({
        "id": VAPI_CALL, "createdAt": "2024-03-15T12:30:00.000Z", "startedAt": "2024-03-15T12:30:00.000Z",
        "endedAt": "2024-03-15T12:40:00.000Z", "status": "ended", "endedReason": name, "customer": {"number": phone},
        "artifact": {"recordingUrl": format!("https://{name}.example"), "transcript": phone},
    });
    let conversation = json!({
        "conversation_id": CONVERSATION, "status": "done", "has_audio": true, "agent_name": name,
        "start_time_unix_secs": 1_710_504_000,
        "metadata": {"start_time_unix_secs": 1_710_504_000, "phone_call": {"external_number": phone}},
    });
    let page = json!({"conversations": [conversation], "has_more": false, "next_cursor": null});
    let on = json!({"conversations": [], "has_more": true, "next_cursor": "abc"});
    let vapis_error = json!({"message": phone, "error": name, "statusCode": 404}).to_string();
    let elevenlabs_error = json!({"detail": {"status": "document_not_found", "message": phone}}).to_string();
    let said = |value: &Value| answer(0, 0, 0, 0, value.to_string().as_bytes());
    let script = |what: u8, answers: &[Vec<u8>]| [&[what, 0][..], &answers.join(&END)].concat();
    vec![
        script(0, &[said(&json!([call]))]),
        script(1, &[said(&page), said(&conversation)]),
        script(1, &[said(&on), said(&page), said(&conversation)]),
        script(2, &[answer(0, 1, 4, 0, &audio)]),
        script(2, &[answer(15, 2, 8, 0, b"moved"), answer(0, 1, 0, 0, &audio)]),
        script(3, &[said(&conversation), answer(0, 1, 0, 0, &audio)]),
        script(4, &[answer(1, 1, 2, 0, &audio[..900])]),
        script(5, &[said(&conversation), answer(0, 1, 0, 0, &audio)]),
        script(6, &[said(&call)]),
        script(6, &[answer(3, 0, 0, 0, vapis_error.as_bytes())]),
        script(7, &[answer(3, 0, 0, 0, elevenlabs_error.as_bytes())]),
    ]
}
