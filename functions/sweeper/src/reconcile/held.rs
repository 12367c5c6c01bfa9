//! What the providers hold, next to the ledger: the net under every webhook that was lost.
//!
//! This judges and transfer acts: whatever is to happen to a recording is asked for by a message, and transfer looks at
//! everything anew before it does it. Nothing outside of the scope is even looked at.

mod act;
mod index;
mod judge;
mod last_pass;
mod meter;
mod open;
mod page;
mod progress;
mod windows;

pub use meter::{Acts, Inventory, LossMeter};

use std::collections::BTreeMap;

use recordings::ports::{Advice, Clock, ErrorKind, ListCursor, Oddity, PortError, ProviderList};
use recordings::recording::Provider;
use recordings::telemetry::{Metric, Metrics, Unit, causes};
use serde::Serialize;

use super::scope::Scope;
use crate::config::Settings;
use crate::{Deadline, Ports};
use open::OpenSet;
use progress::{Place, Progress};

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// What the run asked for.
    #[serde(flatten)]
    pub acts: Acts,
    /// Lists that a provider did not give, one an organisation and provider.
    pub unlisted: u32,
    /// Entries of lists that make no sense.
    pub strange: u32,
    /// The figures of a whole pass, when this run ended one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_meter: Option<LossMeter>,
}

/// Goes on with the pass that an earlier run left, and begins one, until it is through or the time is up.
pub(crate) async fn compare(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Held,
) -> Result<(), PortError> {
    let scope = Scope::of(ports, settings).await?;
    let deadline = deadline.with_a_share_left(ports.clock());
    // What was made since an earlier run began its pass is not in it.
    while pass(ports, settings, scope, deadline, outcome).await? == Ended::OneOfAnEarlierRun {
        if deadline.is_near(ports.clock()) {
            break;
        }
    }
    Ok(())
}

/// What came to its end.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    TheTime,
    APass,
    OneOfAnEarlierRun,
}

async fn pass(
    ports: &impl Ports,
    settings: &Settings,
    scope: Scope,
    deadline: Deadline,
    outcome: &mut Held,
) -> Result<Ended, PortError> {
    let left = progress::read(ports).await?;
    let lists = windows::lists(ports, settings, scope, left.as_ref()).await?;
    let is_left = left.is_some();
    let mut progress = left.unwrap_or_else(|| Progress::new(ports.clock().now(), lists.first()));
    let mut run = Run { ports, settings, scope, lists, outcome, oddities: BTreeMap::new() };
    let result = run.go_on(&mut progress, deadline).await;
    run.tell_oddities();
    if result.is_err() || progress.place != Place::Through {
        let kept = progress::keep(ports, &progress).await;
        return result.and(kept).map(|()| Ended::TheTime);
    }
    outcome.loss_meter = Some(progress.meters.publish(ports, progress.begun_at));
    let kept = last_pass::keep(ports, &progress).await;
    // The pass is over, whether or not its figures could be kept.
    let ended = match is_left {
        true => progress::forget(ports).await.map(|()| Ended::OneOfAnEarlierRun),
        false => Ok(Ended::APass),
    };
    kept.and(ended)
}

/// What a run needs.
struct Run<'a, P> {
    ports: &'a P,
    settings: &'a Settings,
    scope: Scope,
    lists: windows::Lists,
    outcome: &'a mut Held,
    oddities: BTreeMap<Provider, BTreeMap<Oddity, u32>>,
}

impl<P: Ports> Run<'_, P> {
    /// At least one step each time, so that every run gets on.
    async fn go_on(&mut self, progress: &mut Progress, deadline: Deadline) -> Result<(), PortError> {
        let open = match progress.place {
            Place::List(_) => OpenSet::read(self.ports).await?,
            _ => OpenSet::default(),
        };
        loop {
            match progress.place.clone() {
                Place::List(at) => self.list(progress, &at, &open).await?,
                Place::Open(after) => self.open(progress, after.as_deref()).await?,
                Place::Through => return Ok(()),
            }
            if deadline.is_near(self.ports.clock()) {
                return Ok(());
            }
        }
    }

    /// One page of a list. A provider that gives none to an organisation does not hold up the others.
    async fn list(&mut self, progress: &mut Progress, at: &ListCursor, open: &OpenSet) -> Result<(), PortError> {
        let page = match self.ports.provider_list().page(at).await {
            Ok(page) => page,
            Err(error) => {
                self.no_page(progress, at, &error);
                return Ok(());
            }
        };
        for (oddity, count) in &page.oddities {
            *self.oddities.entry(at.list().provider()).or_default().entry(*oddity).or_default() += count;
        }
        let acts = &mut progress.meters.of(at.list().organisation(), at.list().provider()).acts;
        let seen = self.page(&page.recordings, open, acts).await?;
        progress.here.add(&seen);
        match page.next {
            Some(next) => progress.place = Place::List(next),
            None => progress.end_list(at.list(), self.lists.behind(at.list())),
        }
        Ok(())
    }

    /// A place that a provider no longer knows is left for the start of the list, once; a list that cannot be had is
    /// left to the next pass, and this one's figures do not speak of it.
    fn no_page(&mut self, progress: &mut Progress, at: &ListCursor, error: &PortError) {
        let start = ListCursor::start(at.list().clone());
        if error.kind == ErrorKind::Invalid && *at != start && !progress.began_anew {
            return progress.begin_anew(start);
        }
        tracing::error!(
            log_type = "provider_list_failed",
            organisation = %at.list().organisation(),
            provider = %at.list().provider(),
            error_code = error.kind.code(),
            error = %causes(error),
            needs_a_person = error.advice() == Advice::FixConfiguration,
            "a provider's list could not be had; what it holds is compared in the next pass",
        );
        self.count(at.list().provider(), "provider_list_failed", 1);
        self.outcome.unlisted += 1;
        progress.leave_out(at.list(), self.lists.behind_provider_of(at.list()));
    }

    fn tell_oddities(&mut self) {
        for (provider, oddities) in &self.oddities {
            let count = |oddity| oddities.get(&oddity).copied().unwrap_or_default();
            let strange: u32 = oddities.values().sum();
            self.outcome.strange += strange;
            tracing::warn!(
                log_type = "provider_list_strange",
                provider = %provider,
                time = count(Oddity::Time),
                account = count(Oddity::Account),
                id = count(Oddity::Id),
                status = count(Oddity::Status),
                "a provider's list has entries that make no sense; they are left out",
            );
            self.count(*provider, "provider_list_strange", strange);
        }
    }

    fn count(&self, provider: Provider, name: &'static str, value: u32) {
        let metric = Metric { name, unit: Unit::Count, value: value.into() };
        self.ports.metrics().record(self.ports.clock().now(), provider, &[metric]);
    }
}
