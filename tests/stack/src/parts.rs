use std::fs;
use std::path::Path;
use std::process::Command;

use standins::Addresses;

use crate::error::StackError;
use crate::options::Options;
use crate::place::Place;
use crate::programs::Programs;

/// The stand-ins, with their settings in a file.
pub(crate) fn standins_command(place: &Place, programs: &Programs, options: &Options) -> Result<Command, StackError> {
    let file = place.local_folder("")?.join("standins.json");
    fs::write(&file, standins_settings(options)?)
        .map_err(StackError::system(format!("cannot write {}", file.display())))?;
    let mut command = Command::new(programs.path("standins")?);
    command.arg("--settings").arg(&file);
    Ok(command)
}

pub(crate) fn standins_settings(options: &Options) -> Result<String, StackError> {
    let mut settings = options.standins.clone();
    settings.ports.twilio = options.ports.twilio;
    settings.ports.media = options.ports.media;
    settings.ports.airtable = options.ports.airtable;
    settings.ports.aws = options.ports.aws;
    settings.ports.vapi = options.ports.vapi;
    settings.ports.elevenlabs = options.ports.elevenlabs;
    settings.emulator = Some(format!("http://127.0.0.1:{}", options.ports.emulator));
    serde_json::to_string(&settings)
        .map_err(std::io::Error::other)
        .map_err(StackError::system("the stand-ins' settings cannot be written"))
}

/// The addresses, which the stand-ins print when they listen.
pub(crate) fn ready_line(log: &Path) -> Option<Addresses> {
    let output = fs::read_to_string(log).ok()?;
    output.lines().find_map(|line| serde_json::from_str(line).ok())
}

pub(crate) fn edge_command(programs: &Programs, options: &Options, api_id: &str) -> Result<Command, StackError> {
    let mut command = Command::new(programs.path("edge")?);
    command.args([&options.ports.edge.to_string(), &options.ports.emulator.to_string(), api_id]);
    Ok(command)
}

/// Whether the edge has printed its address, as it does when it listens. Trying to connect would tell less: somebody else
/// may answer.
pub(crate) fn edge_listens(log: &Path, port: u16) -> bool {
    let address = format!("http://127.0.0.1:{port}");
    fs::read_to_string(log).is_ok_and(|output| output.lines().any(|line| line == address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_is_found_among_other_output() {
        let log = tempfile::NamedTempFile::new().unwrap();
        fs::write(log.path(), "a warning\n").unwrap();
        assert_eq!(ready_line(log.path()), None);

        let line = concat!(
            r#"{"twilio":"http://127.0.0.1:1","media":"http://127.0.0.1:2","#,
            r#""airtable":"http://127.0.0.1:3","aws":"http://127.0.0.1:4"}"#
        );
        fs::write(log.path(), format!("a warning\n{line}\n")).unwrap();
        assert_eq!(ready_line(log.path()).unwrap().airtable, "http://127.0.0.1:3");
    }

    #[test]
    fn the_edge_listens_when_it_has_said_where() {
        let log = tempfile::NamedTempFile::new().unwrap();
        for (output, listens) in [("", false), ("http://127.0.0.1:80801\n", false), ("http://127.0.0.1:8080\n", true)] {
            fs::write(log.path(), output).unwrap();
            assert_eq!(edge_listens(log.path(), 8080), listens, "{output}");
        }
    }
}
