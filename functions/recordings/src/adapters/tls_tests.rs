use std::io::Write;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::Method;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::adapters::aws::{Clients, S3OpenMarkers, Settings};
use crate::adapters::http::wire::chain;
use crate::adapters::http::{HttpClient, HttpSettings, Reach};
use crate::ports::{OpenMarkerRemove, PortError};
use crate::recording::{Provider, RecordingRef};

/// A server with a certificate of somebody whom only a file knows.
struct Server {
    port: u16,
    roots: NamedTempFile,
}

impl Server {
    async fn start() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
                });
            }
        });
        Self { port, roots: file(&issuer.pem()) }
    }

    /// Asks as the providers are asked.
    async fn asked_by_http(&self, tls: &Tls) -> Result<u16, PortError> {
        let settings = HttpSettings { idle_timeout: Duration::from_secs(5), reach: Reach::PublicAndLoopback };
        let client = HttpClient::new(settings, tls).unwrap();
        let url = format!("https://localhost:{}/", self.port).parse().unwrap();
        client.send("ask", client.request(Method::GET, url)).await.map(|answer| answer.status().as_u16())
    }

    /// Asks as AWS is asked.
    async fn asked_by_aws(&self, tls: &Tls) -> Result<(), PortError> {
        let mut settings = Settings::of_function("eu-central-1", Some(&format!("https://localhost:{}", self.port)));
        settings.credentials = SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
        let markers = S3OpenMarkers::new(&Clients::new(settings, tls), "bucket");
        markers.remove(&RecordingRef::parse("acme", Provider::ElevenLabs, "conv_1", "audio").unwrap()).await
    }
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[tokio::test]
async fn who_is_in_the_file_is_trusted_by_every_client() {
    let server = Server::start().await;
    let tls = Tls::from_file(server.roots.path()).unwrap();
    assert_eq!(server.asked_by_http(&tls).await.unwrap(), 204);
    server.asked_by_aws(&tls).await.unwrap();
}

#[tokio::test]
async fn nobody_else_is_trusted() {
    let server = Server::start().await;
    let somebody = Server::start().await;
    for tls in [Tls::bundled().unwrap(), Tls::from_file(somebody.roots.path()).unwrap()] {
        for error in [server.asked_by_http(&tls).await.unwrap_err(), server.asked_by_aws(&tls).await.unwrap_err()] {
            assert!(chain(&error).contains("InvalidCertificate"), "{error:?}");
        }
    }
}

#[test]
fn a_file_that_is_of_no_use_is_named() {
    let (empty, broken) =
        (file("no certificate"), file("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
    let missing = Tls::from_file(Path::new("/nonexistent/roots.pem")).unwrap_err();
    assert!(matches!(missing, TlsError::Unreadable { .. }) && missing.to_string().contains("/nonexistent/roots.pem"));
    assert!(matches!(Tls::from_file(empty.path()).unwrap_err(), TlsError::Empty(path) if path == empty.path()));
    assert!(matches!(Tls::from_file(broken.path()).unwrap_err(), TlsError::Refused(_)));
}
