//! From a program's start to its asking for the first event: each function, and the least that one can be.

use std::fs;

use crate::Fallible;
use crate::function::Place;
use crate::report::{Report, say};

const PROGRAMS: [&str; 4] = ["hello", "webhook", "transfer", "sweeper"];
const MEGABYTE: f64 = 1_000_000.0;

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
    let mut programs: Vec<Program> = ours.chain(before).collect();
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
