//! The adapters as the environment configures them, for every function that uses them.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use super::airtable::{AirtableSettings, JobFields};
use super::aws;
use super::elevenlabs::ElevenLabsSettings;
use super::http::{BaseUrl, HttpSettings, Reach};
use super::providers::ProviderSettings;
use super::tls::Tls;
use super::twilio::{MediaFormat, TwilioSettings};
use super::vapi::VapiSettings;
use crate::env::{self, ConfigError, Environment};

/// Where AWS is and how long it may take.
///
/// # Errors
/// [`ConfigError`] names the first variable that is missing or makes no sense.
pub fn aws_settings(environment: &Environment) -> Result<aws::Settings, ConfigError> {
    let region = environment.required(env::AWS_REGION, env::text)?;
    let endpoint = environment.optional(env::AWS_ENDPOINT_URL, env::base_url)?;
    let mut settings = aws::Settings::of_function(&region, endpoint.as_deref());
    settings.bucket_region = environment.optional(env::S3_REGION, env::text)?.unwrap_or(region);
    settings.upload_timeout =
        Duration::from_secs(environment.required(env::RECORDING_UPLOAD_TIMEOUT_SECONDS, above_zero)?);
    Ok(settings)
}

/// Whom TLS trusts, for all clients.
///
/// # Errors
/// What is wrong with the file that `SSL_CERT_FILE` names.
pub fn tls(environment: &Environment) -> Result<Tls, Box<dyn Error + Send + Sync>> {
    Ok(match environment.optional(env::SSL_CERT_FILE, env::text)? {
        Some(path) => Tls::from_file(Path::new(&path))?,
        None => Tls::bundled()?,
    })
}

/// How providers and Airtable are reached. This machine itself is let in only where a base URL names it.
///
/// # Errors
/// [`ConfigError`] names the first variable that is missing or makes no sense.
pub fn http_settings(environment: &Environment) -> Result<HttpSettings, ConfigError> {
    let idle = environment.required(env::RECORDING_DOWNLOAD_TIMEOUT_MS, above_zero)?;
    let bases = [env::TWILIO_BASE_URL, env::VAPI_BASE_URL, env::ELEVENLABS_BASE_URL, env::AIRTABLE_BASE_URL]
        .map(|variable| environment.required(variable, env::base_url));
    let mut reach = Reach::Public;
    for base in bases {
        if base?.starts_with("http://") {
            reach = Reach::PublicAndLoopback;
        }
    }
    Ok(HttpSettings { idle_timeout: Duration::from_millis(idle), reach })
}

fn twilio_settings(environment: &Environment) -> Result<TwilioSettings, ConfigError> {
    Ok(TwilioSettings {
        base_url: environment.required(env::TWILIO_BASE_URL, base)?,
        format: environment.required(env::RECORDING_FORMAT, format)?,
        channels: environment.required(env::RECORDING_CHANNELS, env::channels)?,
    })
}

/// How recordings are asked for at each provider.
///
/// # Errors
/// [`ConfigError`] names the first variable that is missing or makes no sense.
pub fn provider_settings(environment: &Environment) -> Result<ProviderSettings, ConfigError> {
    Ok(ProviderSettings {
        twilio: twilio_settings(environment)?,
        vapi: VapiSettings {
            base_url: environment.required(env::VAPI_BASE_URL, base)?,
            channels: environment.required(env::RECORDING_CHANNELS, env::channels)?,
        },
        elevenlabs: ElevenLabsSettings { base_url: environment.required(env::ELEVENLABS_BASE_URL, base)? },
    })
}

/// Where the jobs are.
///
/// # Errors
/// [`ConfigError`] names the first variable that is missing or makes no sense.
pub fn airtable_settings(environment: &Environment) -> Result<AirtableSettings, ConfigError> {
    Ok(AirtableSettings {
        base_url: environment.required(env::AIRTABLE_BASE_URL, base)?,
        base_id: environment.required(env::AIRTABLE_BASE_ID, str::parse)?,
        table: environment.required(env::AIRTABLE_TABLE_ID, env::text)?,
        fields: JobFields {
            number: environment.required(env::AIRTABLE_JOB_NUMBER_FIELD, env::text)?,
            call_ids: environment.optional(env::AIRTABLE_CALL_ID_FIELD, env::text)?,
            history: environment.required(env::AIRTABLE_HISTORY_FIELD, env::text)?,
        },
    })
}

fn base(value: &str) -> Result<BaseUrl, &'static str> {
    env::base_url(value)?.parse().map_err(|_| "expected https://host")
}

fn format(value: &str) -> Result<MediaFormat, &'static str> {
    match value {
        "mp3" => Ok(MediaFormat::Mp3),
        "wav" => Ok(MediaFormat::Wav),
        _ => Err("expected mp3 or wav"),
    }
}

fn above_zero(value: &str) -> Result<u64, &'static str> {
    value.parse().ok().filter(|number| *number > 0).ok_or("expected a whole number above zero")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let base =
            [("AWS_REGION", "eu-central-1"), ("AIRTABLE_BASE_ID", "appA1b2C3d4E5f6G7"), ("AIRTABLE_TABLE_ID", "tbl1")];
        base.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn nothing_but_the_public_network_is_reached_unless_a_base_url_names_this_machine() {
        assert_eq!(http_settings(&environment(&[])).unwrap().reach, Reach::Public);
        for name in ["TWILIO_BASE_URL", "VAPI_BASE_URL", "ELEVENLABS_BASE_URL"] {
            let local = environment(&[(name, "http://127.0.0.1:8081")]);
            assert_eq!(http_settings(&local).unwrap().reach, Reach::PublicAndLoopback, "{name}");
        }
        assert!(http_settings(&environment(&[("TWILIO_BASE_URL", "http://twilio.example")])).is_err());
    }

    #[test]
    fn the_buckets_region_is_the_functions_unless_told_otherwise() {
        assert_eq!(aws_settings(&environment(&[])).unwrap().bucket_region, "eu-central-1");
        assert_eq!(aws_settings(&environment(&[("S3_REGION", "us-east-1")])).unwrap().bucket_region, "us-east-1");
    }

    #[test]
    fn an_id_that_is_no_bases_is_named_before_anything_is_asked_of_it() {
        assert!(airtable_settings(&environment(&[])).is_ok());
        let error = airtable_settings(&environment(&[("AIRTABLE_BASE_ID", "tblA1b2C3d4E5f6G7")])).unwrap_err();
        assert_eq!(error.variable.name, "AIRTABLE_BASE_ID");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let missing_region = aws_settings(&Environment::default()).unwrap_err();
        assert_eq!(missing_region.variable.name, "AWS_REGION");
        for (name, value) in [
            ("RECORDING_FORMAT", "ogg"),
            ("RECORDING_CHANNELS", "3"),
            ("TWILIO_BASE_URL", "twilio"),
            ("VAPI_BASE_URL", "vapi"),
            ("ELEVENLABS_BASE_URL", "http://elevenlabs.example"),
        ] {
            assert_eq!(provider_settings(&environment(&[(name, value)])).unwrap_err().variable.name, name);
        }
        assert_eq!(
            http_settings(&environment(&[("RECORDING_DOWNLOAD_TIMEOUT_MS", "0")])).unwrap_err().variable.name,
            "RECORDING_DOWNLOAD_TIMEOUT_MS"
        );
    }
}
