//! Every variable that any function reads, and the parsers of their values.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Variable;
use crate::recording::{Channels, InvalidId, Provider};

macro_rules! variables {
    ($($name:ident $(= $default:literal)?: $purpose:literal, $example:literal;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: ", $purpose, ".")]
            pub const $name: Variable = Variable {
                name: stringify!($name),
                purpose: $purpose,
                example: $example,
                default: variables!(@default $($default)?),
            };
        )*
        /// All of them, for the table in the README.
        pub const ALL: &[Variable] = &[$($name),*];
    };
    (@default $default:literal) => { Some($default) };
    (@default) => { None };
}

variables! {
    LOG_LEVEL = "info": "the least severe log record that is written", "info";
    METRICS_NAMESPACE = "Tapeline": "the CloudWatch namespace of the figures, which tells installations in one account apart", "Tapeline/tapeline-prod";
    AWS_REGION: "the region that the function runs in; Lambda sets it", "eu-central-1";
    AWS_ENDPOINT_URL: "another place for the AWS APIs, for a local emulator", "http://localhost:4566";
    SSL_CERT_FILE: "a file of root certificates (PEM) to trust in place of those that Mozilla trusts, for a proxy that opens TLS", "/opt/certificates.pem";
    SECRET_ID: "the Secrets Manager secret with all credentials and keys", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tapeline";
    S3_BUCKET: "the bucket that holds the recordings and their ledger", "acme-call-recordings";
    S3_REGION: "the bucket's region where it is not the function's", "eu-central-1";
    S3_PREFIX = "recordings/": "the folder in the bucket that holds audio", "recordings/";
    S3_PUBLIC_ENDPOINT: "another host for signed URLs", "https://s3.example.com";
    KMS_KEY_ARN: "the KMS key that encrypts audio; without one S3's own key does", "arn:aws:kms:eu-central-1:123456789012:key/…";
    TRANSFER_QUEUE_URL: "where recordings to be fetched are queued", "https://sqs.eu-central-1.amazonaws.com/123456789012/tapeline-transfer";
    HISTORY_QUEUE_URL: "where jobs whose history lacks lines are queued", "https://sqs.eu-central-1.amazonaws.com/123456789012/tapeline-history.fifo";
    TRANSFER_DEAD_LETTER_QUEUE_URL: "where transfers are that failed for good", "https://sqs.eu-central-1.amazonaws.com/123456789012/tapeline-transfer-dead";
    HISTORY_DEAD_LETTER_QUEUE_URL: "where messages about histories are that failed for good", "https://sqs.eu-central-1.amazonaws.com/123456789012/tapeline-history-dead.fifo";
    RETRY_QUEUE_URL: "where transfers wait for another try", "https://sqs.eu-central-1.amazonaws.com/123456789012/tapeline-retry";
    PUBLIC_BASE_URL: "the address under which Twilio and people reach the API, as it stands in their URLs", "https://calls.example.com";
    LINK_SIGNER_ROLE_ARN: "the role that signs S3 URLs and may do nothing but read audio", "arn:aws:iam::123456789012:role/tapeline-links";
    RECORDING_URL_KIND = "link": "what goes into Airtable: link, signed (an S3 URL that ends within the hour) or public (the object's plain URL)", "link";
    RECORDING_PUBLIC_URL = "false": "another way to say public: true or false", "false";
    RECORDING_URL_EXPIRATION_MINUTES = "15": "how long the S3 URL behind a link works, in minutes", "15";
    RECORDING_URL_EXPIRY_SECONDS = "3600": "how long a signed URL works that the API was asked for anew, in seconds", "3600";
    LIVE_URL: "where pages hear news as it happens, over a WebSocket; without it they ask every few seconds", "wss://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live";
    LIVE_ENDPOINT: "where news for those pages is handed in, at API Gateway", "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live";
    CORS_ALLOWED_ORIGINS = "*": "the origins whose pages may call the API, separated by commas, or *", "https://app.example.com";
    OIDC_ISSUER: "another issuer of tokens for the API, by OpenID Connect, as its tokens name it", "https://login.example.com/";
    OIDC_AUDIENCE = "tapeline": "whom that issuer's tokens have to be for", "tapeline";
    OIDC_ALGORITHM = "RS256": "the one algorithm that it signs with: RS256, PS256, ES256 or EdDSA", "RS256";
    OIDC_CLIENT_ID: "as which client of OIDC_ISSUER people sign in on the dashboard; without it they paste a token", "tapeline-dashboard";
    OIDC_SIGN_IN_ORIGINS: "where that issuer hands out tokens, where it does not do so at its own origin, separated by commas", "https://auth.example.com";
    RECORDING_FORMAT = "mp3": "the format that is fetched from Twilio: mp3 or wav", "mp3";
    RECORDING_CHANNELS = "mono": "the channels to record and fetch: mono or dual; of Vapi's calls the mixed or the stereo recording", "mono";
    AUDIO_FINDINGS = "asked": "to which recordings somebody listens, for waveforms and for what only samples tell: those that are asked for, or every one once it is stored", "asked";
    RECORDING_UPLOAD_RETRIES = "3": "the quick tries within one invocation", "3";
    RECORDING_UPLOAD_TIMEOUT_SECONDS = "30": "how long one upload request may take, in seconds", "30";
    RECORDING_DOWNLOAD_TIMEOUT_MS = "60000": "how long a provider may send nothing, in milliseconds", "60000";
    RECORDING_RETRY_MINUTES = "5,10,20,40": "the waits before later tries, in minutes", "5,10,20,40";
    RECORDING_MAX_RETRIES = "3": "the later tries before a recording counts as failed", "3";
    OPEN_RETRY_MINUTES = "15": "how long unfinished business is left alone before it is sent again, and Airtable once the month's calls are used up, in minutes", "15";
    RECONCILE_WINDOW_DAYS = "3": "how many days of recordings each reconciliation compares, today included", "3";
    ORPHAN_AFTER_DAYS = "7": "how long audio lies in the bucket without a ledger entry before it is adopted or moved aside, in days", "7";
    RECORDING_RETENTION_DAYS = "365": "after how many days the bucket's own rule deletes audio under standard retention", "365";
    RECORDING_LIFECYCLE_IA_DAYS = "90": "after how many days the bucket's own rule moves audio to a cheaper storage class", "90";
    RECONCILE_SINCE: "from when on recordings are ours to import or delete, a time or a day, UTC; without it, since the stack was created", "2024-03-15T00:00:00Z";
    PROVIDER_DELETE = "twilio": "the providers whose copy is deleted in the end, separated by commas, or none", "twilio";
    PROVIDER_DELETE_AFTER_HOURS = "0": "how long a provider's copy is kept once ours is safe, in hours; above 0 the hourly reconciliation deletes it", "0";
    VAPI_ENFORCE_RECORDING = "false": "whether assistants at Vapi whose recording is off are switched on each day: true or false", "true";
    DOCTOR_CANARY_JOB: "the job, in each organisation's Airtable, whose history gets the line of a canary recording each day; without it there is no canary", "CANARY";
    AIRTABLE_BASE_ID: "the Airtable base with the jobs", "appA1b2C3d4E5f6G7";
    AIRTABLE_TABLE_ID: "the table of the jobs, by id", "tblA1b2C3d4E5f6G7";
    AIRTABLE_JOB_NUMBER_FIELD = "Job Number": "the field with a job's number", "Job Number";
    AIRTABLE_CALL_ID_FIELD = "Call ID": "the field with the ids of a job's calls", "Call ID";
    AIRTABLE_HISTORY_FIELD = "job_history": "the long text field that lines are appended to", "job_history";
    HISTORY_SOURCE = "IVR": "what a history line gives as its source", "IVR";
    HISTORY_TIME_ZONE = "UTC": "the time zone of history lines", "Europe/Berlin";
    VOICE_AGENT_URL: "where a call goes once its recording has started", "https://agent.example.com/voice";
    RECORDING_CONSENT_MESSAGE: "what callers hear before the recording starts", "This call is recorded.";
    TWILIO_BASE_URL = "https://api.twilio.com": "Twilio's API, for regional hosts and tests", "https://api.twilio.com";
    VAPI_BASE_URL = "https://api.vapi.ai": "Vapi's API, for regional hosts and tests", "https://api.vapi.ai";
    ELEVENLABS_BASE_URL = "https://api.elevenlabs.io": "ElevenLabs' API, for regional hosts and tests", "https://api.elevenlabs.io";
    AIRTABLE_BASE_URL = "https://api.airtable.com": "Airtable's API, for tests", "https://api.airtable.com";
}

/// Takes minutes, and parts of them.
///
/// # Errors
/// For what is no number above zero.
pub fn minutes(value: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected minutes above zero";
    let minutes: f64 = value.parse().map_err(|_| EXPECTED)?;
    Duration::try_from_secs_f64(minutes * 60.0).ok().filter(|time| !time.is_zero()).ok_or(EXPECTED)
}

/// Takes days, and parts of them.
///
/// # Errors
/// For what is no number above zero.
pub fn days(value: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected days above zero";
    let days: f64 = value.parse().map_err(|_| EXPECTED)?;
    Duration::try_from_secs_f64(days * 86_400.0).ok().filter(|time| !time.is_zero()).ok_or(EXPECTED)
}

/// Takes hours, and parts of them.
///
/// # Errors
/// For what is no number, or one below zero.
pub fn hours(value: &str) -> Result<Duration, &'static str> {
    let hours: f64 = value.parse().map_err(|_| "expected hours")?;
    Duration::try_from_secs_f64(hours * 3_600.0).map_err(|_| "expected hours, none below zero")
}

/// Takes the names of providers, separated by commas, or `none`.
///
/// # Errors
/// For a name that is no provider's.
pub fn providers(value: &str) -> Result<BTreeSet<Provider>, InvalidId> {
    match value {
        "none" => Ok(BTreeSet::new()),
        list => list.split(',').map(|name| name.trim().parse()).collect(),
    }
}

/// Takes a time, or a day for its first moment in UTC.
///
/// # Errors
/// For what is neither.
pub fn moment(value: &str) -> Result<Timestamp, &'static str> {
    const EXPECTED: &str = "expected a time such as 2024-03-15T14:30:00Z, or a day such as 2024-03-15";
    let midnight = |day: Date| day.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp());
    let day = || value.parse().ok().filter(|_| value.len() == "2024-03-15".len()).and_then(|day| midnight(day).ok());
    value.parse().ok().or_else(day).ok_or(EXPECTED)
}

/// Takes the seconds for which a URL is signed.
///
/// # Errors
/// Says what was expected.
pub fn signed_seconds(value: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected seconds from 1 to 604800, which are the seven days that S3 allows";
    match value.parse::<u64>() {
        Ok(seconds @ 1..=604_800) => Ok(Duration::from_secs(seconds)),
        _ => Err(EXPECTED),
    }
}

/// Takes true or false.
///
/// # Errors
/// For what is neither.
pub fn switch(value: &str) -> Result<bool, &'static str> {
    value.parse().map_err(|_| "expected true or false")
}

/// Takes any text.
///
/// # Errors
/// Never.
pub fn text(value: &str) -> Result<String, std::convert::Infallible> {
    Ok(value.to_owned())
}

/// Reads the URL of a queue.
///
/// # Errors
/// Says what was expected.
pub fn queue_url(value: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "expected the URL of a queue";
    let url = url::Url::parse(value).map_err(|_| EXPECTED)?;
    let whole = matches!(url.scheme(), "http" | "https") && url.has_host() && url.path().len() > 1;
    if whole { Ok(value.to_owned()) } else { Err(EXPECTED) }
}

/// Reads an ARN.
///
/// # Errors
/// Says what was expected.
pub fn arn(value: &str) -> Result<String, &'static str> {
    let whole = value.starts_with("arn:") && value.split(':').count() >= 6 && !value.contains(char::is_whitespace);
    if whole { Ok(value.to_owned()) } else { Err("expected an ARN") }
}

/// Reads the name of a bucket.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
///
/// # Errors
/// Says what was expected.
pub fn bucket(value: &str) -> Result<String, &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    if (3..=63).contains(&value.len()) && value.bytes().all(plain) {
        Ok(value.to_owned())
    } else {
        Err("expected the name of a bucket")
    }
}

/// Reads the least severe level of log records.
///
/// # Errors
/// Says what was expected.
pub fn log_level(value: &str) -> Result<String, &'static str> {
    match value {
        "error" | "warn" | "info" | "debug" | "trace" => Ok(value.to_owned()),
        _ => Err("expected error, warn, info, debug or trace"),
    }
}

/// Reads a whole number.
///
/// # Errors
/// Says what was expected.
pub fn whole_number<T: FromStr>(value: &str) -> Result<T, &'static str> {
    value.parse().map_err(|_| "expected a whole number")
}

/// Reads the channels of a recording.
///
/// # Errors
/// Says what was expected.
pub fn channels(value: &str) -> Result<Channels, &'static str> {
    match value {
        "mono" => Ok(Channels::Mono),
        "dual" => Ok(Channels::Dual),
        _ => Err("expected mono or dual"),
    }
}

/// Reads the address of a WebSocket: `wss`, or `ws` to this machine for tests.
///
/// # Errors
/// Says what was expected.
pub fn socket_url(value: &str) -> Result<String, &'static str> {
    let rest = value.strip_prefix("ws").ok_or("expected wss://host, without login, query or fragment")?;
    let url = base_url(&format!("http{rest}")).map_err(|_| "expected wss://host, without login, query or fragment")?;
    Ok(url.replacen("http", "ws", 1))
}

/// Reads the base of URLs, without a slash at the end: `https`, or `http` to this machine for tests.
///
/// # Errors
/// Says what was expected.
pub fn base_url(value: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "expected https://host, without login, query or fragment";
    let url = url::Url::parse(value).map_err(|_| EXPECTED)?;
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
        || url.host_str().is_some_and(|host| host.ends_with(".localhost"));
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let scheme = value.starts_with("https://") || (value.starts_with("http://") && local);
    if plain && scheme { Ok(value.trim_end_matches('/').to_owned()) } else { Err(EXPECTED) }
}
