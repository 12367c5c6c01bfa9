//! What this function is told by its environment.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use recordings::env::{self, ConfigError, Environment};
use recordings::history_line::{LineStyle, PublicBucket, UrlKind};
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
    /// What their URLs are.
    pub line_url: LineUrl,
    /// The tries within one invocation.
    pub quick_tries: u32,
    /// The tries after it.
    pub schedule: RetrySchedule,
    /// The providers whose copies are deleted in the end.
    pub delete_at: BTreeSet<Provider>,
    /// How long a provider's copy is kept once ours is safe.
    pub delete_after: Duration,
    /// Whether somebody listens to every recording once it is stored, or only to those that are asked for.
    pub listens_to_every: bool,
    /// Whether those who have a page open are told news.
    pub tells_news: bool,
    /// The base that holds the jobs of each organisation without one of its own.
    pub airtable_base: AirtableBaseId,
}

/// What the URL of a recording that is in the bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineUrl {
    /// The permanent link.
    Link,
    /// A signed URL that is to live so long.
    Signed(Duration),
    /// The object's own URL, which everybody may read.
    Public(PublicBucket),
}

impl LineUrl {
    fn from(environment: &Environment) -> Result<Self, ConfigError> {
        match environment.url_kind()? {
            UrlKind::Link => Ok(Self::Link),
            UrlKind::Signed => {
                environment.required(env::RECORDING_URL_EXPIRY_SECONDS, env::signed_seconds).map(Self::Signed)
            }
            UrlKind::Public => Ok(Self::Public(environment.public_bucket()?)),
        }
    }
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or makes no sense.
    pub fn from(environment: &Environment) -> Result<Self, ConfigError> {
        let retries = environment.required(env::RECORDING_MAX_RETRIES, env::whole_number)?;
        Ok(Self {
            prefix: environment.required(env::S3_PREFIX, AudioPrefix::parse)?,
            public_base_url: environment.required(env::PUBLIC_BASE_URL, env::base_url)?,
            line_style: LineStyle {
                source: environment.required(env::HISTORY_SOURCE, env::text)?,
                time_zone: environment.required(env::HISTORY_TIME_ZONE, TimeZone::get)?,
            },
            line_url: LineUrl::from(environment)?,
            quick_tries: environment.required(env::RECORDING_UPLOAD_RETRIES, at_least_one)?,
            schedule: environment.required(env::RECORDING_RETRY_MINUTES, |m| RetrySchedule::parse(m, retries))?,
            delete_at: environment.required(env::PROVIDER_DELETE, env::providers)?,
            delete_after: environment.required(env::PROVIDER_DELETE_AFTER_HOURS, env::hours)?,
            listens_to_every: environment.required(env::AUDIO_FINDINGS, every)?,
            tells_news: environment.optional(env::LIVE_ENDPOINT, env::base_url)?.is_some(),
            airtable_base: environment.required(env::AIRTABLE_BASE_ID, str::parse)?,
        })
    }

    /// Whether a provider's copy goes in the end.
    pub fn deletion(&self, provider: Provider) -> DeletionPolicy {
        if self.delete_at.contains(&provider) { DeletionPolicy::Delete } else { DeletionPolicy::Keep }
    }
}

fn every(value: &str) -> Result<bool, &'static str> {
    match value {
        "every" => Ok(true),
        "asked" => Ok(false),
        _ => Err("expected asked or every"),
    }
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
        assert!(!settings.listens_to_every);
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
    fn a_line_leads_where_it_is_told_to() {
        let url = |pairs: &[(&str, &str)]| settings(pairs).map(|settings| settings.line_url);
        assert_eq!(url(&[]), Ok(LineUrl::Link));
        assert_eq!(url(&[("RECORDING_URL_KIND", "signed")]), Ok(LineUrl::Signed(Duration::from_secs(3_600))));
        let bucket = [("S3_BUCKET", "calls"), ("AWS_REGION", "eu-central-1")];
        let public = |pair| url(&[bucket[0], bucket[1], pair]);
        let expected = LineUrl::Public(PublicBucket::at_aws("calls", "eu-central-1"));
        assert_eq!(public(("RECORDING_URL_KIND", "public")), Ok(expected.clone()));
        assert_eq!(public(("RECORDING_PUBLIC_URL", "true")), Ok(expected));
        let both = [("RECORDING_URL_KIND", "signed"), ("RECORDING_PUBLIC_URL", "true")];
        assert_eq!(url(&both).unwrap_err().variable.name, "RECORDING_PUBLIC_URL");
        assert_eq!(url(&[("RECORDING_URL_KIND", "public")]).unwrap_err().variable.name, "S3_BUCKET");
        let elsewhere =
            [bucket[0], bucket[1], ("RECORDING_URL_KIND", "public"), ("AWS_ENDPOINT_URL", "http://localhost:4566")];
        assert_eq!(url(&elsewhere), Ok(LineUrl::Public(PublicBucket::at_endpoint("http://localhost:4566", "calls"))));
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
            ("RECORDING_PUBLIC_URL", "yes"),
            ("AIRTABLE_BASE_ID", "jobs"),
        ] {
            assert_eq!(settings(&[(name, value)]).unwrap_err().variable.name, name, "{value}");
        }
        assert_eq!(Settings::from(&Environment::default()).unwrap_err().variable.name, "PUBLIC_BASE_URL");
    }
}
