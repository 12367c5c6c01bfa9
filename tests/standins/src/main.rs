//! `standins`: runs the stand-ins until it is told to end, and prints where they listen as one line of JSON.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::{Arg, ValueExt};
use standins::{Settings, Standins};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
Stand-ins for Twilio, Vapi, ElevenLabs and Airtable, and a door before an AWS emulator, on 127.0.0.1.

Usage: standins [options]

  --twilio-port <port>    Twilio's API (0: a free port; the default)
  --media-port <port>     the host that Twilio and Vapi redirect to for audio
  --airtable-port <port>  Airtable's API
  --aws-port <port>       the door before an AWS emulator
  --vapi-port <port>      Vapi's API
  --elevenlabs-port <port>  ElevenLabs' API
  --emulator <url>        where the door leads, such as http://127.0.0.1:4566
  --settings <file>       JSON: ports, accounts, bases, clock, emulator
  --help                  this text

When all of them listen, one line of JSON with their addresses is printed. SIGTERM and SIGINT end it.";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the line on standard output is what the caller waits for")]
async fn run() -> Result<(), Box<dyn Error>> {
    let Some(settings) = settings()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let standins = Standins::start(settings).await?;
    println!("{}", serde_json::to_string(&standins.world().addresses())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The settings of the command line over those of the file; nothing when help was asked for.
fn settings() -> Result<Option<Settings>, Box<dyn Error>> {
    let mut settings = Settings::default();
    let (mut twilio, mut media, mut airtable, mut aws) = (None, None, None, None);
    let (mut vapi, mut elevenlabs, mut emulator) = (None, None, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("twilio-port") => twilio = Some(arguments.value()?.parse()?),
            Arg::Long("media-port") => media = Some(arguments.value()?.parse()?),
            Arg::Long("airtable-port") => airtable = Some(arguments.value()?.parse()?),
            Arg::Long("aws-port") => aws = Some(arguments.value()?.parse()?),
            Arg::Long("vapi-port") => vapi = Some(arguments.value()?.parse()?),
            Arg::Long("elevenlabs-port") => elevenlabs = Some(arguments.value()?.parse()?),
            Arg::Long("emulator") => emulator = Some(arguments.value()?.string()?),
            Arg::Long("settings") => settings = read(arguments.value()?.into())?,
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    let ports = &mut settings.ports;
    ports.twilio = twilio.unwrap_or(ports.twilio);
    ports.media = media.unwrap_or(ports.media);
    ports.airtable = airtable.unwrap_or(ports.airtable);
    ports.aws = aws.unwrap_or(ports.aws);
    ports.vapi = vapi.unwrap_or(ports.vapi);
    ports.elevenlabs = elevenlabs.unwrap_or(ports.elevenlabs);
    settings.emulator = emulator.or(settings.emulator);
    Ok(Some(settings))
}

fn read(file: PathBuf) -> Result<Settings, Box<dyn Error>> {
    let text = std::fs::read(&file).map_err(|error| format!("--settings {}: {error}", file.display()))?;
    let settings = serde_json::from_slice(&text);
    Ok(settings.map_err(|error| format!("--settings {}: {error}", file.display()))?)
}

#[expect(clippy::print_stderr, reason = "a command says on standard error why it failed")]
fn complain(error: &dyn Error) {
    let mut message = format!("standins: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    eprintln!("{message}");
}
