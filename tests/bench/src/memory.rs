//! Recordings of any size within a memory limit: the transfer function in a control group, or below a resource limit where
//! nobody may make one.

use std::process::Command;

use crate::Fallible;
use crate::copy::Course;
use crate::function::Place;
use crate::group::Group;
use crate::report::{Report, say};
use crate::source::{Manner, Recording};

const LIMIT_MEGABYTES: u64 = 64;

/// What keeps a program within its memory.
enum Limit {
    /// A control group. It counts all that the program touches, its own text too.
    Group(Group),
    /// `RLIMIT_DATA`: writable memory of its own, touched or only set aside.
    Data,
}

pub(crate) async fn measure(place: &Place, report: &mut Report) -> Fallible<()> {
    let limit = Limit::set();
    // Beside the extremes, what is just sent at once: of a length that is said, and of one that is not.
    let sizes = [("0.05 MB", 5e4), ("8.3 MB", 8.3e6), ("15.7 MB", 15.7e6), ("57.6 MB", 57.6e6), ("2 GB", 2e9)];
    for (size, bytes) in sizes {
        let recording = Recording::of(bytes as u64);
        for (manner, said) in [(Manner::Announced, ""), (Manner::Unannounced, ", length not said")] {
            let what = format!("{size}{said}, within 64 MB ({})", limit.name());
            say(&what);
            let course = Course::new(&what, &recording, manner, 1, false);
            place.source.serve(&recording, manner);
            place.sink.clear();
            let mut function = place.start_as("transfer", |program| limit.command(program)).await?;
            let idle = function.memory()?.peak;
            let taken = course.once_warm(place, &mut function, &mut 0).await?;
            let peak = function.memory()?.peak;
            report.add(&what, "tapeline", "MB at the most", &[peak as f64 / 1e6]);
            report.add(&what, "tapeline", "MB above idle", &[peak.saturating_sub(idle) as f64 / 1e6]);
            report.add(&what, "tapeline", "s", &[taken.as_secs_f64()]);
            function.end()?;
        }
    }
    place.sink.clear();
    Ok(())
}

impl Limit {
    /// A control group, if this user may make one.
    fn set() -> Self {
        let bytes = (LIMIT_MEGABYTES << 20).to_string();
        let group = Group::with("memory", &[("memory.limit_in_bytes", &bytes)], ("memory.max", &bytes));
        group.map_or(Self::Data, Self::Group)
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Group(_) => "control group",
            Self::Data => "RLIMIT_DATA",
        }
    }

    fn command(&self, program: &str) -> Command {
        match self {
            Self::Group(group) => group.command(program),
            Self::Data => {
                let mut command = crate::program::command("/bin/sh");
                command.arg("-c").arg(format!("ulimit -d {} && exec \"$0\"", LIMIT_MEGABYTES << 10)).arg(program);
                command
            }
        }
    }
}
