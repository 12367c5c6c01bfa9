//! Whether the credentials were changed within a quarter of a year.

use jiff::{SignedDuration, Unit};
use recordings::ports::{Clock, SecretAge};

use super::{Check, Finding, failed};
use crate::Ports;

const NAME: &str = "secret_age";

/// Older than this is too old.
const OLD: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The check before it looked at anything.
pub(super) fn nothing() -> Check {
    Check { name: NAME, organisation: None, provider: None, looked_at: 0, failed: None, findings: Vec::new() }
}

pub(super) async fn check(ports: &impl Ports) -> Check {
    let changed_at = match ports.secret_age().changed_at().await {
        Ok(changed_at) => changed_at,
        Err(error) => return Check { failed: Some(failed(NAME, &error)), ..nothing() },
    };
    let is_old = ports.clock().now().duration_since(changed_at) > OLD;
    let finding = Finding {
        what: "secret_old",
        subject: format!("last changed {}", changed_at.round(Unit::Second).unwrap_or(changed_at)),
        advice: "Rotate the credentials in the secret (runbook: Rotate keys), each provider's, Airtable's and our own.",
        mended: false,
    };
    Check { looked_at: 1, findings: is_old.then_some(finding).into_iter().collect(), ..nothing() }
}
