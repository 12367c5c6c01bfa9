use std::collections::BTreeSet;

use crate::installation::wiring::Wiring;
use crate::play::Played;
use crate::script::End;

/// Forged, unsigned, foreign, oversized and malformed input: no state change, no outside call but the one for the secret
/// that it is checked with, no body in a log.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let installation = &played.installation;
    let strangers: BTreeSet<&str> =
        installation.answers.iter().filter(|answer| answer.about.is_none()).map(|answer| &*answer.process).collect();
    let mut broken = Vec::new();
    let world = &installation.world;
    for expected in played.script.expected.iter().filter(|expected| expected.end == End::Unheard) {
        if world.document_keys().iter().any(|key| key.contains(expected.recording.call_id.as_str())) {
            broken.push(format!("{} was believed in", expected.recording));
        }
    }
    if !strangers.is_empty() {
        world.read_journal(|journal| {
            let effects = journal.iter().filter(|entry| strangers.contains(&*entry.process));
            let effects = effects.filter(|entry| entry.effect != recordings::fakes::Effect::ProcessDied);
            broken.extend(effects.map(|entry| format!("{} had an effect: {:?}", entry.process, entry.effect)));
        });
        world.read_calls(|calls| {
            let calls = calls.iter().filter(|call| strangers.contains(&*call.process) && call.port != "SecretSource");
            broken.extend(calls.map(|call| format!("a stranger made us call {call}")));
        });
    }
    let log = played.log.as_deref().unwrap_or_default();
    broken.extend(
        played.script.forged.iter().filter(|word| log.contains(&**word)).map(|word| format!("{word} is logged")),
    );
    broken
}
