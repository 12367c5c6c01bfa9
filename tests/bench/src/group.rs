//! A control group of the kernel's, of either version, for programs to run in.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A control group, by its folder. Dropping it removes it.
pub(crate) struct Group(PathBuf);

impl Group {
    /// A group with settings of version 1, below their controller, or with the one of version 2; if this user may make one.
    pub(crate) fn with(controller: &str, first: &[(&str, &str)], second: (&str, &str)) -> Option<Self> {
        let versions = [(format!("/sys/fs/cgroup/{controller}"), first), ("/sys/fs/cgroup".to_owned(), &[second][..])];
        for (root, settings) in versions {
            // One name for each, so that no group that is still there sets a limit that is not meant.
            let group = Self(PathBuf::from(root).join(format!("tapeline-bench-{controller}")));
            let made = fs::create_dir(&group.0).is_ok() || group.0.exists();
            if made && settings.iter().all(|(setting, value)| fs::write(group.0.join(setting), value).is_ok()) {
                return Some(group);
            }
        }
        None
    }

    /// The program within it, with the process id that the shell had.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = crate::program::command("/bin/sh");
        command.arg("-c").arg(format!("echo $$ > {}/cgroup.procs && exec \"$0\"", self.0.display())).arg(program);
        command
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _somebody_is_in_it = fs::remove_dir(&self.0);
    }
}
