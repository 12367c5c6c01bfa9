//! The transfer function: wires the adapters and hands over to the runtime.

use std::process::ExitCode;

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use recordings::env::{self, Environment};
use recordings::telemetry;
use transfer::config::Settings;
use transfer::wiring::Wiring;
use transfer::{Deadline, event};

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

async fn run(environment: &Environment) -> Result<(), Error> {
    let (settings, wiring) = (Settings::from(environment)?, Wiring::new(environment).await?);
    telemetry::tell_of_public_audio(environment.url_kind()?);
    let handler = service_fn(async |event: LambdaEvent<_>| {
        let deadline = Deadline::at(Timestamp::from_millisecond(event.context.deadline.cast_signed())?);
        Ok::<_, Error>(event::answer(&wiring, &settings, event.payload, deadline).await)
    });
    lambda_runtime::run(handler).await
}
