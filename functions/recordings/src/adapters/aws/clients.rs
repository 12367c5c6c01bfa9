use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

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
    /// How long one part of a recording may take, `RECORDING_UPLOAD_TIMEOUT_SECONDS`.
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

/// Makes the SDK's clients. They share one HTTPS client, and with it their connections; a clone shares it too.
#[derive(Debug, Clone)]
pub struct Clients {
    settings: Settings,
    small: SdkConfig,
    http: SharedHttpClient,
}

impl Clients {
    /// Clients as the settings say. Nothing is sent yet.
    pub fn new(settings: Settings) -> Self {
        Self::over(settings, https_client())
    }

    /// Clients of a stand-in at `endpoint`, known to it by a fixed pair of keys.
    pub fn for_endpoint(endpoint: &str, region: &str, access_key: &str, secret: &str) -> Self {
        let credentials = Credentials::new(access_key, secret, None, None, "fixed keys");
        Self::new(Settings::new(region, Some(endpoint), SharedCredentialsProvider::new(credentials)))
    }

    pub(super) fn over(settings: Settings, http: SharedHttpClient) -> Self {
        let mut small = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(SMALL_ATTEMPTS))
            .timeout_config(timeouts(SMALL_ATTEMPT, SMALL_IN_ALL));
        small.set_endpoint_url(settings.endpoint_url.clone());
        Self { small: small.build(), settings, http }
    }

    /// For small calls that may be sent twice.
    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(self.s3_config().build())
    }

    /// For small conditional writes. They are sent once: were the reply to the first lost, a second would be told that
    /// somebody else was faster, and that somebody would be us.
    pub(super) fn s3_once(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(self.s3_config().retry_config(RetryConfig::disabled()).build())
    }

    /// For audio, sent once: the transfer's own retries fetch it from the provider again.
    pub(super) fn s3_audio(&self) -> aws_sdk_s3::Client {
        let timeouts = timeouts(self.settings.upload_timeout, self.settings.upload_timeout);
        let config = self.s3_config().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// For signing only, as somebody else than the function and perhaps for another endpoint.
    pub(super) fn s3_signing(&self, credentials: Credentials, public_endpoint: Option<&str>) -> aws_sdk_s3::Client {
        let mut config = self.s3_config().credentials_provider(credentials);
        if let Some(endpoint) = public_endpoint {
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.small)
    }

    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.small)
    }

    pub(super) fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.small)
    }

    /// For the connections of a WebSocket API at its own address. What is sent is news, and sent once.
    pub(super) fn live(&self, endpoint: &str) -> aws_sdk_apigatewaymanagement::Client {
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&self.small)
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled());
        aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
    }

    fn s3_config(&self) -> aws_sdk_s3::config::Builder {
        aws_sdk_s3::config::Builder::from(&self.small)
            .http_client(self.http.clone())
            .region(Region::new(self.settings.bucket_region.clone()))
            .force_path_style(self.settings.endpoint_url.is_some())
    }
}

/// Every client has the same time-out on connecting, because clients share connections only where that agrees.
fn timeouts(attempt: Duration, in_all: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(in_all)
        .build()
}

fn https_client() -> SharedHttpClient {
    Builder::new().pool_idle_timeout(KEEP_IDLE).tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
