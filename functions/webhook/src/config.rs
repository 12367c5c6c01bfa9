//! What this function is told by its environment.

use std::time::Duration;

use jiff::tz::TimeZone;
use recordings::env::{self, ConfigError, Environment};
use recordings::history_line::{LineStyle, UrlKind};
use recordings::recording::Channels;
use recordings::secrets::{OidcIssuer, TokenAlgorithm};

pub use crate::api::cors::AllowedOrigins;

/// How the outside world is answered; what the adapters need is read where they are wired.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address that webhooks are signed for and that links start with.
    pub public_base_url: String,
    /// How long the S3 URL behind a link works.
    pub signed_url_lifetime: Duration,
    /// The channels that are recorded, or asked for where a provider records all.
    pub channels: Channels,
    /// What the voice webhook does with a call; none leaves the route off.
    pub voice: Option<VoiceSettings>,
    /// How the API behaves.
    pub api: ApiSettings,
    /// What the dashboard needs to know.
    pub dashboard: DashboardSettings,
    /// Where news is heard as it happens, over a WebSocket; none where none is sent.
    pub live_url: Option<String>,
}

/// What the dashboard needs to know.
#[derive(Debug, Clone)]
pub struct DashboardSettings {
    /// The origin from which browsers play what is in the bucket.
    pub audio_origin: String,
    /// Where people sign in; none where they paste a token.
    pub sign_in: Option<SignIn>,
}

/// Where people sign in, by OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The issuer, to the letter.
    pub issuer: String,
    /// As which of its clients. A page in a browser can keep no secret, so that the client has none.
    pub client_id: String,
    /// Whom its tokens have to be for.
    pub audience: String,
    /// The origins that the page asks for tokens, that of the issuer first.
    pub origins: Vec<String>,
}

/// How the API behaves.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The origins whose pages may call it.
    pub cors_allowed_origins: AllowedOrigins,
    /// How long a URL works that was asked for anew.
    pub refreshed_url_lifetime: Duration,
    /// What the URLs in histories are.
    pub line_url: UrlKind,
    /// How a line with a URL that was signed anew is written.
    pub line_style: LineStyle,
    /// Whose tokens are believed of every organisation, besides the stack's own.
    pub oidc: Option<OidcIssuer>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            cors_allowed_origins: AllowedOrigins::Any,
            refreshed_url_lifetime: Duration::from_secs(3_600),
            line_url: UrlKind::Link,
            line_style: LineStyle { source: "IVR".to_owned(), time_zone: TimeZone::UTC },
            oidc: None,
        }
    }
}

/// What the voice webhook does with a call.
#[derive(Debug, Clone)]
pub struct VoiceSettings {
    /// Where the call goes once its recording has started.
    pub agent_url: String,
    /// What the caller hears first.
    pub consent_message: Option<String>,
    /// The channels that are recorded.
    pub channels: Channels,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is missing or makes no sense.
    pub fn from(environment: &Environment) -> Result<Self, ConfigError> {
        let channels = environment.required(env::RECORDING_CHANNELS, env::channels)?;
        let consent_message = environment.optional(env::RECORDING_CONSENT_MESSAGE, env::text)?;
        let agent_url = environment.optional(env::VOICE_AGENT_URL, agent_url)?;
        Ok(Self {
            public_base_url: environment.required(env::PUBLIC_BASE_URL, env::base_url)?,
            signed_url_lifetime: environment.required(env::RECORDING_URL_EXPIRATION_MINUTES, minutes)?,
            channels,
            voice: agent_url.map(|agent_url| VoiceSettings { agent_url, consent_message, channels }),
            api: ApiSettings::from(environment)?,
            dashboard: DashboardSettings::from(environment)?,
            live_url: environment.optional(env::LIVE_URL, env::socket_url)?,
        })
    }
}

impl ApiSettings {
    fn from(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            cors_allowed_origins: environment.required(env::CORS_ALLOWED_ORIGINS, AllowedOrigins::parse)?,
            refreshed_url_lifetime: environment.required(env::RECORDING_URL_EXPIRY_SECONDS, env::signed_seconds)?,
            line_url: environment.url_kind()?,
            line_style: LineStyle {
                source: environment.required(env::HISTORY_SOURCE, env::text)?,
                time_zone: environment.required(env::HISTORY_TIME_ZONE, TimeZone::get)?,
            },
            oidc: oidc(environment)?,
        })
    }
}

impl DashboardSettings {
    fn from(environment: &Environment) -> Result<Self, ConfigError> {
        let audio_origin = environment.public_bucket()?.origin().to_owned();
        let client_id = environment.optional(env::OIDC_CLIENT_ID, env::text)?;
        let elsewhere = environment.optional(env::OIDC_SIGN_IN_ORIGINS, origins)?.unwrap_or_default();
        let sign_in = oidc(environment)?.zip(client_id).map(|(OidcIssuer { issuer, audience, .. }, client_id)| {
            let origins = origin(&issuer).into_iter().chain(elsewhere).collect();
            SignIn { issuer, client_id, audience, origins }
        });
        Ok(Self { audio_origin, sign_in })
    }
}

/// Origins with TLS, separated by commas. They become part of a policy, in which a space or a semicolon would mean more.
fn origins(value: &str) -> Result<Vec<String>, &'static str> {
    let origins = value.split(',').map(|one| origin(one.trim()).filter(|origin| origin == one.trim()));
    origins.collect::<Option<_>>().ok_or("expected origins such as https://auth.example.com, separated by commas")
}

/// The origin of a URL, in characters that every origin is made of.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| *scheme == "https")?;
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    let is_plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    is_plain.then(|| format!("{scheme}://{host}"))
}

fn agent_url(value: &str) -> Result<String, &'static str> {
    // Only the base is held to its rules; an agent's URL may well carry a query.
    let base = value.split(['?', '#']).next().unwrap_or(value);
    env::base_url(base).map(|_| value.to_owned())
}

fn minutes(value: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected minutes from 1 to 10080, which are the seven days that S3 allows";
    match value.parse::<u64>() {
        Ok(minutes @ 1..=10_080) => Ok(Duration::from_secs(minutes * 60)),
        _ => Err(EXPECTED),
    }
}

fn oidc(environment: &Environment) -> Result<Option<OidcIssuer>, ConfigError> {
    let audience = environment.required(env::OIDC_AUDIENCE, env::text)?;
    let algorithm = environment.required(env::OIDC_ALGORITHM, TokenAlgorithm::parse)?;
    let issuer = environment.optional(env::OIDC_ISSUER, issuer)?;
    Ok(issuer.map(|issuer| OidcIssuer { issuer, audience, algorithm }))
}

/// An issuer's name, to the letter: with its slash at the end, where it has one.
fn issuer(value: &str) -> Result<String, &'static str> {
    let is_url = value.starts_with("https://") && env::base_url(value).is_ok();
    if is_url { Ok(value.to_owned()) } else { Err("expected https://host, as the issuer's tokens give it") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let base = [
            ("PUBLIC_BASE_URL", "https://calls.example.com/"),
            ("S3_BUCKET", "acme-call-recordings"),
            ("AWS_REGION", "eu-central-1"),
        ];
        let all = base.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from(&all.collect())
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.public_base_url, "https://calls.example.com");
        assert_eq!(settings.signed_url_lifetime, Duration::from_secs(15 * 60));
        assert!(settings.voice.is_none());
    }

    #[test]
    fn the_voice_route_is_on_once_there_is_an_agent() {
        let voice = settings(&[("VOICE_AGENT_URL", "https://agent.example.com/voice?x=1")]).unwrap().voice.unwrap();
        assert_eq!(voice.agent_url, "https://agent.example.com/voice?x=1");
        assert_eq!(voice.channels, Channels::Mono);
        assert_eq!(voice.consent_message, None);
    }

    #[test]
    fn people_sign_in_where_there_is_an_issuer_and_a_client() {
        let dashboard = |pairs: &[(&str, &str)]| settings(pairs).unwrap().dashboard;
        let (issuer, client) = (("OIDC_ISSUER", "https://login.example.com/acme/"), ("OIDC_CLIENT_ID", "page"));
        assert_eq!(dashboard(&[]).audio_origin, "https://acme-call-recordings.s3.eu-central-1.amazonaws.com");
        assert_eq!(dashboard(&[("S3_PUBLIC_ENDPOINT", "http://localhost:9000")]).audio_origin, "http://localhost:9000");
        for incomplete in [&[][..], &[issuer], &[client]] {
            assert_eq!(dashboard(incomplete).sign_in, None);
        }
        let elsewhere = ("OIDC_SIGN_IN_ORIGINS", "https://auth.example.com, https://b.example.com:8443");
        let sign_in = dashboard(&[issuer, client, elsewhere]).sign_in.unwrap();
        assert_eq!((sign_in.client_id.as_str(), sign_in.audience.as_str()), ("page", "tapeline"));
        let origins = ["https://login.example.com", "https://auth.example.com", "https://b.example.com:8443"];
        assert_eq!(sign_in.origins, origins);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (name, value) in [
            ("PUBLIC_BASE_URL", "calls.example.com"),
            ("RECORDING_URL_EXPIRATION_MINUTES", "0"),
            ("RECORDING_URL_EXPIRATION_MINUTES", "10081"),
            ("RECORDING_CHANNELS", "stereo"),
            ("VOICE_AGENT_URL", "agent"),
            ("RECORDING_URL_EXPIRY_SECONDS", "0"),
            ("RECORDING_URL_EXPIRY_SECONDS", "604801"),
            ("RECORDING_URL_KIND", "post"),
            ("RECORDING_PUBLIC_URL", "yes"),
            ("HISTORY_TIME_ZONE", "Mars/Olympus"),
            ("OIDC_ISSUER", "http://localhost"),
            ("OIDC_ALGORITHM", "HS256"),
            ("OIDC_SIGN_IN_ORIGINS", "http://auth.example.com"),
            ("OIDC_SIGN_IN_ORIGINS", "https://auth.example.com/token"),
            ("OIDC_SIGN_IN_ORIGINS", "https://a; script-src *"),
            ("CORS_ALLOWED_ORIGINS", "app.example.com"),
        ] {
            assert_eq!(settings(&[(name, value)]).unwrap_err().variable.name, name, "{value}");
        }
    }
}
