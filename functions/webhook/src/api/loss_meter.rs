//! What the last whole comparison with the providers came to, as the sweeper keeps it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use recordings::ports::{CursorRead, PortError};
use recordings::recording::{Organisation, Provider};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entries;
use crate::patience::in_time;
use crate::{ApiPorts, App};

/// Where the sweeper keeps it.
const KEPT: &str = "loss-meter";

/// What the sweeper keeps: the meters of every organisation.
#[derive(Deserialize)]
struct Kept {
    begun_at: Timestamp,
    ended_at: Timestamp,
    organisations: BTreeMap<Organisation, BTreeMap<Provider, Meter>>,
}

/// Whether anything was lost: what the providers hold and what became of it, as the last whole reconciliation found it.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct LossMeter {
    /// When the reconciliation began; none before there was one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) begun_at: Option<Timestamp>,
    /// When it was through.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Each provider that was asked, or has unfinished business.
    pub(super) providers: Vec<MeterOfAProvider>,
}

/// The meter of one provider.
#[derive(Serialize, ToSchema)]
pub(super) struct MeterOfAProvider {
    /// `twilio`, `vapi` or `elevenlabs`.
    provider: &'static str,
    #[serde(flatten)]
    pub(super) meter: Meter,
}

/// What a provider's list shows of the window, next to the ledger, and what was asked for.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct Meter {
    /// Recordings in the list, whatever became of them.
    listed: u32,
    /// Those whose audio the provider has.
    held: u32,
    /// Those that the ledger knows.
    in_ledger: u32,
    /// Those whose audio is, or was, in the bucket.
    stored: u32,
    /// Those for which nothing is left to do.
    settled: u32,
    /// Those that are not in the ledger yet, and are new or have been heard of.
    on_their_way: u32,
    /// Those whose copy the provider has and is to have.
    kept: u32,
    /// Those that were erased, and whose copy the provider has all the same.
    erased_at_provider: u32,
    /// Those whose ledger entry cannot be read.
    unreadable: u32,
    /// Recordings of which nobody had told us, and that are being transferred: a webhook was lost.
    repaired: u32,
    /// The same without audio, which are being explained.
    absences_repaired: u32,
    /// Recordings that somebody deleted at the provider before we had them.
    lost_at_provider: u32,
    /// Unfinished recordings that had lost their marker.
    remembered: u32,
    /// Copies that are due, or that should be gone.
    deletions_asked_for: u32,
    /// Recordings that are not in the bucket and that the provider will not keep for another day.
    at_risk: u32,
    /// Recordings with unfinished business, of any age.
    pub(super) open: u32,
    /// Since when the oldest of them has been open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) oldest_open: Option<Timestamp>,
    /// Lists that could not be had. The other figures do not speak of what is in them.
    unlisted: u32,
}

/// The meter of one organisation. What another version kept is no use; the next reconciliation says it again.
pub(super) async fn last<P: ApiPorts>(app: &App<P>, organisation: &Organisation) -> Result<LossMeter, PortError> {
    let read = app.ports.cursors().last(KEPT);
    let kept = in_time(&app.ports, entries::PATIENCE, "read the loss meter", read).await?;
    let kept: Option<Kept> = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    Ok(kept.map_or_else(LossMeter::default, |kept| kept.of(organisation)))
}

impl Kept {
    fn of(mut self, organisation: &Organisation) -> LossMeter {
        let meters = self.organisations.remove(organisation).unwrap_or_default();
        let named = |(provider, meter): (Provider, Meter)| MeterOfAProvider { provider: provider.as_str(), meter };
        LossMeter {
            begun_at: Some(self.begun_at),
            ended_at: Some(self.ended_at),
            providers: meters.into_iter().map(named).collect(),
        }
    }
}

impl LossMeter {
    /// How many recordings have unfinished business, and since when the oldest has.
    pub(super) fn open(&self) -> (u32, Option<Timestamp>) {
        let meters = self.providers.iter().map(|provider| &provider.meter);
        let oldest = meters.clone().filter_map(|meter| meter.oldest_open).min();
        (meters.map(|meter| meter.open).sum(), oldest)
    }
}
