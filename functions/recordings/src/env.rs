//! Configuration from the environment: read once, at start, here and nowhere else.

mod variables;

#[cfg(test)]
mod readme_tests;

pub use variables::*;

use std::collections::BTreeMap;
use std::fmt;

use crate::history_line::{PublicBucket, UrlKind};

/// One variable: its name, what it is for, and an example that would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// What it is for, as the end of a sentence.
    pub purpose: &'static str,
    /// A value that would do.
    pub example: &'static str,
    /// What holds when it is not set.
    pub default: Option<&'static str>,
}

/// The environment as it was at start. An empty variable counts as not set, because a template cannot leave one out.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// A variable that is missing or makes no sense. The function does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The variable.
    pub variable: Variable,
    /// What is wrong with it; `None` when it is missing.
    pub problem: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Variable { name, purpose, example, .. } = self.variable;
        match &self.problem {
            None => write!(f, "environment variable {name} is missing: {purpose}, for example {example}"),
            Some(problem) => {
                write!(f, "environment variable {name} is malformed ({problem}): {purpose}, for example {example}")
            }
        }
    }
}

impl Environment {
    /// The process's own environment.
    pub fn of_process() -> Self {
        std::env::vars().collect()
    }

    /// A variable that has to be there, by itself or by its default.
    ///
    /// # Errors
    /// [`ConfigError`] when it is missing or `parse` refuses it.
    pub fn required<T, E: fmt::Display>(
        &self,
        variable: Variable,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        self.optional(variable, parse)?.ok_or(ConfigError { variable, problem: None })
    }

    /// A variable that may be missing.
    ///
    /// # Errors
    /// [`ConfigError`] when `parse` refuses it.
    pub fn optional<T, E: fmt::Display>(
        &self,
        variable: Variable,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let set = self.0.get(variable.name).map(String::as_str).filter(|value| !value.is_empty());
        set.or(variable.default)
            .map(|value| parse(value).map_err(|error| ConfigError { variable, problem: Some(error.to_string()) }))
            .transpose()
    }
}

impl Environment {
    /// What goes into Airtable, as two variables say it together.
    ///
    /// # Errors
    /// [`ConfigError`] names the one that makes no sense.
    pub fn url_kind(&self) -> Result<UrlKind, ConfigError> {
        let kind = self.required(RECORDING_URL_KIND, UrlKind::parse)?;
        self.required(RECORDING_PUBLIC_URL, |value| kind.or_public(switch(value)?))
    }

    /// Where listeners reach the bucket.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or makes no sense.
    pub fn public_bucket(&self) -> Result<PublicBucket, ConfigError> {
        let bucket = self.required(S3_BUCKET, bucket)?;
        let endpoint = match self.optional(S3_PUBLIC_ENDPOINT, base_url)? {
            Some(endpoint) => Some(endpoint),
            None => self.optional(AWS_ENDPOINT_URL, base_url)?,
        };
        let region = match self.optional(S3_REGION, text)? {
            Some(region) => region,
            None => self.required(AWS_REGION, text)?,
        };
        Ok(match endpoint {
            Some(endpoint) => PublicBucket::at_endpoint(&endpoint, &bucket),
            None => PublicBucket::at_aws(&bucket, &region),
        })
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: Variable = Variable { name: "MINUTES", purpose: "how long to wait", example: "15", default: None };

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_missing_variable_is_named_with_its_purpose_and_an_example() {
        let error = environment(&[("MINUTES", "")]).required(MINUTES, whole_number::<u32>).unwrap_err();
        assert_eq!(error.to_string(), "environment variable MINUTES is missing: how long to wait, for example 15");
    }

    #[test]
    fn a_malformed_variable_says_what_is_wrong() {
        let error = environment(&[("MINUTES", "soon")]).required(MINUTES, whole_number::<u32>).unwrap_err();
        assert!(error.to_string().starts_with("environment variable MINUTES is malformed (expected a whole number): "));
    }

    #[test]
    fn a_default_holds_only_while_the_variable_is_not_set() {
        let with_default = Variable { default: Some("7"), ..MINUTES };
        assert_eq!(environment(&[]).required(with_default, whole_number::<u32>), Ok(7));
        assert_eq!(environment(&[("MINUTES", "9")]).required(with_default, whole_number::<u32>), Ok(9));
        assert_eq!(environment(&[]).optional(MINUTES, whole_number::<u32>), Ok(None));
    }

    #[test]
    fn names_of_aws_are_told_from_nonsense() {
        assert!(queue_url("https://sqs.eu-central-1.amazonaws.com/123456789012/tapeline-retry").is_ok());
        assert!(queue_url("http://localhost:4566/000000000000/tapeline-history.fifo").is_ok());
        assert!(arn("arn:aws:iam::123456789012:role/tapeline-links").is_ok());
        assert!(bucket("acme-call-recordings").is_ok());
        assert!(log_level("debug").is_ok());
        for nonsense in ["foo", "https://sqs.example.com", "arn:aws", "Acme Bucket", "verbose "] {
            assert!(
                queue_url(nonsense).is_err() && arn(nonsense).is_err() && log_level(nonsense).is_err(),
                "{nonsense}"
            );
        }
        assert!(bucket("Acme Bucket").is_err() && bucket("a").is_err());
    }

    #[test]
    fn a_moment_is_a_time_or_the_beginning_of_a_day() {
        for (value, expected) in [
            ("2024-03-15", Some("2024-03-15T00:00:00Z")),
            ("2024-03-15T14:30:22Z", Some("2024-03-15T14:30:22Z")),
            ("2024-03-15T15:30:22+01:00", Some("2024-03-15T14:30:22Z")),
            ("2024-03-15T14:30:22", None),
            ("2024-02-30", None),
            ("yesterday", None),
            ("15.03.2024", None),
        ] {
            assert_eq!(moment(value).ok(), expected.map(|time| time.parse().unwrap()), "{value}");
        }
    }

    #[test]
    fn hours_have_parts_and_are_not_below_zero() {
        use std::time::Duration;
        for (value, seconds) in [("0", Some(0)), ("0.5", Some(1_800)), ("24", Some(86_400)), ("-1", None), ("x", None)]
        {
            assert_eq!(hours(value).ok(), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn a_base_url_is_https_or_a_test_on_this_machine() {
        for good in ["https://api.twilio.com", "https://x.example/base/", "http://localhost:8080", "http://127.0.0.1:1"]
        {
            assert!(base_url(good).is_ok(), "{good}");
        }
        assert_eq!(base_url("https://x.example/").unwrap(), "https://x.example");
        for bad in [
            "http://x.example",
            "ftp://x",
            "x.example",
            "https://u:p@x.example",
            "https://x.example?a=1",
            "HTTPS://x#f",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
