use recordings::fakes::{QueueName, sample};

use crate::installation::agents::{PARTY, SAID};
use crate::installation::twilio::PHONE;
use crate::installation::wiring::Wiring;
use crate::play::Played;

/// Secrets appear in no log, error, message, ledger entry or dead letter; telephone numbers in the ledger, in the notes of
/// calls and in what the sweeper says of these, and nowhere else, in no key and in no log; links and signed URLs in no log.
/// Figures have names only. Logs are kept in the runs that watch for them.
pub(super) fn broken<W: Wiring>(played: &Played<W>) -> Vec<String> {
    let world = &played.installation.world;
    let secrets = [
        sample::TWILIO_AUTH_TOKEN,
        "the-auth-token-of-acme",
        "the-vapi-secret-of",
        "the-elevenlabs-secret-of",
        "the-airtable-token-of",
        "a key that seals",
        // What was said comes from the provider alone, and not from a webhook.
        SAID,
    ];
    let numbers = &[&PHONE[1..]];
    let mut broken = Vec::new();
    let mut check = |place: &str, text: &str, words: &[&str]| {
        let found = words.iter().filter(|word| text.contains(**word));
        broken.extend(found.map(|word| format!("{word} is in {place}")));
    };
    for (id, (_, body)) in &played.installation.bodies {
        check(id, body, &secrets);
        if !body.contains("\"parties\"") && !body.contains("\"reconcile\"") {
            check(id, body, numbers);
        }
    }
    for queue in [QueueName::Retry, QueueName::TransferDeadLetters, QueueName::HistoryDeadLetters] {
        world.bodies(queue).iter().for_each(|body| check("a queue", body, &secrets));
    }
    for key in world.document_keys() {
        let text = world.document(&key).unwrap_or_default();
        check(&key, &text, &secrets);
        check("a key", &key, numbers);
        if !["ledger/", "calls/", "open/"].iter().any(|folder| key.starts_with(folder)) {
            check(&key, &text, numbers);
        }
    }
    if let Some(log) = &played.log {
        check("the log", log, &secrets);
        check("the log", log, &["/r/", "https://bucket.s3.test", "X-Amz-", &PARTY[1..]]);
        let transcript = sample::transcript();
        let said: Vec<&str> = transcript.turns.iter().map(|turn| turn.text.as_str()).collect();
        check("the log", log, &said);
        check("the log", log, numbers);
    }
    broken
}
