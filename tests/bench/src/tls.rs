//! What the first use of TLS takes: a process over http and one over TLS, in turns.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use crate::Fallible;
use crate::copy::Course;
use crate::function::Place;
use crate::report::{Report, say};
use crate::source::{Manner, Recording};

/// Who vouches for us, in a file that a function is told of beside the machine's own roots.
struct Authority {
    acceptor: TlsAcceptor,
    roots: PathBuf,
    _folder: TempDir,
}

/// Where a distribution keeps its roots: Debian, Amazon Linux.
const ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

impl Authority {
    /// With keys as AWS and Twilio have them today but for their kind: P-256, because nothing here makes RSA keys.
    fn new() -> Fallible<Self> {
        let mut about = CertificateParams::default();
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let authority = about.self_signed(&key)?;
        let issuer = Issuer::new(about, key);
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let settings = settings.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key)?;
        let folder = tempfile::tempdir()?;
        let roots = folder.path().join("roots.pem");
        let machines = ROOTS.iter().find(|path| Path::new(path).exists());
        let machines = machines.map(fs::read_to_string).transpose()?.unwrap_or_default();
        fs::write(&roots, machines + &authority.pem())?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(settings)), roots, _folder: folder })
    }
}

/// What a process took.
#[derive(Default)]
struct Times {
    start: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

const FUNCTIONS: [&str; 2] = ["webhook", "transfer"];

/// Both read the same roots: as many as a Lambda function has, and one.
pub(crate) async fn measure(place: &Place, rounds: usize, report: &mut Report) -> Fallible<()> {
    say(&format!("first TLS: {rounds} starts of each"));
    let authority = Authority::new()?;
    let (sink, source) = (
        place.sink.over_tls(authority.acceptor.clone()).await?,
        place.source.over_tls(authority.acceptor.clone()).await?,
    );
    let roots = ("SSL_CERT_FILE", authority.roots.to_string_lossy().into_owned());
    let plain = vec![roots.clone()];
    let secured = vec![
        roots,
        ("AWS_ENDPOINT_URL", sink.clone()),
        ("TRANSFER_QUEUE_URL", format!("{sink}/000000000000/transfer")),
        ("HISTORY_QUEUE_URL", format!("{sink}/000000000000/history.fifo")),
        ("RETRY_QUEUE_URL", format!("{sink}/000000000000/retry")),
        ("TWILIO_BASE_URL", source),
    ];
    let recording = Recording::of(48_000);
    place.source.serve(&recording, Manner::Announced);
    let course = Course::new("first TLS", &recording, Manner::Announced, rounds, false);
    let mut number = 0;
    for function in FUNCTIONS {
        let mut found = [Times::default(), Times::default()];
        for _ in 0..rounds {
            for (variables, times) in [&plain, &secured].into_iter().zip(&mut found) {
                place.sink.clear();
                let mut process = place.start_in(function, variables).await?;
                times.start.push(process.start.as_secs_f64() * 1e3);
                for samples in [&mut times.first, &mut times.second] {
                    let event = match function {
                        "transfer" => course.event(&mut number).0,
                        _ => runtime::event("webhook-twilio-recording-completed"),
                    };
                    let (taken, answer) = process.handle(&event).await?;
                    check(&answer)?;
                    samples.push(taken.as_secs_f64() * 1e3);
                }
                process.end()?;
            }
        }
        tell(report, function, &found);
    }
    place.sink.clear();
    Ok(())
}

fn check(answer: &Value) -> Fallible<()> {
    let is_good = answer["statusCode"] == 204 || answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty);
    if is_good { Ok(()) } else { Err(format!("over TLS or http, a function answered {answer}").into()) }
}

fn tell(report: &mut Report, function: &str, [plain, secured]: &[Times; 2]) {
    let steps: [(&str, &Vec<f64>, &Vec<f64>); 3] = [
        ("start to first poll, with the secret fetched", &plain.start, &secured.start),
        ("first event of a process", &plain.first, &secured.first),
        ("second event of a process", &plain.second, &secured.second),
    ];
    for (what, plain, secured) in steps {
        let (over_http, over_tls) = (format!("{function}, over http"), format!("{function}, over TLS"));
        report.add(what, &over_http, "ms", plain);
        report.add(what, &over_tls, "ms", secured);
        let more: Vec<f64> = secured.iter().zip(plain).map(|(secured, plain)| secured - plain).collect();
        report.add(what, function, "ms more over TLS", &more);
    }
    let whole = |times: &Times| -> Vec<f64> {
        times.start.iter().zip(&times.first).map(|(start, first)| start + first).collect()
    };
    let more: Vec<f64> = whole(secured).iter().zip(whole(plain)).map(|(secured, plain)| secured - plain).collect();
    report.add("first use of TLS: its start and its first event", function, "ms more over TLS", &more);
}
