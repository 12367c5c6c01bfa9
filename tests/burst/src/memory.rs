use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use field::{Field, Function, Kind};
use parking_lot::Mutex;
use runtime::Memory;
use tokio::task::JoinHandle;

/// What a process may have more at the end than after a tenth of its work: an allocator's slack and pages of the program
/// that were not looked at before, and nothing for each webhook. A hundred bytes kept of each of ten thousand are a megabyte.
const MOST_GROWTH: u64 = 4 * 1024 * 1024;
/// More than a function without a recording in its hands ever needs; the template gives each 256 MB.
const MOST_WEBHOOK: u64 = 64 * 1024 * 1024;
const MOST_TRANSFER: u64 = 128 * 1024 * 1024;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Looks at the processes' memory again and again.
pub(crate) struct Watch {
    seen: Arc<Mutex<BTreeMap<Place, Seen>>>,
    warm: Arc<Mutex<Vec<Kind>>>,
    looking: JoinHandle<()>,
}

/// A function's name, and the number of a process of it.
type Place = (&'static str, usize);

/// What was seen of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// The most that it had once it was warm, until a tenth of the time behind that; none if it never was.
    first: Option<u64>,
    /// The most that it had in the last looks.
    last: u64,
    /// The most that it ever had.
    peak: u64,
}

/// What was seen of all of them.
pub(crate) struct Memories(BTreeMap<Place, Seen>);

impl Watch {
    pub(crate) fn begin(field: &Field) -> Self {
        let functions = [Kind::Webhook, Kind::Transfer].map(|kind| Arc::clone(field.function(kind)));
        let (seen, warm) = (Arc::<Mutex<BTreeMap<Place, Seen>>>::default(), Arc::<Mutex<Vec<Kind>>>::default());
        let (seen_there, warm_there) = (Arc::clone(&seen), Arc::clone(&warm));
        let looking = tokio::spawn(async move {
            loop {
                for function in &functions {
                    look(function, warm_there.lock().contains(&function.kind()), &mut seen_there.lock());
                }
                crate::pause(BETWEEN_LOOKS).await;
            }
        });
        Self { seen, warm, looking }
    }

    /// A tenth of a function's work is done, if it is: from here on its memory has to stay as it is.
    pub(crate) fn finished(&self, a_tenth: bool, kind: Kind) {
        let mut warm = self.warm.lock();
        if a_tenth && !warm.contains(&kind) {
            warm.push(kind);
        }
    }

    pub(crate) fn end(self) -> Memories {
        self.looking.abort();
        Memories(self.seen.lock().clone())
    }
}

fn look(function: &Function, is_warm: bool, seen: &mut BTreeMap<Place, Seen>) {
    for (number, process) in function.processes().iter().enumerate() {
        let Some(Memory { resident, peak }) = process.memory() else { continue };
        let seen = seen.entry((name(function.kind()), number)).or_default();
        seen.peak = seen.peak.max(peak);
        seen.last = resident;
        if is_warm && seen.first.is_none() {
            seen.first = Some(resident);
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Webhook => "webhook",
        Kind::Transfer => "transfer",
        Kind::Sweeper => "sweeper",
    }
}

impl Memories {
    /// Memory that grows with the work, or is more than anybody expects.
    pub(crate) fn findings(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for ((name, number), Seen { first, last, peak }) in &self.0 {
            let most = if *name == "webhook" { MOST_WEBHOOK } else { MOST_TRANSFER };
            match first {
                None => wrong.push(format!("{name} {number} never was warm")),
                Some(first) if *last > first + MOST_GROWTH => {
                    wrong.push(format!("{name} {number} grew from {first} to {last} bytes"));
                }
                Some(_) => {}
            }
            if *peak > most {
                wrong.push(format!("{name} {number} had {peak} bytes"));
            }
        }
        wrong
    }
}

impl fmt::Display for Memories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        for ((name, number), Seen { first, last, peak }) in &self.0 {
            let (first, last, peak) = (megabytes(first.unwrap_or_default()), megabytes(*last), megabytes(*peak));
            writeln!(
                f,
                "  {name} {number}: {first:.1} MiB after a tenth, {last:.1} at the end, {peak:.1} at the most"
            )?;
        }
        Ok(())
    }
}
