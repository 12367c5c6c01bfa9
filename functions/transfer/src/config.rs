//! What this function is told by its environment.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use recordings::env::{self, ConfigError, Environment};
use recordings::history_line::LineStyle;
use recordings::ledger_entry::DeletionPolicy;
use recordings::object_key::AudioPrefix;
use recordings::recording::{AirtableBaseId, Provider};
use recordings::retry_schedule::RetrySchedule;

/// How recordings are brought home; what the adapters need is read where they are wired.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder that holds audio.
    pub prefix: AudioPrefix,
    /// The address in front of permanent links.
    pub public_base_url: String,
    /// How history lines are written.
    pub line_style: LineStyle,
    /// The tries within one invocation.
    pub quick_tries: u32,
    /// The tries after it.
    pub schedule: RetrySchedule,
    /// The providers whose copies are deleted in the end.
    pub delete_at: BTreeSet<Provider>,
    /// How long a provider's copy is kept once ours is safe.
    pub delete_after: Duration,
    /// The base that holds the jobs of each organisation without one of its own.
    pub airtable_base: AirtableBaseId,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or makes no sense.
    pub fn from(environment: &Environment) -> Result<Self, ConfigError> {
        let retries = environment.required(env::RECORDING_MAX_RETRIES, env::whole_number)?;
        environment.required(env::RECORDING_URL_KIND, url_kind)?;
        Ok(Self {
            prefix: environment.required(env::S3_PREFIX, AudioPrefix::parse)?,
            public_base_url: environment.required(env::PUBLIC_BASE_URL, env::base_url)?,
            line_style: LineStyle {
                source: environment.required(env::HISTORY_SOURCE, env::text)?,
                time_zone: environment.required(env::HISTORY_TIME_ZONE, TimeZone::get)?,
            },
            quick_tries: environment.required(env::RECORDING_UPLOAD_RETRIES, at_least_one)?,
            schedule: environment.required(env::RECORDING_RETRY_MINUTES, |m| RetrySchedule::parse(m, retries))?,
            delete_at: environment.required(env::PROVIDER_DELETE, env::providers)?,
            delete_after: environment.required(env::PROVIDER_DELETE_AFTER_HOURS, env::hours)?,
            airtable_base: environment.required(env::AIRTABLE_BASE_ID, str::parse)?,
        })
    }

    /// Whether a provider's copy goes in the end.
    pub fn deletion(&self, provider: Provider) -> DeletionPolicy {
        if self.delete_at.contains(&provider) { DeletionPolicy::Delete } else { DeletionPolicy::Keep }
    }
}

fn url_kind(value: &str) -> Result<(), &'static str> {
    if value == "link" { Ok(()) } else { Err("expected link") }
}

fn at_least_one(value: &str) -> Result<u32, &'static str> {
    value.parse().ok().filter(|tries| *tries >= 1).ok_or("expected a whole number above zero")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let base = [("PUBLIC_BASE_URL", "https://calls.example.com"), ("AIRTABLE_BASE_ID", "appA1b2C3d4E5f6G7")];
        let all = base.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from(&all.collect())
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.prefix.as_str(), "recordings/");
        assert_eq!(settings.quick_tries, 3);
        assert_eq!(settings.schedule, RetrySchedule::parse("5,10,20,40", 3).unwrap());
        assert_eq!(settings.deletion(Provider::Twilio), DeletionPolicy::Delete);
        assert_eq!(settings.deletion(Provider::Vapi), DeletionPolicy::Keep);
        assert_eq!(settings.delete_after, Duration::ZERO);
    }

    #[test]
    fn deletion_can_be_switched_off() {
        assert_eq!(settings(&[("PROVIDER_DELETE", "none")]).unwrap().deletion(Provider::Twilio), DeletionPolicy::Keep);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (name, value) in [
            ("S3_PREFIX", "open/"),
            ("PUBLIC_BASE_URL", "http://calls.example.com"),
            ("HISTORY_TIME_ZONE", "Mars/Olympus"),
            ("RECORDING_UPLOAD_RETRIES", "0"),
            ("RECORDING_MAX_RETRIES", "-1"),
            ("RECORDING_RETRY_MINUTES", "soon"),
            ("PROVIDER_DELETE", "twillio"),
            ("PROVIDER_DELETE_AFTER_HOURS", "-1"),
            ("RECORDING_URL_KIND", "post"),
            ("AIRTABLE_BASE_ID", "jobs"),
        ] {
            assert_eq!(settings(&[(name, value)]).unwrap_err().variable.name, name, "{value}");
        }
        assert_eq!(Settings::from(&Environment::default()).unwrap_err().variable.name, "PUBLIC_BASE_URL");
    }
}
