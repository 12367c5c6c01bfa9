//! Tokens, good ones and all others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::gateway::Request;
use crate::scene::{JWT_KEY, Scene};

/// A token to be.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) key: String,
}

impl Token {
    /// A good one of somebody at `default`, for an hour from the beginning of the scene on.
    pub(crate) fn with(scene: &Scene, permissions: &[&str]) -> Self {
        let now = scene.world.time().as_second();
        Self {
            header: json!({ "alg": "HS256", "typ": "JWT", "kid": "k2" }),
            claims: json!({
                "org": "default",
                "sub": "ada@example.com",
                "permissions": permissions,
                "aud": "tapeline",
                "exp": now + 3_600,
            }),
            key: JWT_KEY.to_owned(),
        }
    }

    pub(crate) fn of(mut self, organisation: &str) -> Self {
        self.claims["org"] = json!(organisation);
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub(crate) fn signed_with(mut self, key: &str) -> Self {
        self.key = key.to_owned();
        self
    }

    /// What is signed.
    pub(crate) fn message(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    /// The token, signed by HMAC with SHA-256, whatever its header says.
    pub(crate) fn text(&self) -> String {
        let message = self.message();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

/// A request that bears a token.
pub(crate) fn bearing(method: &'static str, target: &str, token: &str) -> Request {
    Request::new(method, target).header("authorization", &format!("Bearer {token}"))
}

/// A good request for what `view_call_history` lets see.
pub(crate) fn viewing(scene: &Scene, target: &str) -> Request {
    bearing("GET", target, &Token::with(scene, &["view_call_history"]).text())
}
