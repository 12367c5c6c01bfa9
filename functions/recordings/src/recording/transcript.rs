use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of the transcript's JSON that this code writes.
const SCHEMA: u32 = 1;

/// What was said on a call, as its provider wrote it down. It is personal: debugging shows how much of it there is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    #[serde(deserialize_with = "known_schema")]
    schema: u32,
    /// Who said what, in order; empty where the provider gives the text alone.
    pub turns: Vec<Turn>,
    /// The whole as plain text.
    pub text: String,
}

/// What one party said before the other one did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
    /// When, from the start of the call, where the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<u64>,
}

/// Who spoke on a call. Instructions to the agent and calls of its tools are no speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The voice agent.
    Agent,
    /// The person on the other end, whoever called whom.
    Customer,
}

impl Transcript {
    /// A transcript of turns, whose text is one line a turn.
    pub fn of_turns(turns: Vec<Turn>) -> Self {
        let lines: Vec<String> = turns.iter().map(|turn| format!("{}: {}", turn.speaker.name(), turn.text)).collect();
        Self::with_text(turns, lines.join("\n"))
    }

    /// A transcript whose text the provider gives itself.
    pub fn with_text(turns: Vec<Turn>, text: String) -> Self {
        Self { schema: SCHEMA, turns, text }
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.turns.iter().all(|turn| turn.text.trim().is_empty())
    }
}

impl Speaker {
    fn name(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Customer => "Customer",
        }
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript").field("turns", &self.turns.len()).field("bytes", &self.text.len()).finish()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("speaker", &self.speaker).field("bytes", &self.text.len()).finish()
    }
}

/// One that a newer version wrote may say more than this one would show.
fn known_schema<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        schema @ 1..=SCHEMA => Ok(schema),
        _ => Err(serde::de::Error::custom("a transcript of a newer version")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(speaker: Speaker, text: &str, offset_ms: Option<u64>) -> Turn {
        Turn { speaker, text: text.to_owned(), offset_ms }
    }

    fn transcript() -> Transcript {
        let (agent, customer) = (Speaker::Agent, Speaker::Customer);
        Transcript::of_turns(vec![turn(agent, "Good morning.", Some(0)), turn(customer, "The boiler leaks.", None)])
    }

    #[test]
    fn the_text_of_turns_is_a_line_for_each() {
        assert_eq!(transcript().text, "Agent: Good morning.\nCustomer: The boiler leaks.");
    }

    #[test]
    fn a_transcript_in_which_nobody_says_anything_is_empty() {
        assert!(Transcript::of_turns(vec![]).is_empty() && Transcript::with_text(vec![], " \n".to_owned()).is_empty());
        assert!(!transcript().is_empty() && !Transcript::with_text(vec![], "Hello.".to_owned()).is_empty());
    }

    #[test]
    fn what_was_written_is_read_back_and_a_newer_version_is_not() {
        let json = serde_json::to_string(&transcript()).unwrap();
        assert!(serde_json::from_str::<Transcript>(&json).unwrap() == transcript());
        assert!(json.contains(r#""speaker":"customer""#) && json.contains(r#""offset_ms":0"#), "{json}");
        let newer = json.replace(r#""schema":1"#, r#""schema":2"#);
        assert!(serde_json::from_str::<Transcript>(&newer).is_err());
    }

    #[test]
    fn debugging_shows_nothing_that_was_said() {
        let shown = format!("{:?} {:?}", transcript(), transcript().turns);
        assert!(!shown.contains("boiler") && shown.contains("turns: 2"), "{shown}");
    }
}
