//! `up`: starts the whole system on this machine and leaves it running.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its user")]

use std::error::Error;
use std::process::ExitCode;

use stack::{Options, Stack};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match up().await {
        Ok(stack) => {
            print!("{}", account_of(&stack));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("make up: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn up() -> Result<Stack, stack::StackError> {
    let options = Options { announce: |step| println!("· {step}"), ..Options::from_environment()? };
    Stack::up(options).await
}

fn account_of(stack: &Stack) -> String {
    let base = stack.public_base_url();
    let (standins, aws, outputs) = (stack.standins(), stack.aws(), stack.outputs());
    format!(
        "\nTapeline is up.\n\
         \x20 webhooks and links   {base}\n\
         \x20 dashboard            {base}/\n\
         \x20 Twilio's stand-in    {}\n\
         \x20 Airtable's stand-in  {}\n\
         \x20 AWS emulator         {} ({}, user {}, password {})\n\
         \x20 the door before it   {}\n\
         \x20 bucket               {}\n\
         \x20 logs                 .local/logs/\n\
         `make down` ends it.\n",
        standins.twilio,
        standins.airtable,
        aws.endpoint,
        aws.region,
        aws.access_key_id,
        aws.secret_access_key,
        standins.aws,
        outputs.bucket_name,
    )
}
