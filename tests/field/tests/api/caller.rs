//! Somebody who has a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use field::{Field, Kind};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use runtime::Surroundings;
use serde_json::{Value, json};
use sha2::Sha256;

/// Every permission that there is.
pub(crate) const ALL: [&str; 3] = ["view_call_history", "manage_recordings", "operate"];

/// Asks the API with every permission; the answer's body is JSON, or null.
pub(crate) async fn ask(field: &Field, method: &str, path: &str, body: &Value) -> (u64, Value) {
    let mut event = runtime::event("webhook-health");
    let bearer = format!("Bearer {}", token(&ALL));
    event["headers"] = json!({ "authorization": bearer, "content-type": "application/json", "host": "localhost" });
    (event["rawPath"], event["body"]) = (path.into(), body.to_string().into());
    let http = &mut event["requestContext"]["http"];
    (http["method"], http["path"]) = (method.into(), path.into());
    let answer = field.function(Kind::Webhook).invoke(&event).await.unwrap();
    let body = answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
    (answer["statusCode"].as_u64().unwrap(), body.unwrap_or_default())
}

/// A token of the stack's own, with these permissions.
pub(crate) fn token(permissions: &[&str]) -> String {
    let keys = &Surroundings::secret()["jwt"];
    let id = keys["current"].as_str().unwrap();
    let claims = json!({
        "org": "default",
        "sub": "ada@example.com",
        "permissions": permissions,
        "aud": "tapeline",
        "exp": Timestamp::now().as_second() + 3_600,
    });
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT", "kid": id })), part(claims));
    let key = keys["keys"][id].as_str().unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
