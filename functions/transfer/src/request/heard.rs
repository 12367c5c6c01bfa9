//! Where a recording that is in the bucket is heard, as its history line says it.

use jiff::Timestamp;
use recordings::history_line::{LineEvent, PinnedLine};
use recordings::ledger_entry::LedgerEntry;
use recordings::link::LinkTarget;
use recordings::object_key::AudioKey;
use recordings::ports::{Clock, LinkSigner, Method, PortError};
use recordings::telemetry::{Metric, Metrics, causes};

use super::{line, play_url};
use crate::Ports;
use crate::config::{LineUrl, Settings};

/// Where a recording is heard.
pub(crate) struct Heard {
    /// The URL.
    pub(crate) url: String,
    /// When it ends; none for one that works for as long as the recording is kept.
    pub(crate) ends_at: Option<Timestamp>,
}

/// The line of a recording whose audio lies under this key. Once it is pinned its text never changes, whatever kind of URL
/// later lines have.
pub(super) async fn stored_line(
    ports: &impl Ports,
    settings: &Settings,
    entry: &LedgerEntry,
    key: Option<&AudioKey>,
) -> Result<PinnedLine, PortError> {
    let Heard { url, ends_at } = where_heard(ports, settings, entry, key).await?;
    let event = match ends_at {
        Some(ends_at) => LineEvent::Signed { url: &url, ends_at },
        None => LineEvent::Stored { url: &url },
    };
    Ok(line(ports, settings, &entry.recording, &event))
}

/// Where a recording is heard whose audio lies under this key, in the way that was chosen for this installation.
pub(crate) async fn where_heard(
    ports: &impl Ports,
    settings: &Settings,
    entry: &LedgerEntry,
    key: Option<&AudioKey>,
) -> Result<Heard, PortError> {
    let url = match (&settings.line_url, key) {
        (LineUrl::Public(bucket), Some(key)) => bucket.url(key),
        (LineUrl::Signed(lifetime), Some(key)) => {
            match ports.signer().sign(key, key.file_name(), Method::Get, *lifetime).await {
                Ok(signed) => return Ok(Heard { url: signed.url, ends_at: Some(signed.expires_at) }),
                // The audio is safe, and its line waits for nobody.
                Err(error) => {
                    report(ports, entry, &error);
                    link(ports, settings, entry).await?
                }
            }
        }
        (LineUrl::Link, _) | (_, None) => link(ports, settings, entry).await?,
    };
    Ok(Heard { url, ends_at: None })
}

async fn link(ports: &impl Ports, settings: &Settings, entry: &LedgerEntry) -> Result<String, PortError> {
    play_url(ports, settings, &LinkTarget::new(entry.recording.clone(), entry.link_generation)).await
}

fn report(ports: &impl Ports, entry: &LedgerEntry, error: &PortError) {
    let recording = &entry.recording;
    tracing::error!(
        log_type = "line_not_signed",
        organisation = %recording.organisation,
        call_id = %recording.call_id,
        recording_id = %recording.recording_id,
        error_code = error.kind.code(),
        error = %causes(error),
        "no URL could be signed for a history line; it has the permanent link",
    );
    ports.metrics().record(ports.clock().now(), recording.provider, &[Metric::one("line_not_signed")]);
}
