//! `down`: ends what `up` started, and nothing else.

#![expect(clippy::print_stderr, reason = "a command talks to its user")]

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match stack::Stack::down().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make down: {error}");
            ExitCode::FAILURE
        }
    }
}
