use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::faults::pause;
use crate::front::Front;
use crate::journal::Service;
use crate::settings::Settings;
use crate::world::{Addresses, World};

/// The running stand-ins. Dropping them closes every listener and connection.
#[derive(Debug)]
pub struct Standins {
    world: World,
    _listeners: JoinSet<Infallible>,
}

/// Why the stand-ins did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program has the port.
    #[error("port {port} is in use; choose another with {option}, or 0 for a free one")]
    PortInUse {
        /// The port that was asked for.
        port: u16,
        /// The option of the command that changes it.
        option: &'static str,
    },
    /// The port cannot be had for another reason.
    #[error("cannot listen on 127.0.0.1:{port} ({option})")]
    CannotListen {
        /// The port that was asked for.
        port: u16,
        /// The option of the command that changes it.
        option: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Standins {
    /// Binds the listeners and begins to answer.
    ///
    /// # Errors
    /// A [`StartError`] that names the port and the option that changes it.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let ports = settings.ports;
        let (twilio, twilio_url) = bind(ports.twilio, "--twilio-port").await?;
        let (media, media_url) = bind(ports.media, "--media-port").await?;
        let (airtable, airtable_url) = bind(ports.airtable, "--airtable-port").await?;
        let (aws, aws_url) = bind(ports.aws, "--aws-port").await?;
        let (vapi, vapi_url) = bind(ports.vapi, "--vapi-port").await?;
        let (elevenlabs, elevenlabs_url) = bind(ports.elevenlabs, "--elevenlabs-port").await?;
        let addresses = Addresses {
            twilio: twilio_url,
            media: media_url,
            airtable: airtable_url,
            aws: aws_url,
            vapi: vapi_url,
            elevenlabs: elevenlabs_url,
        };
        let world = World::new(&settings, addresses);
        let mut listeners = JoinSet::new();
        let all = [
            (Service::Twilio, twilio),
            (Service::Media, media),
            (Service::Airtable, airtable),
            (Service::Aws, aws),
            (Service::Vapi, vapi),
            (Service::ElevenLabs, elevenlabs),
        ];
        for (service, listener) in all {
            listeners.spawn(accept(listener, Front::new(service, world.clone())));
        }
        Ok(Self { world, _listeners: listeners })
    }

    /// The state behind the listeners.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// In place of `https://api.twilio.com`.
    pub fn twilio_url(&self) -> &str {
        &self.world.urls().twilio
    }

    /// The origin that Twilio and Vapi redirect to for audio.
    pub fn media_url(&self) -> &str {
        &self.world.urls().media
    }

    /// In place of `https://api.airtable.com`.
    pub fn airtable_url(&self) -> &str {
        &self.world.urls().airtable
    }

    /// In place of `https://api.vapi.ai`.
    pub fn vapi_url(&self) -> &str {
        &self.world.urls().vapi
    }

    /// In place of `https://api.elevenlabs.io`.
    pub fn elevenlabs_url(&self) -> &str {
        &self.world.urls().elevenlabs
    }

    /// The door before the AWS emulator.
    pub fn aws_url(&self) -> &str {
        &self.world.urls().aws
    }
}

async fn bind(port: u16, option: &'static str) -> Result<(TcpListener, String), StartError> {
    let refused = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortInUse { port, option },
        _ => StartError::CannotListen { port, option, source },
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, format!("http://{address}")))
}

async fn accept(listener: TcpListener, front: Front) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve(stream, front.clone())); }
                // Out of file handles, most likely: some will be given back.
                Err(_) => pause(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, front: Front) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _best_effort = stream.set_nodelay(true);
    let answer = service_fn(|request| front.answer(request));
    // A connection that ends badly is either the client's doing or a fault that was asked for.
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}
