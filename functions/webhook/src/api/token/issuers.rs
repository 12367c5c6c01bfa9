//! The keys of issuers of tokens, kept between requests.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use recordings::ports::{Clock, ErrorKind, IssuerKeys, PortError};
use recordings::telemetry::causes;
use tokio::sync::Mutex;

use crate::ApiPorts;
use crate::patience::in_time;

/// How long an issuer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long keys are used without asking again, so that a key that was withdrawn is believed no longer than this.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long they are used while the issuer cannot be reached.
const BEARABLE: SignedDuration = SignedDuration::from_hours(24);
/// An issuer is asked no more often, however many tokens name keys that nobody knows.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// What is known of each issuer. Each is asked by one request at a time, and none keeps another waiting.
#[derive(Default)]
pub(crate) struct Issuers(std::sync::Mutex<BTreeMap<String, Arc<Mutex<Kept>>>>);

#[derive(Default)]
struct Kept {
    keys: Option<(JwkSet, Timestamp)>,
    asked_at: Option<Timestamp>,
}

impl Issuers {
    /// An issuer's key of this id; `None` where it publishes none.
    pub(super) async fn key<P: ApiPorts>(&self, ports: &P, issuer: &str, id: &str) -> Result<Option<Jwk>, PortError> {
        let kept = self.of(issuer);
        let mut kept = kept.lock().await;
        let now = ports.clock().now();
        if kept.is_fresh(now) && kept.find(id).is_some() {
            return Ok(kept.find(id));
        }
        if kept.asked_at.is_none_or(|asked_at| now >= asked_at + PAUSE) {
            kept.asked_at = Some(now);
            match fetch(ports, issuer).await {
                Ok(keys) => kept.keys = Some((keys, now)),
                Err(error) if kept.is_bearable(now) => log(issuer, &error),
                Err(error) => return Err(error),
            }
        }
        if kept.is_bearable(now) {
            return Ok(kept.find(id));
        }
        Err(PortError::new(ErrorKind::Unavailable, "fetch an issuer's keys", "it could not be reached a moment ago"))
    }

    fn of(&self, issuer: &str) -> Arc<Mutex<Kept>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(issuer.to_owned()).or_default())
    }
}

impl Kept {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.keys.as_ref().is_some_and(|(_, fetched_at)| now < *fetched_at + FRESH)
    }

    fn is_bearable(&self, now: Timestamp) -> bool {
        self.keys.as_ref().is_some_and(|(_, fetched_at)| now < *fetched_at + BEARABLE)
    }

    /// Keys that encrypt are none of those that sign.
    fn find(&self, id: &str) -> Option<Jwk> {
        let (keys, _) = self.keys.as_ref()?;
        keys.find(id).filter(|key| key.common.public_key_use != Some(PublicKeyUse::Encryption)).cloned()
    }
}

async fn fetch<P: ApiPorts>(ports: &P, issuer: &str) -> Result<JwkSet, PortError> {
    const OPERATION: &str = "fetch an issuer's keys";
    let text = in_time(ports, PATIENCE, OPERATION, ports.issuer_keys().fetch(issuer)).await?;
    serde_json::from_str(&text).map_err(|_| PortError::new(ErrorKind::Invalid, OPERATION, "these are no keys"))
}

fn log(issuer: &str, error: &PortError) {
    tracing::warn!(
        log_type = "issuer_keys_stale",
        issuer,
        error_code = error.kind.code(),
        error = %causes(error),
        "an issuer's keys cannot be fetched; the old ones serve for a day",
    );
}
