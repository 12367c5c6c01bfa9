//! TLS for every client: one set of root certificates, one configuration, and so one memory of sessions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};

/// How servers are known. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Tls(Arc<ClientConfig>);

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of root certificates cannot be read.
    #[error("the root certificates in {}, which SSL_CERT_FILE names, cannot be read", path.display())]
    Unreadable {
        /// The file, `SSL_CERT_FILE`.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: pem::Error,
    },
    /// The file of root certificates holds none.
    #[error("there are no root certificates in {}, which SSL_CERT_FILE names", .0.display())]
    Empty(PathBuf),
    /// The library refuses its settings, or a certificate.
    #[error("TLS cannot be set up, or SSL_CERT_FILE holds a certificate that is none")]
    Refused(#[source] rustls::Error),
}

impl Tls {
    /// Trusts the roots that Mozilla's programs trust. They are a part of the program: to read and parse a machine's own would be
    /// a quarter of a cold start.
    ///
    /// # Errors
    /// [`TlsError::Refused`], which a program that works once never meets.
    pub fn bundled() -> Result<Self, TlsError> {
        Self::trusting(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// Trusts the roots in a file of PEM, and no others.
    ///
    /// # Errors
    /// [`TlsError`] says what is wrong with the file.
    pub fn from_file(path: &Path) -> Result<Self, TlsError> {
        let unreadable = |cause| TlsError::Unreadable { path: path.to_owned(), cause };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
            roots.add(certificate.map_err(unreadable)?).map_err(TlsError::Refused)?;
        }
        match roots.is_empty() {
            true => Err(TlsError::Empty(path.to_owned())),
            false => Self::trusting(roots),
        }
    }

    /// By ring, by its name: the library's own choice would add AWS-LC and its slow start.
    fn trusting(roots: RootCertStore) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.map_err(TlsError::Refused)?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
