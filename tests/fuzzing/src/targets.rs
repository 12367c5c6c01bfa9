use crate::{
    agent_answers, agent_webhooks, airtable_answers, audio, gateway_events, history_text, link_tokens, messages,
    queue_events, signatures, twilio_answers, webhook_forms,
};

/// A place where bytes come in from outside.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its file in `fuzz/fuzz_targets`, and of its property test.
    pub name: &'static str,
    /// Does what the outside can do with these bytes, and panics when a promise is broken.
    pub body: fn(&[u8]) -> Verdict,
    /// What a fuzzer starts with: real fixtures, each of which is taken.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// What became of the bytes. Only the tests of the tests look at it: a property that nothing reaches holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They were understood, and had an effect or a value.
    Taken,
    /// They were turned away.
    Refused,
}

impl Verdict {
    pub(crate) fn taken_if(taken: bool) -> Self {
        if taken { Self::Taken } else { Self::Refused }
    }
}

/// All of them.
pub const TARGETS: [Target; 12] = [
    agent_answers::TARGET,
    agent_webhooks::TARGET,
    airtable_answers::TARGET,
    audio::TARGET,
    gateway_events::TARGET,
    history_text::TARGET,
    link_tokens::TARGET,
    messages::TARGET,
    queue_events::TARGET,
    signatures::TARGET,
    twilio_answers::TARGET,
    webhook_forms::TARGET,
];

/// Runs the body of one target.
///
/// # Panics
/// When there is no such target, and when a promise is broken.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap().body)(data);
}
