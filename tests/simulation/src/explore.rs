//! Which cases are played, and what came of them.

mod cores;
mod pairs;
mod report;
mod singles;
mod storms;

pub use cores::on_all_cores;
pub use pairs::pairs;
pub use report::{Failure, Report};
pub use singles::singles;
pub use storms::{calm, storms};

use crate::case::Case;
use crate::installation::wiring::Wiring;
use crate::play::{Played, Watch, play};

/// Every so many runs are watched more closely, which costs as much again.
const WATCHED: u64 = 16;

/// What a run is watched for, by its place among the others.
fn watch(place: u64) -> Watch {
    Watch { logs: place.is_multiple_of(WATCHED), again: place.is_multiple_of(WATCHED) }
}

/// Plays a case and notes what came of it.
fn explore<W: Wiring>(case: &Case, wiring: W, watch: Watch, report: &mut Report) -> Played<W> {
    let played = play(case, wiring, watch);
    report.add(case, &played);
    played
}
