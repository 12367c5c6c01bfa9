//! Thousands of signed webhooks at once, a tenth of them twice, while the transfer function brings the recordings home
//! within Airtable's real limits: [`run`] sends them, waits until nothing is left to do, and looks at what came of each.
//!
//! The functions run as processes of their own, as [`field`] has them; nothing is deployed. What is measured of them is
//! what a machine with as many cores can do that also bears the AWS emulator, Twilio and Airtable.

mod audit;
mod backlog;
mod figures;
mod load;
mod memory;
mod sending;

use std::time::{Duration, Instant};

use field::{Field, Kind, Settings};

pub use figures::Figures;
pub use load::Load;

use audit::Audit;
use backlog::Backlog;
use figures::Done;
use memory::Watch;

/// Two history workers write what this many recordings ask for in a second: a find and a PATCH, 1.5 requests a second
/// each, serve ten.
const LINES_A_SECOND: u64 = 15;
/// What a machine may add to that which has other work to do.
const PATIENCE: Duration = Duration::from_secs(300);
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// The figures of a load, and everything that is not as promised.
///
/// # Panics
/// When a part of it does not start, or breaks.
pub async fn run(webhooks: usize, say: impl Fn(&str)) -> (Figures, Vec<String>) {
    let mut field = Field::start(settings()).await;
    let load = Load::prepare(field.world(), webhooks);
    say(&format!("{} webhooks for {} recordings of {} jobs", webhooks, load.recordings.len(), load.jobs.len()));
    let watch = Watch::begin(&field);

    let begun = Instant::now();
    let sent = sending::send(&field, &load, &watch).await;
    say(&format!("every webhook is answered after {:.0} s", begun.elapsed().as_secs_f64()));
    let (backlog, mut wrong) = drain(&mut field, &load, &watch, &say).await;
    let drained = begun.elapsed();

    let memory = watch.end();
    say("nothing is left to do; looking at every recording");
    wrong.extend(sent.findings());
    wrong.extend(memory.findings());
    let Audit { findings, stood_in_for } = audit::look(&field, &load, &sent).await;
    wrong.extend(findings);
    wrong.extend(backlog.findings());
    (Figures::of(&field, &load, sent, Done { after: drained, stood_in_for, backlog, memory }), wrong)
}

/// As the template has it: nothing is compressed but the number of webhook processes, which Lambda would raise far above
/// what this machine bears.
fn settings() -> Settings {
    Settings {
        webhooks: 4,
        transfers: 4,
        histories: 2,
        sweepers: 1,
        schedules: vec![("retry", Duration::from_secs(300))],
        again_after: Duration::from_secs(10),
        variables: Vec::new(),
        around_the_door: Vec::new(),
    }
}

/// Waits until every recording is finished. Whoever is never finished is found by the audit.
async fn drain(field: &mut Field, load: &Load, watch: &Watch, say: &impl Fn(&str)) -> (Backlog, Vec<String>) {
    let all = load.recordings.len() as u64;
    let end = Instant::now() + PATIENCE + Duration::from_secs(2 * all / LINES_A_SECOND);
    let (mut said, mut backlog) = (0, Backlog::default());
    loop {
        field.check();
        let finished = load.deleted_at_twilio(field.world()).values().sum::<usize>() as u64;
        watch.finished(finished * 10 >= all, Kind::Transfer);
        backlog.look(field, finished).await;
        if finished * 10 / all > said {
            said = finished * 10 / all;
            say(&format!("{finished} of {all} recordings are home"));
        }
        if finished >= all && field.is_quiet().await {
            return (backlog, Vec::new());
        }
        if Instant::now() > end {
            return (backlog, vec![format!("{finished} of {all} recordings are finished, and the patience is over")]);
        }
        pause(BETWEEN_LOOKS).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "other processes are watched, whose time is real")]
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
