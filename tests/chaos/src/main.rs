//! `chaos [--kills n] [--transfers n] [--seed n]`: see the library.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its user")]

use std::process::ExitCode;

use chaos::{Plan, Report, run};
use lexopt::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    let plan = match plan(lexopt::Parser::from_env()) {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("chaos: {error}\nusage: chaos [--kills n] [--transfers n] [--seed n]");
            return ExitCode::from(2);
        }
    };
    let Report { figures, wrong } = run(plan).await;
    println!("{figures}");
    if wrong.is_empty() {
        println!("0 lost, 0 lines twice, 0 accepted with wrong bytes, 0 uploads left after the sweep");
        return ExitCode::SUCCESS;
    }
    println!("{} findings:\n{}", wrong.len(), wrong.join("\n"));
    ExitCode::FAILURE
}

fn plan(mut arguments: lexopt::Parser) -> Result<Plan, lexopt::Error> {
    let announce = |word: &str| eprintln!("· {word}");
    let mut plan = Plan { kills: 500, transfers: 5_000, seed: 1, announce };
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("kills") => plan.kills = arguments.value()?.parse()?,
            Long("transfers") => plan.transfers = arguments.value()?.parse()?,
            Long("seed") => plan.seed = arguments.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(plan)
}
