use futures_util::StreamExt;

use crate::adapters::http::wire::{Wire, answer, client};
use crate::adapters::twilio::MediaFormat;
use crate::recording::Channels;
use crate::secrets::Secrets;

use super::*;

struct Fixed(Arc<Secrets>);

impl SecretSource for Fixed {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        Ok(Arc::clone(&self.0))
    }
}

/// An organisation with every provider, and `idle` with none, whose providers are all one server.
async fn providers(wire: &Wire) -> Providers<Fixed> {
    let json = serde_json::json!({
        "link_keys": {"current": "k1", "keys": {"k1": "x".repeat(32)}},
        "organisations": {
            "default": {
                "twilio": {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "t"},
                "vapi": {"api_key": "v"},
                "elevenlabs": {"api_key": "e"},
            },
            "idle": {},
        },
    });
    let settings = ProviderSettings {
        twilio: TwilioSettings { base_url: wire.base(), format: MediaFormat::Mp3, channels: Channels::Mono },
        vapi: VapiSettings { base_url: wire.base(), channels: Channels::Mono },
        elevenlabs: ElevenLabsSettings { base_url: wire.base() },
    };
    let secrets = Arc::new(Fixed(Arc::new(Secrets::parse(&json.to_string()).unwrap())));
    Providers::new(client(), secrets, settings).await.unwrap()
}

fn recordings_of(organisation: &str) -> [RecordingRef; 3] {
    [
        (Provider::Twilio, "CA00000000000000000000000000000001", "RE00000000000000000000000000000001"),
        (Provider::Vapi, "7420f27a-30fd-4f49-a995-5549ae7cc00d", "mono"),
        (Provider::ElevenLabs, "conv_1", "audio"),
    ]
    .map(|(provider, call, recording)| RecordingRef::parse(organisation, provider, call, recording).unwrap())
}

#[tokio::test]
async fn each_recordings_own_provider_is_asked() {
    for (recording, path) in recordings_of("default").into_iter().zip(["/2010-04-01/", "/call/", "/v1/convai/"]) {
        let wire = Wire::answering((0..4).map(|_| answer(503, &[], ""))).await;
        let providers = providers(&wire).await;
        assert_eq!(providers.open(&recording).await.map(|_| ()).unwrap_err().code(), "provider_unavailable");
        assert_eq!(providers.slice(&recording, 0, 1).await.unwrap_err().code(), "provider_unavailable");
        assert!(providers.delete(&recording).await.is_err());
        let call = crate::recording::CallRef {
            organisation: recording.organisation.clone(),
            provider: recording.provider,
            call_id: recording.call_id.clone(),
        };
        assert!(providers.page(&ListCursor::start(crate::ports::RecordingList::OfCall(call))).await.is_err());
        assert!(providers.provider_url(&recording).starts_with(&wire.url(path)), "{recording}");
        let lines = wire.lines();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.split(' ').nth(1).unwrap().starts_with(path)), "{lines:?}");
    }
}

#[tokio::test]
async fn an_organisation_without_credentials_for_a_provider_is_refused_before_anything_is_sent() {
    let wire = Wire::answering([]).await;
    let providers = providers(&wire).await;
    for recording in recordings_of("idle") {
        assert_eq!(providers.open(&recording).await.map(|_| ()).unwrap_err().code(), "provider_refused");
    }
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn no_provider_is_asked_for_a_canary_whoever_has_credentials() {
    let wire = Wire::answering([]).await;
    let providers = providers(&wire).await;
    for organisation in ["default", "idle"] {
        let canary = RecordingRef::canary(organisation.parse().unwrap(), jiff::civil::date(2024, 3, 15));
        let expected = crate::audio::canary();
        let opened = providers.open(&canary).await.unwrap();
        assert_eq!(opened.announced_bytes, Some(expected.len() as u64));
        let pieces: Vec<_> = opened.body.collect().await;
        assert_eq!(pieces.into_iter().map(Result::unwrap).collect::<Vec<_>>().concat(), expected);
        let slice = providers.slice(&canary, 10, 20).await.unwrap();
        assert_eq!((slice.bytes, slice.total), (expected.slice(10..30), Some(expected.len() as u64)));
        assert!(providers.slice(&canary, u64::MAX, u64::MAX).await.unwrap().bytes.is_empty());
        providers.delete(&canary).await.unwrap();
    }
    assert!(wire.lines().is_empty());
}
