//! `make bench`: what people would use instead and ours, in turns, on one machine in one run. Each figure is a median with
//! its extremes, and a ratio to a peer or to a ceiling of the same run: absolute times hold for one machine and one hour.

mod copy;
mod function;
mod group;
mod http;
mod memory;
mod program;
mod report;
mod runtime_api;
mod share;
mod sink;
mod source;
mod start;
mod sweeps;
mod tls;
mod warm;
mod wire;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;

use copy::Copying;
use function::Place;
use report::{Measured, Report, say};
use sink::Sink;
use source::Source;

/// A benchmark has nothing to do about what fails but to say it.
pub(crate) type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Arguments {
    functions: PathBuf,
    before: Option<PathBuf>,
    bootstraps: PathBuf,
    rounds: usize,
    starts: usize,
    events: usize,
    large: bool,
    only: Vec<String>,
    report: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Fallible<()> {
    let arguments = Arguments::parse()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let (sink, source) = (Sink::start().await?, Source::start().await?);
    let mut report = Report::default();
    report.about.insert("machine".to_owned(), machine());
    let deployed = start::deployed(&arguments.bootstraps);
    if deployed.is_empty() && arguments.wants("start") {
        report.skip(&format!(
            "what is deployed: {} has no bootstraps; `sam build` makes them",
            arguments.bootstraps.display()
        ));
    }
    let (functions, before) = (arguments.functions.clone(), arguments.before.clone());
    let place = Place { sink, source, functions, before, deployed };
    if arguments.wants("start") {
        start::measure(&place, arguments.starts, &mut report).await?;
    }
    if arguments.wants("tls") {
        tls::measure(&place, arguments.starts / 2, &mut report).await?;
    }
    if arguments.wants("copy") {
        let copying = Copying { rounds: arguments.rounds, gigabyte: arguments.large };
        copy::measure(&place, root, &copying, &mut report).await?;
    }
    if arguments.wants("share") {
        share::measure(&place, arguments.rounds, &mut report).await?;
    }
    if arguments.wants("memory") {
        memory::measure(&place, &mut report).await?;
    }
    if arguments.wants("warm") {
        warm::measure(&place, arguments.events, &mut report).await?;
    }
    if arguments.wants("wire") {
        wire::measure(&place, &mut report).await?;
    }
    if arguments.wants("sweep") {
        sweeps::measure(&place, arguments.large, &mut report).await?;
    }
    if arguments.wants("inside") {
        inside(&arguments, &mut report).await?;
    }
    report.write(&arguments.report)?;
    print(&report.table());
    Ok(())
}

/// What is measured in a process of its own, on the fakes.
async fn inside(arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    let program = arguments.functions.join("examples/inside");
    if !program.exists() {
        report.skip("what is measured on the fakes; `make bench` builds its program");
        return Ok(());
    }
    say("on the fakes: webhooks, the API, a backlog of histories, sweeps");
    let mut command = program::command(&program.to_string_lossy());
    command.args(arguments.large.then_some("--large"));
    let taken = program::run(command).await?;
    report.take(&serde_json::from_str::<Vec<Measured>>(&taken.stdout)?);
    Ok(())
}

impl Arguments {
    fn parse() -> Fallible<Self> {
        let mut parsed = Self {
            functions: PathBuf::new(),
            before: None,
            bootstraps: PathBuf::from(".aws-sam/build"),
            rounds: 10,
            starts: 200,
            events: 200,
            large: false,
            only: Vec::new(),
            report: PathBuf::from("target/bench/report.json"),
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("functions") => parsed.functions = parser.value()?.into(),
                Long("before") => parsed.before = Some(PathBuf::from(parser.value()?).canonicalize()?),
                Long("bootstraps") => parsed.bootstraps = parser.value()?.into(),
                Long("rounds") => parsed.rounds = parser.value()?.parse()?,
                Long("starts") => parsed.starts = parser.value()?.parse()?,
                Long("events") => parsed.events = parser.value()?.parse()?,
                Long("large") => parsed.large = true,
                Long("only") => parsed.only.push(parser.value()?.string()?),
                Long("report") => parsed.report = parser.value()?.into(),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(parsed)
    }

    fn wants(&self, section: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == section)
    }
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let models: Vec<&str> = cpus.lines().filter(|line| line.starts_with("model name")).collect();
    let model = models.first().and_then(|line| line.split_once(": ")).map_or("unknown", |(_, model)| model);
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or_default();
    format!("{} x {model}, Linux {}, load at the start {load}", models.len(), read("/proc/sys/kernel/osrelease").trim())
}

#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
fn print(text: &str) {
    println!("{text}");
}
