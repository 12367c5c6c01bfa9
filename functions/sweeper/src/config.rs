//! What this function is told by its environment.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use recordings::env::{self, ConfigError, Environment};
use recordings::history_line::UrlKind;
use recordings::object_key::AudioPrefix;
use recordings::recording::{AirtableBaseId, JobNumber, Provider};

/// How the sweep goes about; what the adapters need is read where they are wired.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long unfinished business is left alone.
    pub untouched_for: Duration,
    /// The markers that one run looks at.
    pub markers_a_run: u32,
    /// How many days of recordings are compared with the ledger, today included.
    pub window_days: u16,
    /// How long audio without an entry is left alone.
    pub orphan_after: Duration,
    /// After how many days the bucket deletes audio under standard retention.
    pub retention_days: u32,
    /// After how many days it moves that to a cheaper storage class.
    pub infrequent_after_days: u32,
    /// The key that the bucket encrypts with, where it is not S3's own.
    pub kms_key: Option<String>,
    /// Whether everybody may read audio.
    pub public: bool,
    /// Under which address Twilio reaches us.
    pub public_base_url: String,
    /// From when on recordings are ours; since the installation was made, where nothing is said.
    pub since: Option<Timestamp>,
    /// The providers whose copies are deleted in the end.
    pub delete_at: BTreeSet<Provider>,
    /// How long a provider's copy is kept once ours is safe.
    pub delete_after: Duration,
    /// Whether assistants that do not record are made to.
    pub enforce_recording: bool,
    /// The job whose history gets the line of a canary, where there is to be one.
    pub canary_job: Option<JobNumber>,
    /// The folder that holds audio.
    pub prefix: AudioPrefix,
    /// The base that holds the jobs of each organisation without one of its own.
    pub airtable_base: AirtableBaseId,
}

/// A run sends this many requests at the most, so that a backlog comes back in portions.
const MARKERS_A_RUN: u32 = 2_000;

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or makes no sense.
    pub fn from(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            untouched_for: environment.required(env::OPEN_RETRY_MINUTES, env::minutes)?,
            markers_a_run: MARKERS_A_RUN,
            window_days: environment.required(env::RECONCILE_WINDOW_DAYS, window_days)?,
            orphan_after: environment.required(env::ORPHAN_AFTER_DAYS, env::days)?,
            retention_days: environment.required(env::RECORDING_RETENTION_DAYS, retention_days)?,
            infrequent_after_days: environment.required(env::RECORDING_LIFECYCLE_IA_DAYS, retention_days)?,
            kms_key: environment.optional(env::KMS_KEY_ARN, env::arn)?,
            public: environment.url_kind()? == UrlKind::Public,
            public_base_url: environment.required(env::PUBLIC_BASE_URL, env::base_url)?,
            since: environment.optional(env::RECONCILE_SINCE, env::moment)?,
            delete_at: environment.required(env::PROVIDER_DELETE, env::providers)?,
            delete_after: environment.required(env::PROVIDER_DELETE_AFTER_HOURS, env::hours)?,
            enforce_recording: environment.required(env::VAPI_ENFORCE_RECORDING, env::switch)?,
            canary_job: environment.optional(env::DOCTOR_CANARY_JOB, str::parse)?,
            prefix: environment.required(env::S3_PREFIX, AudioPrefix::parse)?,
            airtable_base: environment.required(env::AIRTABLE_BASE_ID, str::parse)?,
        })
    }
}

/// A month, more than which nobody lists every hour.
const MOST_WINDOW_DAYS: u16 = 31;

fn window_days(value: &str) -> Result<u16, &'static str> {
    value.parse().ok().filter(|days| (1..=MOST_WINDOW_DAYS).contains(days)).ok_or("expected 1 to 31 days")
}

/// As many as the template takes.
const MOST_RETENTION_DAYS: u32 = 36_500;

fn retention_days(value: &str) -> Result<u32, &'static str> {
    value.parse().ok().filter(|days| (1..=MOST_RETENTION_DAYS).contains(days)).ok_or("expected 1 to 36500 days")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let base = [("AIRTABLE_BASE_ID", "appA1b2C3d4E5f6G7"), ("PUBLIC_BASE_URL", "https://calls.example.com/")];
        base.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn markers_are_left_alone_for_a_quarter_of_an_hour_unless_told_otherwise() {
        assert_eq!(Settings::from(&environment(&[])).unwrap().untouched_for, Duration::from_secs(900));
        for (value, seconds) in [("0.05", Some(3)), ("0", None), ("-1", None), ("soon", None), ("NaN", None)] {
            let environment = environment(&[("OPEN_RETRY_MINUTES", value)]);
            let read = Settings::from(&environment).ok().map(|settings| settings.untouched_for.as_secs());
            assert_eq!(read, seconds, "{value}");
        }
    }

    #[test]
    fn what_is_kept_for_how_long_is_told_in_days() {
        let settings = Settings::from(&environment(&[])).unwrap();
        assert_eq!((settings.orphan_after.as_secs(), settings.retention_days), (7 * 86_400, 365));
        for (name, value, is_good) in [
            ("ORPHAN_AFTER_DAYS", "0.5", true),
            ("ORPHAN_AFTER_DAYS", "0", false),
            ("ORPHAN_AFTER_DAYS", "soon", false),
            ("RECORDING_RETENTION_DAYS", "36500", true),
            ("RECORDING_RETENTION_DAYS", "36501", false),
            ("RECORDING_RETENTION_DAYS", "0.5", false),
        ] {
            let environment = environment(&[(name, value)]);
            assert_eq!(Settings::from(&environment).is_ok(), is_good, "{name} {value}");
        }
    }

    #[test]
    fn the_scope_and_the_deletion_are_the_documented_ones() {
        let settings = Settings::from(&environment(&[])).unwrap();
        assert_eq!((settings.since, settings.delete_after), (None, Duration::ZERO));
        assert_eq!(settings.delete_at, BTreeSet::from([Provider::Twilio]));
        for (name, value) in [
            ("VAPI_ENFORCE_RECORDING", "yes"),
            ("RECONCILE_SINCE", "yesterday"),
            ("PROVIDER_DELETE", "twillio"),
            ("PROVIDER_DELETE_AFTER_HOURS", "-1"),
            ("AIRTABLE_BASE_ID", "jobs"),
            ("PUBLIC_BASE_URL", "http://calls.example.com"),
            ("KMS_KEY_ARN", "key"),
            ("RECORDING_PUBLIC_URL", "yes"),
            ("RECORDING_LIFECYCLE_IA_DAYS", "0"),
            ("DOCTOR_CANARY_JOB", "no job"),
        ] {
            let environment = environment(&[(name, value)]);
            assert_eq!(Settings::from(&environment).unwrap_err().variable.name, name, "{value}");
        }
    }

    #[test]
    fn three_days_are_compared_unless_told_otherwise() {
        assert_eq!(Settings::from(&environment(&[])).unwrap().window_days, 3);
        for (value, days) in [("1", Some(1)), ("31", Some(31)), ("0", None), ("32", None), ("-1", None)] {
            let environment = environment(&[("RECONCILE_WINDOW_DAYS", value)]);
            assert_eq!(Settings::from(&environment).ok().map(|settings| settings.window_days), days, "{value}");
        }
    }
}
