//! The webhook function: wires the adapters and hands over to the runtime.

use std::process::ExitCode;

use recordings::env::{self, Environment};
use recordings::telemetry;
use webhook::config::Settings;
use webhook::wiring::Wiring;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let environment = Environment::of_process();
    let level = environment.required(env::LOG_LEVEL, env::log_level);
    telemetry::init(level.as_deref().unwrap_or("info"));
    telemetry::exit_code(match level {
        Ok(_) => run(&environment).await,
        Err(error) => Err(error.into()),
    })
}

async fn run(environment: &Environment) -> Result<(), lambda_http::Error> {
    let settings = Settings::from(environment)?;
    telemetry::tell_of_public_audio(settings.api.line_url);
    let wiring = Wiring::new(environment).await?;
    lambda_http::run(webhook::router(wiring, settings)).await
}
