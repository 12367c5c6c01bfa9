use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::process::Command;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use standins::Addresses;

use crate::daemon::Daemon;
use crate::deployment::Deployment;
use crate::error::StackError;
use crate::options::Ports;
use crate::place::{Place, tail};
use crate::secret::LocalSecret;
use crate::waiting::until;

/// A part of the stack that runs as a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// The emulator, with the functions below it.
    Emulator,
    /// Twilio and Airtable.
    Standins,
    /// The public address.
    Edge,
}

/// What is up, as `.local/stack.json` tells it to the next process. It is written after each step, so that nothing that
/// was started is forgotten when a later step fails.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    pub(crate) ports: Ports,
    pub(crate) processes: BTreeMap<Part, Daemon>,
    #[serde(deserialize_with = "if_understood")]
    pub(crate) standins: Option<Addresses>,
    #[serde(deserialize_with = "if_understood")]
    pub(crate) secret: Option<LocalSecret>,
    #[serde(deserialize_with = "if_understood")]
    pub(crate) deployment: Option<Deployment>,
}

/// What another version wrote differently is not there. The processes are, so that they can be ended.
fn if_understood<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

const FILE: &str = "stack.json";

impl Record {
    /// What was written last; nothing when no stack was started.
    pub(crate) fn read(place: &Place) -> Option<Self> {
        serde_json::from_slice(&fs::read(place.local(FILE)).ok()?).ok()
    }

    pub(crate) fn write(&self, place: &Place) -> Result<(), StackError> {
        let file = place.local_folder("")?.join(FILE);
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other);
        text.and_then(|text| fs::write(&file, text))
            .map_err(StackError::system(format!("cannot write {}", file.display())))
    }

    pub(crate) fn remove(place: &Place) -> Result<(), StackError> {
        match fs::remove_file(place.local(FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StackError::system(format!("cannot remove {}", place.local(FILE).display()))(error))
            }
            _ => Ok(()),
        }
    }

    /// Starts a part and writes that down at once, so that it is ended even if what follows fails.
    pub(crate) fn start(
        &mut self,
        part: Part,
        place: &Place,
        command: &mut Command,
        identity: String,
    ) -> Result<(), StackError> {
        let daemon = Daemon::start(command, &place.log(part.name())?, identity)
            .map_err(StackError::system(format!("cannot start the {}", part.name())))?;
        self.processes.insert(part, daemon);
        if part == Part::Emulator {
            // It starts empty.
            self.deployment = None;
        }
        self.write(place)
    }

    /// Waits until a part gives a sign of readiness.
    pub(crate) async fn wait_for<T>(
        &self,
        part: Part,
        place: &Place,
        mut sign: impl AsyncFnMut() -> Option<T>,
    ) -> Result<T, StackError> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let answer = until(PATIENCE, async || match sign().await {
            None if self.is_running(part) => None,
            sign => Some(sign.filter(|_| self.is_running(part))),
        });
        let log = place.log(part.name())?;
        answer.await.flatten().ok_or_else(|| StackError::NotStarted { part: part.name(), tail: tail(&log), log })
    }

    pub(crate) fn is_running(&self, part: Part) -> bool {
        self.processes.get(&part).is_some_and(Daemon::is_running)
    }

    /// Where the parts that run listen.
    pub(crate) fn held_ports(&self) -> Vec<u16> {
        Part::ALL.into_iter().filter(|part| self.is_running(*part)).flat_map(|part| self.ports.of(part)).collect()
    }

    /// Ends a part that is not what is wanted.
    pub(crate) async fn stop_unless(&mut self, part: Part, identity: &str) {
        if self.processes.get(&part).is_some_and(|daemon| daemon.identity != identity) {
            self.stop(part).await;
        }
    }

    /// Ends a part, if it runs.
    pub(crate) async fn stop(&mut self, part: Part) {
        if let Some(daemon) = self.processes.remove(&part) {
            daemon.stop().await;
        }
    }

    /// The deployed API; empty before there is one.
    pub(crate) fn api_id(&self) -> &str {
        self.deployment.as_ref().map_or("", |deployment| &deployment.outputs.api_id)
    }
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Emulator, Self::Standins, Self::Edge];

    /// What users and logs call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Emulator => "emulator",
            Self::Standins => "stand-ins",
            Self::Edge => "edge",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn what_was_started_is_known_to_the_next_process_until_it_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path());
        let mut record = Record::default();
        record.start(Part::Edge, &place, &mut shell("sleep 1000"), "first".to_owned()).unwrap();

        let mut read = Record::read(&place).unwrap();
        assert!(read.is_running(Part::Edge) && !read.is_running(Part::Emulator));
        read.stop_unless(Part::Edge, "first").await;
        assert!(read.is_running(Part::Edge));
        read.stop_unless(Part::Edge, "second").await;
        assert!(!read.is_running(Part::Edge) && !record.is_running(Part::Edge));

        Record::remove(&place).unwrap();
        Record::remove(&place).unwrap();
        assert!(Record::read(&place).is_none());
    }

    #[tokio::test]
    async fn the_processes_of_another_version_can_be_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path());
        let mut record = Record::default();
        record.start(Part::Emulator, &place, &mut shell("sleep 1000"), String::new()).unwrap();
        let file = place.local(FILE);
        let text = fs::read_to_string(&file).unwrap().replace(r#""deployment": null"#, r#""deployment": {"old": 1}"#);
        fs::write(&file, text).unwrap();

        let mut read = Record::read(&place).unwrap();
        assert!(read.is_running(Part::Emulator) && read.deployment.is_none());
        read.stop(Part::Emulator).await;
        assert!(!record.is_running(Part::Emulator));
    }

    #[tokio::test]
    async fn a_part_that_ends_before_it_is_ready_is_shown_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path());
        let mut record = Record::default();
        record.start(Part::Standins, &place, &mut shell("sleep 0.1; echo no such account"), String::new()).unwrap();

        let error = record.wait_for(Part::Standins, &place, async || None::<()>).await.unwrap_err().to_string();
        assert!(error.starts_with("the stand-ins did not start") && error.ends_with("no such account"), "{error}");
    }

    #[tokio::test]
    async fn a_sign_from_somebody_else_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path());
        let mut record = Record::default();
        record.start(Part::Edge, &place, &mut shell("sleep 1000"), String::new()).unwrap();
        record.processes[&Part::Edge].stop().await;

        assert!(record.wait_for(Part::Edge, &place, async || Some(())).await.is_err());
    }
}
