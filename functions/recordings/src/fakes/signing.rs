use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::call::reads;
use super::clock::after;
use super::journal::Effect;
use super::{Settings, World};
use crate::object_key::AudioKey;
use crate::ports::{Installation, LinkSigner, Method, PortError, SecretAge, SecretSource, SignedUrl};
use crate::secrets::Secrets;

impl LinkSigner for World {
    /// The URL names what it is good for, so that a test can read it.
    async fn sign_kept(
        &self,
        key: &AudioKey,
        file_name: &str,
        method: Method,
        lifetime: Duration,
        kept_for: Option<Duration>,
    ) -> Result<SignedUrl, PortError> {
        let (key, file_name) = (key.clone(), file_name.to_owned());
        self.call(reads("LinkSigner", "sign"), key.clone(), move |state| {
            let asked_for = after(state.now, lifetime);
            let expires_at = state.settings.signing_ends.map_or(asked_for, |end| end.min(asked_for));
            let name: String = form_urlencoded::byte_serialize(file_name.as_bytes()).collect();
            let kept = kept_for.map(|kept_for| format!("&kept={}", kept_for.as_secs())).unwrap_or_default();
            let url = format!(
                "https://bucket.s3.test/{key}?method={}&expires={}&name={name}{kept}",
                match method {
                    Method::Get => "GET",
                    Method::Head => "HEAD",
                },
                expires_at.as_second()
            );
            state.note(Effect::UrlSigned { key, method });
            Ok(SignedUrl { url, expires_at })
        })
        .await
    }
}

impl SecretSource for World {
    async fn current(&self) -> Result<Arc<Secrets>, PortError> {
        self.call(reads("SecretSource", "current"), "", |state| Ok(state.secrets.clone())).await
    }
}

impl Installation for World {
    async fn made_at(&self) -> Result<Timestamp, PortError> {
        let made_at = |settings: &Settings| settings.made_at.unwrap_or(settings.start);
        self.call(reads("Installation", "made_at"), "", move |state| Ok(made_at(&state.settings))).await
    }
}

impl SecretAge for World {
    async fn changed_at(&self) -> Result<Timestamp, PortError> {
        let made_at = |settings: &Settings| settings.made_at.unwrap_or(settings.start);
        self.call(reads("SecretAge", "changed_at"), "", move |state| {
            Ok(state.settings.secret_changed_at.unwrap_or_else(|| made_at(&state.settings)))
        })
        .await
    }
}
