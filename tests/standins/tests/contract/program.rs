use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use standins::{Addresses, ControlClient, Ports, Settings, Standins, StartError};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_standins"))
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
    }
}

#[tokio::test]
async fn program_prints_its_addresses_answers_and_ends_when_told() {
    let mut running = Running(program().stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addresses: Addresses = serde_json::from_str(&line).unwrap();
    let client = ControlClient::new(&addresses.media);
    assert_eq!(client.addresses().await.unwrap(), addresses);
    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
}

#[tokio::test]
async fn busy_port_is_named_with_the_option_that_changes_it() {
    let standins = Standins::start(Settings::default()).await.unwrap();
    let port: u16 = standins.media_url().rsplit(':').next().unwrap().parse().unwrap();
    let ports = Ports { media: port, ..Ports::default() };
    let error = Standins::start(Settings { ports, ..Settings::default() }).await.unwrap_err();
    assert!(matches!(error, StartError::PortInUse { option: "--media-port", .. }));
    let output = program().args(["--media-port", &port.to_string()]).output().unwrap();
    assert!(!output.status.success());
    let expected = format!("standins: port {port} is in use; choose another with --media-port, or 0 for a free one\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let settings = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let typo = settings(r#"{"port": {}}"#);
    let typo = typo.path().to_str().unwrap();
    for (arguments, expected) in [
        (&["--colour"][..], "--colour"),
        (&["--twilio-port", "many"], "many"),
        (&["--settings", "/nowhere"], "--settings /nowhere"),
        (&["--settings", typo], "unknown field `port`"),
    ] {
        let Output { status, stderr, .. } = program().args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(!status.success() && stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    let help = program().arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--airtable-port"));
}
