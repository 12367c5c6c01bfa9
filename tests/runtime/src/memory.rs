use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Pid;

/// How much memory a program may have.
///
/// It is `RLIMIT_DATA`, which needs no rights and no control groups: what the program and its libraries may have of
/// writable memory that is theirs alone, used or only set aside: the heap, every thread's stack, anonymous mappings. So
/// it is tighter there than Lambda's limit, which counts pages that were touched. It leaves out the program's own text
/// and what else is read from files, which the system may drop; [`Memory::peak`] has those in it. Beyond it an
/// allocation fails, which ends a Rust program.
///
/// Source: <https://man7.org/linux/man-pages/man2/getrlimit.2.html>; of anonymous mappings since Linux 4.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimit {
    /// Units of 1,048,576 bytes, as Lambda counts.
    pub megabytes: u64,
}

impl MemoryLimit {
    /// The program, which cannot have more. It keeps its process id.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        // dash, bash and busybox know the option, in units of 1,024 bytes.
        command.arg("-c").arg(format!("ulimit -d {} && exec \"$0\" \"$@\"", self.megabytes * 1_024)).arg(program);
        command
    }
}

/// What a process has of memory, in bytes, with the pages of files that it looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// At the most, since its start.
    pub peak: u64,
}

impl Memory {
    /// Of a process that runs.
    ///
    /// # Panics
    /// When it does not.
    pub(crate) fn of(process: Pid) -> Self {
        let id = process.as_raw_nonzero();
        Self::of_id(id.get().unsigned_abs()).unwrap_or_else(|| panic!("no process {id} tells its memory"))
    }

    /// Of the process with this id, if it runs.
    #[must_use]
    pub fn of_id(process: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let bytes = |name: &str| {
            let kilobytes = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"))?;
            Some(kilobytes.parse::<u64>().ok()? * 1_024)
        };
        Some(Self { resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell that puts twenty megabytes into a variable.
    const TWENTY: &str = "content=$(head -c 20000000 /dev/zero | tr '\\0' x) && echo ${#content}";

    fn run(limit: MemoryLimit) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, format!("#!/bin/sh\n{TWENTY}\n")).unwrap();
        let output = limit.command(Path::new("/bin/sh")).arg(program).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    #[test]
    fn who_wants_more_than_the_limit_is_ended() {
        assert_eq!(run(MemoryLimit { megabytes: 200 }).as_deref(), Some("20000000"), "there is enough of it");
        assert_eq!(run(MemoryLimit { megabytes: 16 }), None);
    }

    #[test]
    fn memory_is_that_of_the_process() {
        let mine = Memory::of(rustix::process::getpid());
        assert!(mine.peak >= mine.resident && mine.resident > 100_000, "{mine:?}");
    }
}
