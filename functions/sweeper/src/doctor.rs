//! Whether what lies outside of Tapeline is set so that nothing is lost. Each check looks at one thing, of one organisation,
//! and says what it found and what to do about it; it mends only what it was told to mend.
//!
//! A further check is a file beside `agents` and a line in [`examine`]. One that cannot look is a finding too.

mod agents;
mod bucket;
mod canary;
mod job_table;
mod numbers;
mod secret_age;

use std::future::Future;

use jiff::Timestamp;
use recordings::ports::{Clock, Cursors, PortError, SecretSource};
use recordings::recording::{Organisation, Provider};
use recordings::telemetry::{Metric, Metrics, Unit, causes};
use serde::Serialize;

use crate::config::Settings;
use crate::{Deadline, Ports};

/// Where the last answer is kept, for who asks without wanting to wait for another.
const CURSOR: &str = "doctor";

/// What a run of all checks came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// When it began.
    pub at: Timestamp,
    /// Each check, in order.
    pub checks: Vec<Check>,
}

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Whose it is about; the installation's, which is everybody's, where nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Organisation>,
    /// Which provider of theirs, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// How much was looked at.
    pub looked_at: u32,
    /// Why nothing could be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<&'static str>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable word for it.
    pub what: &'static str,
    /// What it is about, by its id.
    pub subject: String,
    /// What to do, in words for a person.
    pub advice: &'static str,
    /// Whether it was mended at once.
    pub mended: bool,
}

/// Runs every check, tells what was found, and keeps the answer.
pub(crate) async fn examine(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    checkup: &mut Option<Checkup>,
) -> Result<(), PortError> {
    let at = ports.clock().now();
    let secrets = ports.secrets().current().await?;
    let mut checks = Vec::new();
    for (organisation, secrets) in &secrets.organisations {
        for provider in secrets.providers().filter(|provider| *provider != Provider::Twilio) {
            let look = agents::check(ports, settings, organisation, provider);
            checks.push(in_time(ports, deadline, agents::nothing(organisation, provider), look).await);
        }
        if secrets.twilio.is_some() {
            let look = numbers::check(ports, settings, organisation);
            checks.push(in_time(ports, deadline, numbers::nothing(organisation), look).await);
        }
        if secrets.airtable.is_some() {
            let look = job_table::check(ports, organisation);
            checks.push(in_time(ports, deadline, job_table::nothing(organisation), look).await);
        }
        checks.extend(canary::check(ports, settings, organisation, deadline).await);
    }
    checks.push(in_time(ports, deadline, bucket::nothing(), bucket::check(ports, settings)).await);
    checks.push(in_time(ports, deadline, secret_age::nothing(), secret_age::check(ports)).await);
    checks.iter().for_each(|check| tell(ports, check));
    let done = checkup.insert(Checkup { at, checks });
    // All of it is numbers and texts.
    let kept = serde_json::to_string(done).ok();
    ports.cursors().write(CURSOR, kept.as_deref()).await
}

/// What a look comes to, or that there was no time left for it.
async fn in_time(ports: &impl Ports, deadline: Deadline, nothing: Check, look: impl Future<Output = Check>) -> Check {
    match deadline.is_near(ports.clock()) {
        true => Check { failed: Some("no_time"), ..nothing },
        false => look.await,
    }
}

fn tell(ports: &impl Ports, check: &Check) {
    let Check { name, organisation, provider, looked_at, failed, findings } = check;
    let organisation = organisation.as_ref().map_or("", Organisation::as_str);
    let provider_name = provider.map_or("", Provider::as_str);
    for finding in findings {
        let Finding { what, subject, advice, mended } = finding;
        match mended {
            true => tracing::warn!(
                log_type = "doctor_mended",
                check = name,
                organisation,
                provider = provider_name,
                finding = what,
                subject,
                "something was not set as it should be, and is now",
            ),
            false => tracing::error!(
                log_type = "doctor_finding",
                check = name,
                organisation,
                provider = provider_name,
                finding = what,
                subject,
                advice,
                "something is not set as it should be",
            ),
        }
    }
    if let Some(code) = failed {
        tracing::error!(
            log_type = "doctor_check_failed",
            check = name,
            organisation,
            provider = provider_name,
            error_code = code,
            looked_at,
            "a check could not look",
        );
    }
    let of = |mended| findings.iter().filter(|finding| finding.mended == mended).count();
    let count = |name, value: usize| Metric { name, unit: Unit::Count, value: value as f64 };
    let figures = [
        count("doctor_finding", of(false)),
        count("doctor_mended", of(true)),
        count("doctor_check_failed", usize::from(failed.is_some())),
    ];
    let now = ports.clock().now();
    for figure in figures.into_iter().filter(|figure| figure.value > 0.0) {
        match provider {
            Some(provider) => ports.metrics().record(now, *provider, &[figure]),
            None => ports.metrics().record_own(now, &[figure]),
        }
    }
}

/// Why a check could not look; the log holds the whole cause.
fn failed(check: &'static str, error: &PortError) -> &'static str {
    tracing::warn!(log_type = "doctor_could_not_look", check, error = %causes(error), "a check could not look");
    error.kind.code()
}
