use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;

use serde::{Deserialize, Serialize};
use standins::Settings;

use crate::error::StackError;
use crate::place::Place;
use crate::record::Part;

/// What can be chosen about a stack. The default is what `make up` starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its parts listen.
    pub ports: Ports,
    /// Accounts, bases and clock of the stand-ins; their ports are those above.
    pub standins: Settings,
    /// Parameters of the template, over those that the stack sets itself.
    pub parameters: BTreeMap<String, String>,
    /// Whether each function may only do what its role's policy allows.
    pub enforce_policies: bool,
    /// Is told each step as it begins.
    pub announce: fn(&str),
    /// The name of a stack apart from the one of `make up`, with files of its own.
    pub apart: Option<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ports: Ports::default(),
            standins: Settings::default(),
            parameters: BTreeMap::new(),
            enforce_policies: true,
            announce: |_| {},
            apart: None,
        }
    }
}

impl Options {
    /// The default, with the ports that the environment chooses.
    ///
    /// # Errors
    ///
    /// [`StackError::NotAPort`] names the variable.
    pub fn from_environment() -> Result<Self, StackError> {
        #[expect(clippy::disallowed_methods, reason = "the only place where this program reads its environment")]
        let ports = Ports::chosen_by(|variable| std::env::var(variable).ok())?;
        Ok(Self { ports, ..Self::default() })
    }

    /// A stack beside the one of `make up`, which neither touches the other: in a folder of its own, on ports that nobody
    /// uses.
    ///
    /// # Errors
    ///
    /// When the machine has no ports left.
    pub fn apart(name: &'static str) -> Result<Self, StackError> {
        let ports = Ports::unused().map_err(StackError::system("there are no ports left"))?;
        Ok(Self { ports, apart: Some(name), ..Self::default() })
    }

    pub(crate) fn place(&self) -> Place {
        let workspace = Place::of_workspace();
        self.apart.map_or_else(|| workspace.clone(), |name| workspace.apart(name))
    }
}

/// The ports of a stack's parts, on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The AWS emulator.
    pub emulator: u16,
    /// The API's public address.
    pub edge: u16,
    /// The stand-in for Twilio's API.
    pub twilio: u16,
    /// The stand-in for the host that Twilio and Vapi redirect to for audio.
    pub media: u16,
    /// The stand-in for Airtable.
    pub airtable: u16,
    /// The door before the AWS emulator, through which the functions reach it.
    pub aws: u16,
    /// The stand-in for Vapi's API.
    pub vapi: u16,
    /// The stand-in for ElevenLabs' API.
    pub elevenlabs: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            emulator: 4566,
            edge: 8080,
            twilio: 8081,
            media: 8082,
            airtable: 8083,
            aws: 8084,
            vapi: 8085,
            elevenlabs: 8086,
        }
    }
}

impl Ports {
    fn chosen_by(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StackError> {
        let mut ports = Self::default();
        for entry in ports.entries() {
            if let Some(value) = variable(entry.variable) {
                *entry.port = value.parse().ok().filter(|port| *port > 0).ok_or(StackError::NotAPort {
                    variable: entry.variable,
                    value,
                    example: *entry.port,
                })?;
            }
        }
        Ok(ports)
    }

    /// Ports that nobody listens at now.
    fn unused() -> io::Result<Self> {
        let mut ports = Self::default();
        // All are held at once, so that none is given twice.
        let mut held = Vec::new();
        for entry in ports.entries() {
            let listener = TcpListener::bind(("127.0.0.1", 0))?;
            *entry.port = listener.local_addr()?.port();
            held.push(listener);
        }
        Ok(ports)
    }

    /// Fails if somebody listens where a part should. The stack's own listeners do not count.
    pub(crate) fn check_free(mut self, held: &[u16]) -> Result<(), StackError> {
        for Entry { port, purpose, variable, .. } in self.entries() {
            if !held.contains(port) && TcpListener::bind(("127.0.0.1", *port)).is_err() {
                return Err(StackError::PortTaken { port: *port, purpose, variable });
            }
        }
        Ok(())
    }

    /// The ports of one part.
    pub(crate) fn of(mut self, part: Part) -> Vec<u16> {
        self.entries().into_iter().filter(|entry| entry.part == part).map(|entry| *entry.port).collect()
    }

    #[rustfmt::skip]
    fn entries(&mut self) -> [Entry<'_>; 8] {
        use Part::{Edge, Emulator, Standins};
        let Self { emulator, edge, twilio, media, airtable, aws, vapi, elevenlabs } = self;
        [
            Entry { part: Emulator, port: emulator, purpose: "the AWS emulator", variable: "TAPELINE_EMULATOR_PORT" },
            Entry { part: Edge, port: edge, purpose: "the public address", variable: "TAPELINE_EDGE_PORT" },
            Entry { part: Standins, port: twilio, purpose: "Twilio's stand-in", variable: "TAPELINE_TWILIO_PORT" },
            Entry { part: Standins, port: media, purpose: "the media host's stand-in", variable: "TAPELINE_MEDIA_PORT" },
            Entry { part: Standins, port: airtable, purpose: "Airtable's stand-in", variable: "TAPELINE_AIRTABLE_PORT" },
            Entry { part: Standins, port: aws, purpose: "the door before AWS", variable: "TAPELINE_AWS_PORT" },
            Entry { part: Standins, port: vapi, purpose: "Vapi's stand-in", variable: "TAPELINE_VAPI_PORT" },
            Entry { part: Standins, port: elevenlabs, purpose: "ElevenLabs' stand-in", variable: "TAPELINE_ELEVENLABS_PORT" },
        ]
    }
}

struct Entry<'a> {
    part: Part,
    port: &'a mut u16,
    purpose: &'static str,
    variable: &'static str,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ports_come_from_their_variables() {
        let ports = Ports::chosen_by(|variable| (variable == "TAPELINE_EDGE_PORT").then(|| "9000".to_owned())).unwrap();
        assert_eq!(ports, Ports { edge: 9000, ..Ports::default() });
    }

    #[test]
    fn unused_ports_are_all_different() {
        let ports: BTreeSet<_> = Ports::unused().unwrap().entries().into_iter().map(|entry| *entry.port).collect();
        assert_eq!(ports.len(), 8);
    }

    #[test]
    fn a_stack_apart_has_a_folder_of_its_own() {
        let [ours, apart] = [Options::default(), Options::apart("alarms").unwrap()].map(|options| options.place());
        assert_eq!(ours.root(), apart.root());
        assert!(apart.local("stack.json").ends_with(".local/apart/alarms/stack.json"));
        assert!(ours.local("stack.json").ends_with(".local/stack.json"));
    }

    #[test]
    fn what_is_no_port_is_named_with_its_variable() {
        for value in ["", "0", "http", "65536", "-1"] {
            let error = Ports::chosen_by(|variable| (variable == "TAPELINE_MEDIA_PORT").then(|| value.to_owned()));
            let message = error.unwrap_err().to_string();
            assert_eq!(
                message,
                format!("TAPELINE_MEDIA_PORT={value} is not a port; it should be a number such as 8082")
            );
        }
    }

    #[test]
    fn a_taken_port_is_named_with_the_variable_that_chooses_another() {
        let listeners = [(); 8].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        let taken = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        let [emulator, edge, twilio, media, airtable, aws, vapi, elevenlabs] = taken;
        let ports = Ports { emulator, edge, twilio, media, airtable, aws, vapi, elevenlabs };

        let held = [emulator, edge, twilio, airtable, aws, vapi, elevenlabs];
        let message = ports.check_free(&held).unwrap_err().to_string();
        assert!(message.contains(&format!("port {media} for the media host's stand-in is taken")), "{message}");
        assert!(message.contains("TAPELINE_MEDIA_PORT"), "{message}");
        ports.check_free(&taken).unwrap();
    }
}
