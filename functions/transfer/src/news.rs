//! What those who have a page open are told, as soon as what they are told of is durable.
//!
//! An invocation gathers its news and sends it when all its recordings are done. Nothing waits for it longer than a moment,
//! nothing fails because of it, and it is sent once: a page asks for the list now and then in any case.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use recordings::ledger_entry::LedgerEntry;
use recordings::live::{ConnectionId, Listeners, Named, News};
use recordings::messages::TransferRequest;
use recordings::ports::{Clock, ErrorKind, ListenersRead, ListenersWrite, LiveChannel, PortError, Sent, Version};
use recordings::recording::{Organisation, RetrievalId};
use recordings::telemetry::{Metric, Metrics, causes};

use crate::config::Settings;
use crate::request::heard::{Heard, where_heard};
use crate::{Deadline, Ports};

/// How long all the news of an invocation may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long nothing is sent once it took longer, so that what hangs costs one invocation a moment and not each of them.
const QUIET: Duration = Duration::from_secs(60);
/// How many are told at the same time.
const TOLD_AT_ONCE: usize = 8;

/// The news of an invocation, until it is sent.
#[derive(Debug, Default)]
pub struct NewsDesk(Mutex<Desk>);

#[derive(Debug, Default)]
struct Desk {
    untold: Vec<Untold>,
    quiet_until: Option<Timestamp>,
}

#[derive(Debug)]
enum Untold {
    Ready(Box<LedgerEntry>),
    Failed(Box<LedgerEntry>),
    Progress(Organisation, RetrievalId),
}

impl NewsDesk {
    /// An entry that was changed may be news.
    pub(crate) fn changed(&self, before: &LedgerEntry, after: &LedgerEntry) {
        let untold = match News::is_good(before.state(), after.state()) {
            Some(true) => Untold::Ready,
            Some(false) => Untold::Failed,
            None => return,
        };
        if !after.recording.is_canary() {
            self.lock().untold.push(untold(Box::new(after.clone())));
        }
    }

    /// A request was handled, perhaps one of a job that fetches what is missing.
    pub(crate) fn handled(&self, request: &TransferRequest) {
        if let Some(place) = &request.retrieval {
            self.lock().untold.push(Untold::Progress(request.recording.organisation.clone(), place.id.clone()));
        }
    }

    /// What is to be told now. It is told once, or not at all.
    fn take(&self, now: Timestamp) -> Vec<Untold> {
        let mut desk = self.lock();
        let untold = std::mem::take(&mut desk.untold);
        if desk.quiet_until.is_some_and(|until| now < until) { Vec::new() } else { untold }
    }

    fn be_quiet(&self, now: Timestamp) {
        self.lock().quiet_until = now.checked_add(QUIET).ok();
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Untold {
    fn organisation(&self) -> &Organisation {
        match self {
            Self::Ready(entry) | Self::Failed(entry) => &entry.recording.organisation,
            Self::Progress(organisation, _) => organisation,
        }
    }

    async fn news(&self, ports: &impl Ports, settings: &Settings) -> Result<News, PortError> {
        Ok(match self {
            Self::Ready(entry) => {
                let key = entry.recording_storage_path.as_ref();
                let Heard { url, ends_at } = where_heard(ports, settings, entry, key).await?;
                News::RecordingReady { recording: Named::of(entry), recording_url: url, expires_at: ends_at }
            }
            Self::Failed(entry) => {
                let why = entry.states().last().and_then(|reached| reached.why.clone());
                let reason = why.or_else(|| entry.last_error.as_ref().map(|error| error.code.clone()));
                News::RecordingFailed { recording: Named::of(entry), reason }
            }
            Self::Progress(_, id) => News::JobProgress { id: id.clone() },
        })
    }
}

/// Tells the news of this invocation to those who listen. It is seldom that anybody does, and no part of every invocation's
/// future.
pub(crate) fn tell<'a>(
    ports: &'a impl Ports,
    settings: &'a Settings,
    deadline: Deadline,
) -> Pin<Box<impl Future<Output = ()>>> {
    Box::pin(async move {
        let untold = ports.news_desk().take(ports.clock().now());
        if untold.is_empty() || !settings.tells_news {
            return;
        }
        let all = async {
            for organisation in organisations(&untold) {
                let news = untold.iter().filter(|untold| untold.organisation() == organisation);
                if let Err(error) = tell_one(ports, settings, organisation, news.collect()).await {
                    not_told(ports, organisation, &causes(&error).to_string());
                }
            }
        };
        if deadline.limit_telling(ports.clock(), PATIENCE, all).await.is_none() {
            ports.news_desk().be_quiet(ports.clock().now());
            not_told(ports, untold[0].organisation(), "it took too long; nothing is sent for a minute");
        }
    })
}

fn organisations(untold: &[Untold]) -> Vec<&Organisation> {
    let mut all: Vec<_> = untold.iter().map(Untold::organisation).collect();
    all.sort_unstable();
    all.dedup();
    all
}

async fn tell_one(
    ports: &impl Ports,
    settings: &Settings,
    organisation: &Organisation,
    untold: Vec<&Untold>,
) -> Result<(), PortError> {
    let Some((listeners, version)) = ports.listeners().get(organisation).await? else { return Ok(()) };
    let here: Vec<&ConnectionId> = listeners.at(ports.clock().now()).collect();
    if here.is_empty() {
        return Ok(());
    }
    let mut news: Vec<News> = Vec::new();
    for one in untold {
        let one = one.news(ports, settings).await?;
        // Five recordings of one job came further; that it did is told once.
        if !news.contains(&one) {
            news.push(one);
        }
    }
    let told = here.into_iter().map(|connection| send(ports, organisation, connection, &news));
    let gone: Vec<ConnectionId> =
        stream::iter(told).buffer_unordered(TOLD_AT_ONCE).filter_map(async |gone| gone).collect().await;
    strike_off(ports, organisation, listeners, &version, &gone).await
}

/// Sends all news to one connection, and names it if it is gone.
async fn send(
    ports: &impl Ports,
    organisation: &Organisation,
    connection: &ConnectionId,
    news: &[News],
) -> Option<ConnectionId> {
    for one in news {
        match ports.live().send(connection, one).await {
            Ok(Sent::Delivered) => {}
            Ok(Sent::Gone) => return Some(connection.clone()),
            Err(error) => {
                not_told(ports, organisation, &causes(&error).to_string());
                return None;
            }
        }
    }
    None
}

/// Somebody else may have written who listens meanwhile, and finds out for itself who is gone.
async fn strike_off(
    ports: &impl Ports,
    organisation: &Organisation,
    mut listeners: Listeners,
    version: &Version,
    gone: &[ConnectionId],
) -> Result<(), PortError> {
    if !listeners.strike_off(gone, ports.clock().now()) {
        return Ok(());
    }
    match ports.listeners().swap(organisation, &listeners, Some(version)).await {
        Err(error) if error.kind != ErrorKind::Conflict => Err(error),
        _ => Ok(()),
    }
}

fn not_told(ports: &impl Ports, organisation: &Organisation, error: &str) {
    tracing::warn!(
        log_type = "live_not_sent",
        organisation = %organisation,
        error,
        "news did not reach an open page, which learns it from the list",
    );
    ports.metrics().record_own(ports.clock().now(), &[Metric::one("live_not_sent")]);
}
