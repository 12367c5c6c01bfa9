use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::SharedHttpClient;

use super::connector;
use crate::adapters::tls::{Tls, TlsError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Small calls answer within milliseconds; one that has not by now hangs.
const SMALL_ATTEMPT: Duration = Duration::from_secs(3);
const SMALL_IN_ALL: Duration = Duration::from_secs(5);
const SMALL_ATTEMPTS: u32 = 2;
/// Above what a busy function leaves between two calls, and below what the services leave an idle connection, so that
/// a request which is not sent twice does not meet a connection that is being closed.
const KEEP_IDLE: Duration = Duration::from_secs(15);

/// Where AWS is, and who calls it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The region of the function and its queues.
    pub region: String,
    /// The region of the bucket, `S3_REGION`.
    pub bucket_region: String,
    /// Another place than AWS: an emulator, or a store that speaks S3. Buckets are then part of the path.
    pub endpoint_url: Option<String>,
    /// Who calls.
    pub credentials: SharedCredentialsProvider,
    /// How long one request with a recording or a part of it may take, `RECORDING_UPLOAD_TIMEOUT_SECONDS`.
    pub upload_timeout: Duration,
}

impl Settings {
    /// AWS as a Lambda function meets it: the role's credentials are in the environment, and nowhere else is looked.
    pub fn of_function(region: &str, endpoint_url: Option<&str>) -> Self {
        let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
        Self::new(region, endpoint_url, credentials)
    }

    fn new(region: &str, endpoint_url: Option<&str>, credentials: SharedCredentialsProvider) -> Self {
        Self {
            region: region.to_owned(),
            bucket_region: region.to_owned(),
            endpoint_url: endpoint_url.map(str::to_owned),
            credentials,
            upload_timeout: Duration::from_secs(30),
        }
    }
}

/// The SDK's clients. They share one HTTP client, and with it their connections; a clone shares it too.
#[derive(Debug, Clone)]
pub struct Clients {
    settings: Settings,
    config: SdkConfig,
    s3: aws_sdk_s3::Client,
    s3_once: aws_sdk_s3::Client,
    s3_audio: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Clients as the settings say. Nothing is sent yet.
    pub fn new(settings: Settings, tls: &Tls) -> Self {
        Self::over(settings, connector::http_client(tls, CONNECT_TIMEOUT, KEEP_IDLE))
    }

    /// Clients of a stand-in at `endpoint`, known to it by a fixed pair of keys.
    ///
    /// # Errors
    /// Those of [`Tls::bundled`].
    pub fn for_endpoint(endpoint: &str, region: &str, access_key: &str, secret: &str) -> Result<Self, TlsError> {
        let credentials = Credentials::new(access_key, secret, None, None, "fixed keys");
        let settings = Settings::new(region, Some(endpoint), SharedCredentialsProvider::new(credentials));
        Ok(Self::new(settings, &Tls::bundled()?))
    }

    pub(super) fn over(settings: Settings, http: SharedHttpClient) -> Self {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(SMALL_ATTEMPTS))
            .timeout_config(timeouts(SMALL_ATTEMPT, SMALL_IN_ALL));
        config.set_endpoint_url(settings.endpoint_url.clone());
        let config = config.build();
        let once = s3_config(&settings, &config).retry_config(RetryConfig::disabled());
        let upload = timeouts(settings.upload_timeout, settings.upload_timeout);
        let audio = s3_config(&settings, &config).retry_config(RetryConfig::disabled()).timeout_config(upload);
        Self {
            s3: aws_sdk_s3::Client::from_conf(s3_config(&settings, &config).build()),
            s3_once: aws_sdk_s3::Client::from_conf(once.build()),
            s3_audio: aws_sdk_s3::Client::from_conf(audio.build()),
            sqs: aws_sdk_sqs::Client::new(&config),
            settings,
            config,
        }
    }

    /// For small calls that may be sent twice.
    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        self.s3.clone()
    }

    /// For small conditional writes. They are sent once: were the reply to the first lost, a second would be told that
    /// somebody else was faster, and that somebody would be us.
    pub(super) fn s3_once(&self) -> aws_sdk_s3::Client {
        self.s3_once.clone()
    }

    /// For audio, sent once: the transfer's own retries fetch it from the provider again.
    pub(super) fn s3_audio(&self) -> aws_sdk_s3::Client {
        self.s3_audio.clone()
    }

    /// For signing only, as somebody else than the function and perhaps for another endpoint.
    pub(super) fn s3_signing(&self, credentials: Credentials, public_endpoint: Option<&str>) -> aws_sdk_s3::Client {
        let mut config = s3_config(&self.settings, &self.config).credentials_provider(credentials);
        if let Some(endpoint) = public_endpoint {
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs.clone()
    }

    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }

    pub(super) fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    /// For the connections of a WebSocket API at its own address. What is sent is news, and sent once.
    pub(super) fn live(&self, endpoint: &str) -> aws_sdk_apigatewaymanagement::Client {
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&self.config)
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled());
        aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
    }
}

fn s3_config(settings: &Settings, config: &SdkConfig) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::config::Builder::from(config)
        .region(Region::new(settings.bucket_region.clone()))
        .force_path_style(settings.endpoint_url.is_some())
}

/// How long connecting may take is the connector's own, because it is the same for all.
fn timeouts(attempt: Duration, in_all: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(in_all).build()
}
