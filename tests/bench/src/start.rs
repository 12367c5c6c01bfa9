//! From a program's start to its asking for the first event: each function, and the least that one can be.

use std::fs;

use crate::Fallible;
use crate::function::Place;
use crate::report::{Report, say};

const PROGRAMS: [&str; 4] = ["hello", "webhook", "transfer", "sweeper"];
const MEGABYTE: f64 = 1_000_000.0;

/// The secret is fetched meanwhile, from a server that has it in memory.
pub(crate) async fn measure(place: &Place, starts: usize, report: &mut Report) -> Fallible<()> {
    say(&format!("cold starts: {starts} of each"));
    let mut found = [const { (Vec::new(), Vec::new()) }; PROGRAMS.len()];
    for _ in 0..starts {
        for (program, (times, memory)) in PROGRAMS.iter().zip(&mut found) {
            let function = place.start(program).await?;
            times.push(function.start.as_secs_f64() * 1e3);
            memory.push(function.memory()?.resident as f64 / MEGABYTE);
            function.end()?;
        }
    }
    for (program, (times, _)) in PROGRAMS.iter().zip(&found) {
        report.add("start to first poll", program, "ms", times);
    }
    for (program, (_, memory)) in PROGRAMS.iter().zip(&found) {
        report.add("resident when it first polls", program, "MB", memory);
    }
    for program in PROGRAMS {
        report.add(
            "size of the program",
            program,
            "MB",
            &[fs::metadata(place.program(program))?.len() as f64 / MEGABYTE],
        );
    }
    for (what, unit) in
        [("start to first poll", "ms"), ("resident when it first polls", "MB"), ("size of the program", "MB")]
    {
        report.relate(what, unit, "hello");
    }
    Ok(())
}
