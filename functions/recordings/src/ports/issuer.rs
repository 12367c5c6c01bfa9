use std::future::Future;

use super::PortError;

/// Fetches the public keys of those who issue tokens. It needs no permission of AWS: an issuer is reached by HTTPS.
pub trait IssuerKeys: Sync {
    /// The keys that an issuer publishes just now, as JSON Web Key Set of at most 64 KB. It is found by the issuer's own
    /// description, which has to be that of the issuer that was asked for.
    fn fetch(&self, issuer: &str) -> impl Future<Output = Result<String, PortError>> + Send;
}
