//! The API, as a program with a token uses it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Scene;
use crate::SceneError;

/// How long a token counts.
const TOKEN_SECONDS: i64 = 12 * 3_600;

impl Scene {
    /// A token of the organisation's, with these permissions.
    pub fn token(&self, permissions: &[&str]) -> String {
        let (key_id, key) = self.stack().secret().token_key();
        signed(&json!({ "alg": "HS256", "typ": "JWT", "kid": key_id }), &self.claims(permissions), key.as_bytes())
    }

    /// What such a token says.
    pub fn claims(&self, permissions: &[&str]) -> Value {
        json!({
            "org": "default",
            "sub": "ada@example.com",
            "permissions": permissions,
            "aud": "tapeline",
            "exp": Timestamp::now().as_second() + TOKEN_SECONDS,
        })
    }

    /// Asks the API, and follows nothing. The answer's body is JSON, or null.
    ///
    /// # Errors
    /// When nobody answers; a refusal is an answer.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), SceneError> {
        self.web.ask(method, &format!("{}{path}", self.stack.public_base_url()), token, body).await
    }
}

/// A token that says anything, signed by HS256 with anybody's key, whatever algorithm it names.
#[must_use]
pub fn signed(header: &Value, claims: &Value, key: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = mac(key, message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}
