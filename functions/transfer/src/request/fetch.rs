//! Fetching a recording: a few quick tries within the invocation, and what follows when they do not do.

use std::time::Duration;

use recordings::messages::TransferRequest;
use recordings::ports::{Clock, FetchError, PortError, Random, Versioned};
use recordings::recording::LegacyUrl;
use recordings::retry_schedule::NextTry;

use super::{failed, going_on, stored, wind_up};
use crate::config::Settings;
use crate::copy::{CopyError, Failure, Place, Task, copy, not_asked};
use crate::ledger::ChangeError;
use crate::{Deadline, Ports, control};

/// A stream that was read cannot be sent again: each try opens the provider's anew, from the first byte, or from where the
/// parts end that are in the bucket already.
pub(super) async fn fetch(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    known: Option<Versioned>,
    deadline: Deadline,
) -> Result<(), PortError> {
    let doubtful_too = settings.schedule.after(failed::attempts_before(request, known.as_ref())) == NextTry::GiveUp;
    let started = ports.clock().now();
    let legacy_url = known.as_ref().and_then(|entry| entry.entry.legacy_url.clone());
    let (mut known, mut so_far) = (known, request.continuation.clone());
    let mut from = Source::first(request, legacy_url.as_ref());
    let (mut tries, mut gave_way, mut last_error) = (0, false, None);
    loop {
        let task = Task { request, place: from.place, so_far: so_far.as_deref(), doubtful_too, deadline };
        let Failure { error, so_far: left, cut_off } = match copy(ports, settings, &task, known.take()).await {
            Ok(copied) => return stored::note(ports, settings, request, copied, started).await,
            Err(failure) => failure,
        };
        let (went_on, mut tried) = (so_far.is_some(), TransferRequest { continuation: left, ..request.event() });
        match error {
            _ if cut_off && going_on::came_further(request, &tried) => {
                return going_on::elsewhere(ports, request, &tried).await;
            }
            // What made the earlier tries fail is why there was too little time for the last.
            CopyError::TooSlow if cut_off => {
                let error = from.told_of(last_error.unwrap_or(CopyError::TooSlow));
                return fail(ports, settings, request, &tried, error).await;
            }
            CopyError::Ledger(ChangeError::MovedOn(_, entry)) => {
                going_on::abandon(ports, &tried).await;
                return wind_up(ports, settings, request, &entry).await;
            }
            // Beginning anew would be cut off again, and again.
            CopyError::CannotGoOn if going_on::outlived(request) => {
                return fail(ports, settings, request, &tried, CopyError::TooSlow).await;
            }
            CopyError::CannotGoOn if went_on => {}
            CopyError::KeyTaken if !std::mem::replace(&mut gave_way, true) => {}
            CopyError::Fetch(said) if !cut_off && from.leads_on_after(&said, legacy_url.as_ref()) => {
                going_on::abandon(ports, &tried).await;
                from =
                    Source { place: legacy_url.as_ref().map_or(from.place, Place::Legacy), provider_said: Some(said) };
                tried.continuation = None;
            }
            error => {
                tries += 1;
                let no_more = tries >= settings.quick_tries || deadline.is_too_near_to_begin(ports.clock());
                if cut_off || no_more || !error.is_worth_a_quick_retry() {
                    return fail(ports, settings, request, &tried, from.told_of(error)).await;
                }
                last_error = Some(error);
                wait(ports, tries).await;
            }
        }
        so_far = tried.continuation;
        known = control::known(ports, &request.recording).await.unwrap_or_default();
    }
}

/// Where the audio is taken from, and what was said where it was not to be had.
struct Source<'a> {
    place: Place<'a>,
    provider_said: Option<FetchError>,
}

impl<'a> Source<'a> {
    /// A provider does not know a recording that was imported without its id.
    fn first(request: &TransferRequest, legacy_url: Option<&'a LegacyUrl>) -> Self {
        let went_on = request.continuation.as_ref().is_some_and(|so_far| so_far.from_legacy);
        match legacy_url {
            Some(url) if went_on || !request.recording.recording_id.is_the_providers() => {
                Self { place: Place::Legacy(url), provider_said: Some(not_asked(&request.recording)) }
            }
            _ => Self { place: Place::Provider, provider_said: None },
        }
    }

    fn leads_on_after(&self, said: &FetchError, legacy_url: Option<&LegacyUrl>) -> bool {
        let has_nothing = matches!(said, FetchError::Gone(_) | FetchError::Absent(_) | FetchError::Refused(_));
        has_nothing && legacy_url.is_some() && !self.place.is_legacy()
    }

    /// What failed, after what had failed at the provider. Our own bucket fails whatever is put into it.
    fn told_of(self, error: CopyError) -> CopyError {
        match self.provider_said {
            Some(provider) if !error.is_ours() => CopyError::Legacy { provider, error: Box::new(error) },
            _ => error,
        }
    }
}

/// Notes the failure. When that fails too, the message comes again, and knows nothing of an upload that was begun since.
async fn fail(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
    tried: &TransferRequest,
    error: CopyError,
) -> Result<(), PortError> {
    let noted = failed::note(ports, settings, tried, error).await;
    if noted.is_err() {
        going_on::abandon_unless_known(ports, request, tried).await;
    }
    noted
}

/// Full jitter: any time between nothing and half a second, a second, two, … up to eight.
async fn wait(ports: &impl Ports, tries: u32) {
    let ceiling = 500u64.saturating_mul(1 << (tries - 1).min(4));
    let milliseconds = ports.random().number() % (ceiling + 1);
    ports.clock().sleep(Duration::from_millis(milliseconds)).await;
}
