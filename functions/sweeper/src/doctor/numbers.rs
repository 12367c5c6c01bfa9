//! Whether the phone numbers that are ours are set as ours all through.
//!
//! A number is ours when one of its two URLs leads to us. One that does not mention us may be anybody's, and is left alone.

use recordings::ports::{NumberSetting, PhoneNumbers};
use recordings::recording::{Organisation, Provider};
use url::Url;

use super::{Check, Finding, failed};
use crate::Ports;
use crate::config::Settings;

const NAME: &str = "phone_numbers";

/// The routes that Twilio calls of a number.
const VOICE: &str = "/api/twilio/voice";
const STATUS: &str = "/api/twilio/status";

/// The check before it looked at anything.
pub(super) fn nothing(organisation: &Organisation) -> Check {
    let organisation = Some(organisation.clone());
    let provider = Some(Provider::Twilio);
    Check { name: NAME, organisation, provider, looked_at: 0, failed: None, findings: Vec::new() }
}

pub(super) async fn check(ports: &impl Ports, settings: &Settings, organisation: &Organisation) -> Check {
    let mut check = nothing(organisation);
    let told = match ports.numbers().numbers(organisation).await {
        Ok(told) => told,
        Err(error) => return Check { failed: Some(failed(NAME, &error)), ..check },
    };
    check.looked_at = u32::try_from(told.numbers.len()).unwrap_or(u32::MAX).saturating_add(told.strange);
    for number in &told.numbers {
        let findings = findings(number, &settings.public_base_url).into_iter();
        check.findings.extend(findings.map(|(what, advice)| Finding {
            what,
            subject: number.id.to_string(),
            advice,
            mended: false,
        }));
    }
    if told.strange > 0 {
        let advice = "Look at the account's own list: some of it makes no sense to Tapeline, and was not checked.";
        let subject = told.strange.to_string();
        check.findings.push(Finding { what: "setting_not_understood", subject, advice, mended: false });
    }
    check
}

/// Where a URL leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leads {
    Nowhere,
    /// To somebody else.
    Away,
    /// To us, and to what it is meant for.
    Home,
    /// To us, but not so that it is answered.
    Astray,
}

fn findings(number: &NumberSetting, base: &str) -> Vec<(&'static str, &'static str)> {
    let voice = leads(number.voice_url.as_deref(), base, VOICE);
    let status = leads(number.status_callback.as_deref(), base, STATUS);
    let mut found = Vec::new();
    if voice == Leads::Astray {
        let advice =
            "Set the number's voice URL to PUBLIC_BASE_URL and /api/twilio/voice: what it leads to answers no call.";
        found.push(("voice_url_astray", advice));
    }
    if voice == Leads::Home && number.handled_elsewhere {
        let advice =
            "Take the number off its SIP trunk or application, or have that one record: its voice URL is of no effect.";
        found.push(("voice_url_without_effect", advice));
    }
    if status == Leads::Astray || (voice == Leads::Home && status != Leads::Home) {
        let advice = "Set the number's status callback to PUBLIC_BASE_URL and /api/twilio/status, by POST: a recording that is \
                      never reported is missed by the hourly reconciliation alone meanwhile.";
        found.push(("status_callback_elsewhere", advice));
    }
    found
}

/// Scheme, host, port and path are compared: Twilio signs them as they stand there. A query is the caller's, and the
/// fragment is for Twilio's own retries.
fn leads(url: Option<&str>, base: &str, route: &str) -> Leads {
    let Some(url) = url else { return Leads::Nowhere };
    let (Ok(url), Ok(ours)) = (Url::parse(url), Url::parse(&format!("{base}{route}"))) else { return Leads::Away };
    if url.host_str() != ours.host_str() {
        return Leads::Away;
    }
    let same = url.scheme() == ours.scheme()
        && url.port_or_known_default() == ours.port_or_known_default()
        && url.path() == ours.path();
    if same { Leads::Home } else { Leads::Astray }
}
