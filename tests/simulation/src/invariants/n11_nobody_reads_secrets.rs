use recordings::fakes::{QueueName, sample};

use crate::installation::agents::{PARTY, SAID};
use crate::installation::twilio::PHONE;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// Secrets and telephone numbers appear in no log, error, message, ledger entry or dead letter; links and signed URLs appear
/// in no log. Figures have names only. Logs are kept in the runs that watch for them.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    let secrets = [
        sample::TWILIO_AUTH_TOKEN,
        "the-auth-token-of-acme",
        "the-vapi-secret-of",
        "the-elevenlabs-secret-of",
        "the-airtable-token-of",
        "a key that seals",
        &PHONE[1..],
        // What was said comes from the provider alone, and not from a webhook.
        SAID,
    ];
    let mut broken = Vec::new();
    let mut check = |place: &str, text: &str, words: &[&str]| {
        let found = words.iter().filter(|word| text.contains(**word));
        broken.extend(found.map(|word| format!("{word} is in {place}")));
    };
    for (id, (_, body)) in &played.installation.bodies {
        check(id, body, &secrets);
    }
    for queue in [QueueName::Retry, QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters] {
        world.bodies(queue).iter().for_each(|body| check("a queue", body, &secrets));
    }
    for key in world.document_keys() {
        check(&key, &world.document(&key).unwrap_or_default(), &secrets);
    }
    if let Some(log) = &played.log {
        check("the log", log, &secrets);
        check("the log", log, &["/r/", "https://bucket.s3.test", "X-Amz-", &PARTY[1..]]);
        let transcript = sample::transcript();
        let said: Vec<&str> = transcript.turns.iter().map(|turn| turn.text.as_str()).collect();
        check("the log", log, &said);
    }
    broken
}
