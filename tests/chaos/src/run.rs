use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use field::{Field, Settings};
use standins::AirtableBehaviour;

use crate::audit;
use crate::figures::Figures;
use crate::flood::Flood;
use crate::killer::Killer;
use crate::trap::Trap;
use crate::weather::Storm;

/// How much is to happen.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Kills that meet an invocation, at the least.
    pub kills: usize,
    /// Recordings that meet a fault, at the least.
    pub transfers: usize,
    /// Decides what is struck, how, and who is killed when.
    pub seed: u64,
    /// Is told now and then how far it is.
    pub announce: fn(&str),
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// What was done, and how fast.
    pub figures: Figures,
    /// What is not as promised, each with its history; nothing, if all is well.
    pub wrong: Vec<String>,
}

/// How long the rest may take once nobody fails any more: unfinished business is looked at every half minute.
const UNTIL_QUIET: Duration = Duration::from_secs(900);
const BETWEEN_WORDS: Duration = Duration::from_secs(15);

/// Raises everything, lets it fail, waits until it is quiet, and looks at what is left.
///
/// # Panics
/// When a part of it does not start or breaks, or it never becomes quiet.
pub async fn run(plan: Plan) -> Report {
    let trap = Trap::set().await;
    let storm = Arc::new(Storm::new(plan.seed, &trap.url));
    let mut field = Field::start(settings(plan)).await;
    // Lambda's own pace is what keeps Airtable's limit, and it is not what is looked at here: more histories are written at a
    // time than two, and processes that are killed do not pay for what they sent.
    field.world().set_airtable_behaviour(AirtableBehaviour { base_limit: None, token_limit: None, ..<_>::default() });
    let start = Instant::now();
    field.world().set_weather(Some(Arc::clone(&storm) as _));
    let (made, jobs, mut figures) = fail(&field, &storm, plan).await;
    field.world().set_weather(None);
    figures.failing = start.elapsed();
    (plan.announce)("nobody fails any more; waiting until all is done");
    let calm = Instant::now();
    field.until("the end of all recordings", UNTIL_QUIET, Field::is_quiet).await;
    figures.calming = calm.elapsed();
    (plan.announce)("all is done; looking at what is left");
    figures.left_uploads = audit::sweep_uploads(&mut field).await;
    figures.take_counters(&field, &storm, trap.visits());
    let wrong = audit::audit(&field, &storm, &trap, &made, &jobs).await;
    Report { figures, wrong }
}

async fn fail(field: &Field, storm: &Storm, plan: Plan) -> (Vec<crate::flood::Made>, Vec<crate::flood::Job>, Figures) {
    let (flood, killer) = (Flood::new(field, storm, plan), Killer::new(field, plan));
    let is_over = AtomicBool::new(false);
    let progress = || storm.faulty() as f64 / plan.transfers.max(1) as f64;
    let is_enough = || storm.faulty() >= plan.transfers && killer.kills().all() >= plan.kills;
    let flooding = async {
        flood.run(is_enough).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let telling = async {
        let mut last = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            pause(Duration::from_millis(100)).await;
            assert!(field.is_feeding(), "what feeds the functions broke");
            if last.elapsed() >= BETWEEN_WORDS {
                last = Instant::now();
                (plan.announce)(&format!("{} recordings met a fault, {} kills", storm.faulty(), killer.kills().all()));
            }
        }
    };
    futures_util::future::join3(flooding, killer.run(progress, || is_over.load(Ordering::Relaxed)), telling).await;
    let made = flood.recordings();
    let figures = Figures::new(plan, killer.kills(), made.len(), [flood.webhooks(), flood.refused()]);
    (made, flood.jobs, figures)
}

/// Unfinished business is left alone for as long as a recording takes when everybody is busy; with few recordings that is a
/// matter of seconds.
fn settings(plan: Plan) -> Settings {
    const FEW: usize = 200;
    const TEN_SECONDS: &str = "0.000116";
    let rest = if plan.transfers <= FEW { "0.15" } else { "0.5" };
    let settings = Settings { webhooks: 2, transfers: 4, histories: 4, sweepers: 2, ..Settings::default() };
    let variables = settings
        .variables
        .into_iter()
        .chain([("OPEN_RETRY_MINUTES", rest.to_owned()), ("ORPHAN_AFTER_DAYS", TEN_SECONDS.to_owned())])
        .collect();
    Settings { variables, ..settings }
}

#[expect(clippy::disallowed_methods, reason = "other processes are watched, whose time is real")]
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
