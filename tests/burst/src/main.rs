//! `make load`: sends so many webhooks, prints the figures, and fails when anything is not as promised.

use std::io::{self, Write};
use std::process::ExitCode;

const WEBHOOKS: usize = 10_000;

#[tokio::main]
async fn main() -> ExitCode {
    let webhooks = match std::env::args().nth(1).map(|count| count.parse()) {
        None => WEBHOOKS,
        Some(Ok(webhooks)) if webhooks >= 100 => webhooks,
        Some(_) => {
            say("how many webhooks? a number from 100 on");
            return ExitCode::FAILURE;
        }
    };
    let (figures, wrong) = burst::run(webhooks, say).await;
    say(&format!("{figures}"));
    if wrong.is_empty() {
        say("0 lost, each settled once");
        return ExitCode::SUCCESS;
    }
    say(&format!("{} findings:\n{}", wrong.len(), wrong.join("\n")));
    ExitCode::FAILURE
}

/// Whoever reads it may have gone, and the load goes on.
fn say(text: &str) {
    let _nobody_reads = writeln!(io::stdout(), "{text}");
}
