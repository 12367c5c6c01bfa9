use std::collections::BTreeMap;

use recordings::fakes::{Effect, QueueName};

use crate::installation::wiring::Wiring;
use crate::play::Played;

/// A poison message ends in its dead-letter queue after as many deliveries as the queue allows. That it delays nobody is
/// what the other invariants say of those beside it.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let left = played.installation.left_dead();
    let lost = played.script.poison.iter().filter(|body| !left.contains(body));
    let mut broken: Vec<String> = lost.map(|body| format!("{body} is in no dead-letter queue")).collect();
    played.installation.world.read_journal(|journal| {
        let mut most: BTreeMap<QueueName, u32> = BTreeMap::new();
        for entry in journal {
            if let Effect::MessageDelivered { queue, receive_count, .. } = &entry.effect {
                let most = most.entry(*queue).or_default();
                *most = (*most).max(*receive_count);
            }
        }
        for (queue, allowed) in [(QueueName::Transfer, 5), (QueueName::History, 30)] {
            if most.get(&queue).is_some_and(|most| *most > allowed) {
                broken.push(format!("{queue:?} delivered a message more than {allowed} times"));
            }
        }
    });
    broken
}
