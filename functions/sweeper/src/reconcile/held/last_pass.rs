//! The figures of the last whole pass, kept for who asks between two of them.

use jiff::Timestamp;
use recordings::ports::{Clock, Cursors, PortError};
use serde::Serialize;

use super::meter::Meters;
use super::progress::Progress;
use crate::Ports;

/// Where they are kept. The webhook function reads them there, for each organisation its own.
const KEPT: &str = "loss-meter";

#[derive(Serialize)]
struct LastPass<'a> {
    begun_at: Timestamp,
    ended_at: Timestamp,
    organisations: &'a Meters,
}

/// Keeps them in place of the pass before. They say what was found, and nothing is decided by them.
pub(super) async fn keep(ports: &impl Ports, progress: &Progress) -> Result<(), PortError> {
    let Progress { begun_at, meters, .. } = progress;
    let pass = LastPass { begun_at: *begun_at, ended_at: ports.clock().now(), organisations: meters };
    // All of it is numbers and texts.
    let kept = serde_json::to_string(&pass).ok();
    ports.cursors().write(KEPT, kept.as_deref()).await
}
