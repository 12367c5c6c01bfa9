//! Signed URLs that are given out, each with its trace.

use std::time::Duration;

use futures_util::future::join;
use jiff::{SignedDuration, Timestamp};
use recordings::ledger_entry::LedgerEntry;
use recordings::object_key::AudioKey;
use recordings::ports::{Clock, LinkSigner, Method, PortError};
use serde::Serialize;
use utoipa::ToSchema;

use super::entries::PATIENCE;
use crate::access::{self, Visitor};
use crate::patience::in_time;
use crate::{App, Ports};

/// A URL that plays one recording for a while, for whoever has it. Nothing is told of one where there is no audio.
#[derive(Clone, Default, Serialize, ToSchema)]
pub(super) struct Signed {
    /// The URL.
    recording_signed_url: Option<String>,
    /// When it ends: the earlier of what was asked for and the end of the credentials that signed it.
    #[schema(value_type = Option<String>, format = DateTime)]
    recording_signed_url_expires_at: Option<Timestamp>,
    /// The same.
    #[serde(rename = "expiresAt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// In how many seconds that is.
    #[serde(rename = "expiresIn")]
    expires_in: Option<i64>,
}

impl Signed {
    /// The URL and its end, where there is audio.
    pub(super) fn url(&self) -> Option<(&str, Timestamp)> {
        self.recording_signed_url.as_deref().zip(self.expires_at)
    }

    /// Signs a URL for an entry's audio, where that is in the bucket. Whoever has the URL can hear the recording, so that
    /// giving it out is an access: its trace is written at the same time, and awaited.
    pub(super) async fn for_audio_of<P: Ports>(
        app: &App<P>,
        entry: &LedgerEntry,
        visitor: &Visitor,
        lifetime: Duration,
    ) -> Result<Self, PortError> {
        let Some(key) = key_in_bucket(entry) else { return Ok(Self::default()) };
        let signing = app.ports.signer().sign(key, key.file_name(), Method::Get, lifetime);
        let signing = in_time(&app.ports, PATIENCE, "sign a URL", signing);
        let traced = access::record(app, &entry.recording, visitor, "bucket", "signed");
        let (signed, ()) = join(signing, traced).await;
        let (signed, now) = (signed?, app.ports.clock().now());
        Ok(Self {
            recording_signed_url: Some(signed.url),
            recording_signed_url_expires_at: Some(signed.expires_at),
            expires_at: Some(signed.expires_at),
            expires_in: Some(signed.expires_at.duration_since(now).max(SignedDuration::ZERO).as_secs()),
        })
    }
}

/// Where the audio lies, where it lies in our bucket.
pub(super) fn key_in_bucket(entry: &LedgerEntry) -> Option<&AudioKey> {
    entry.recording_storage_path.as_ref().filter(|_| entry.state().has_audio())
}
