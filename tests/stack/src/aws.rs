use serde::Serialize;

/// How an AWS client reaches the emulator. These credentials may do everything there, and nothing elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AwsAccess {
    /// The endpoint of every service; S3 needs path-style addresses.
    pub endpoint: String,
    /// The region of everything deployed.
    pub region: &'static str,
    /// The emulator's root user.
    pub access_key_id: &'static str,
    /// Its password.
    pub secret_access_key: &'static str,
}

impl AwsAccess {
    pub(crate) fn to_emulator(port: u16) -> Self {
        Self {
            endpoint: format!("http://localhost:{port}"),
            region: "us-east-1",
            access_key_id: "test",
            secret_access_key: "test",
        }
    }

    /// The variables that lead the tools to the emulator, and past whatever the user's own configuration says.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, &str); 9] {
        [
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", self.region),
            ("AWS_DEFAULT_REGION", self.region),
            ("AWS_ACCESS_KEY_ID", self.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("NO_PROXY", "localhost,127.0.0.1"),
            ("no_proxy", "localhost,127.0.0.1"),
        ]
    }
}
