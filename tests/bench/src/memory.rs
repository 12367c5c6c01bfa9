//! Recordings of any size within a memory limit: the transfer function in a control group, or below a resource limit where
//! nobody may make one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Fallible;
use crate::copy::Course;
use crate::function::Place;
use crate::report::{Report, say};
use crate::source::{Manner, Recording};

const LIMIT_MEGABYTES: u64 = 64;
const GROUP: &str = "tapeline-bench";

/// What keeps a program within its memory. Dropping it removes the control group.
pub(crate) enum Limit {
    /// A control group, by its folder. It counts all that the program touches, its own text too.
    Group(PathBuf),
    /// `RLIMIT_DATA`: writable memory of its own, touched or only set aside.
    Data,
}

pub(crate) async fn measure(place: &Place, report: &mut Report) -> Fallible<()> {
    let limit = Limit::set();
    let sizes: [(&str, f64); 3] = [("0.05 MB", 5e4), ("57.6 MB", 57.6e6), ("2 GB", 2e9)];
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
    /// A control group of either version, if this user may make one.
    fn set() -> Self {
        let bytes = (LIMIT_MEGABYTES << 20).to_string();
        let of_version = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
        for (root, setting) in of_version {
            let folder = PathBuf::from(root).join(GROUP);
            let made = fs::create_dir(&folder).is_ok() || folder.exists();
            if made && fs::write(folder.join(setting), &bytes).is_ok() {
                return Self::Group(folder);
            }
            let _it_may_not_be_there = fs::remove_dir(&folder);
        }
        Self::Data
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Group(_) => "control group",
            Self::Data => "RLIMIT_DATA",
        }
    }

    /// The program within it, with the process id that the shell had.
    fn command(&self, program: &str) -> Command {
        let script = match self {
            Self::Group(folder) => format!("echo $$ > {}/cgroup.procs && exec \"$0\"", folder.display()),
            Self::Data => format!("ulimit -d {} && exec \"$0\"", LIMIT_MEGABYTES << 10),
        };
        let mut command = crate::program::command("/bin/sh");
        command.arg("-c").arg(script).arg(program);
        command
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let Self::Group(folder) = self {
            let _somebody_is_in_it = fs::remove_dir(folder);
        }
    }
}
