//! From a program's start to its asking for the first event: each function, and the least that one can be.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Fallible;
use crate::function::Place;
use crate::report::{Report, say};

const PROGRAMS: [&str; 4] = ["hello", "webhook", "transfer", "sweeper"];
const MEGABYTE: f64 = 1_000_000.0;

/// What `sam build` made of the functions in a folder, by their names: linked by zig for an older glibc, it is another program
/// than Cargo's.
pub(crate) fn deployed(folder: &Path) -> Vec<(String, PathBuf)> {
    let bootstrap = |name: &&str| {
        let mut of_template = (*name).to_owned();
        of_template[..1].make_ascii_uppercase();
        let file = folder.join(format!("{of_template}Function/bootstrap"));
        // Whole, because names below the folder of the functions are looked up there.
        file.canonicalize().ok().map(|file| ((*name).to_owned(), file))
    };
    PROGRAMS.iter().filter_map(bootstrap).collect()
}

/// A program, by the name that it has in the report and by its file.
struct Program {
    name: String,
    file: String,
    times: Vec<f64>,
    memory: Vec<f64>,
}

/// The secret is fetched meanwhile, from a server that has it in memory.
pub(crate) async fn measure(place: &Place, starts: usize, report: &mut Report) -> Fallible<()> {
    say(&format!("cold starts: {starts} of each"));
    let program = |name: String, file: String| Program { name, file, times: Vec::new(), memory: Vec::new() };
    let ours = PROGRAMS.iter().map(|name| program((*name).to_owned(), (*name).to_owned()));
    let before = place.before.iter().flat_map(|folder| {
        let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
        PROGRAMS[1..].iter().map(move |name| program(format!("{name} before"), file(name)))
    });
    let deployed = place
        .deployed
        .iter()
        .map(|(name, file)| program(format!("{name}, as it is deployed"), file.to_string_lossy().into_owned()));
    let mut programs: Vec<Program> = ours.chain(before).chain(deployed).collect();
    for _ in 0..starts {
        for program in &mut programs {
            let function = place.start(&program.file).await?;
            program.times.push(function.start.as_secs_f64() * 1e3);
            program.memory.push(function.memory()?.resident as f64 / MEGABYTE);
            function.end()?;
        }
    }
    for program in &programs {
        report.add("start to first poll", &program.name, "ms", &program.times);
    }
    for program in &programs {
        report.add("resident when it first polls", &program.name, "MB", &program.memory);
    }
    for program in &programs {
        let bytes = fs::metadata(place.program(&program.file))?.len();
        report.add("size of the program", &program.name, "MB", &[bytes as f64 / MEGABYTE]);
    }
    for (what, unit) in
        [("start to first poll", "ms"), ("resident when it first polls", "MB"), ("size of the program", "MB")]
    {
        report.relate(what, unit, "hello");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deployed_is_found_by_the_names_of_the_template() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(deployed(folder.path()), []);
        let file = folder.path().join("TransferFunction/bootstrap");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
        assert_eq!(deployed(folder.path()), [("transfer".to_owned(), file)]);
    }
}
