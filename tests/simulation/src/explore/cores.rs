use std::sync::atomic::{AtomicU64, Ordering};

use super::Report;

/// How many are taken at a time: few enough that all cores end together.
const PORTION: u64 = 16;

/// Does something for each number of a range, on all cores, and puts together what came of it. After `enough` failures
/// nothing more is begun.
pub fn on_all_cores(
    range: std::ops::Range<u64>,
    done: &AtomicU64,
    enough: usize,
    work: impl Fn(u64, &mut Report) + Sync,
) -> Report {
    let next = AtomicU64::new(range.start);
    let failed = AtomicU64::new(0);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let on_a_core = || {
        let mut report = Report::default();
        loop {
            let first = next.fetch_add(PORTION, Ordering::Relaxed);
            if first >= range.end || failed.load(Ordering::Relaxed) >= enough as u64 {
                return report;
            }
            for n in first..range.end.min(first + PORTION) {
                let before = report.failures.len();
                work(n, &mut report);
                failed.fetch_add((report.failures.len() - before) as u64, Ordering::Relaxed);
                done.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(on_a_core)).collect();
        let mut all = Report::default();
        for thread in threads {
            all.merge(thread.join().expect("a run does not panic"));
        }
        all.failures.sort_by_key(|failure| failure.case.seed);
        all
    })
}
