use recordings::fakes::{Effect, QueueName};

use crate::installation::wiring::Wiring;
use crate::play::Played;

/// A 2xx to a webhook about a recording implies that the process that said so had made a durable record by then: a message
/// on TransferQueue or a marker.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let taken = played.installation.answers.iter().filter(|answer| (200..300).contains(&answer.status));
    let taken = taken.filter_map(|answer| Some((answer, answer.about.as_ref()?)));
    played.installation.world.read_journal(|journal| {
        let without = taken.filter(|(answer, recording)| {
            !journal[..answer.effects].iter().filter(|entry| entry.process == answer.process).any(|entry| match &entry
                .effect
            {
                Effect::MarkerPut(marked) => marked == *recording,
                Effect::MessageSent { queue, .. } => *queue == QueueName::Transfer,
                _ => false,
            })
        });
        without
            .map(|(answer, recording)| format!("{} took {recording}, and nothing was durable", answer.process))
            .collect()
    })
}
