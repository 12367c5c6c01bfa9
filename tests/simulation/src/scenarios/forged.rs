use crate::script::{End, Script};

/// Webhooks that are not Twilio's, or that nobody understands, beside one that is.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(2, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
    // It is in the provider's list, so that nothing but a forgery would make it ours.
    let target = script.recorded(2, 2);
    script.made_before_us(&target);
    let form = || script.form(&target, 1).set("Caller", &word(script));
    let signed = form();
    let forgeries = [
        signed.clone().forged(),
        signed.clone().with_body(format!("RecordingSid={}&Caller={}", target.recording_id, word(script))),
        signed.clone().with_body(format!("Caller={}{}", word(script), "x".repeat(70_000))),
        signed.clone().with_body("%ff%00&&==;".to_owned()),
        signed.clone().set("RecordingSid", "RE../../ledger/x"),
        signed.clone().set("RecordingStatus", "exploded"),
        signed.set("CallSid", ""),
    ];
    for (n, form) in (0..).zip(forgeries) {
        script.webhook(n, form);
    }
    script.forged.push(word(script));
    script.expect(&target, End::Unheard);
    script.healthy = false;
}

/// What would give a body away.
fn word(script: &Script) -> String {
    format!("caller-of-forgery-{}", script.number(2))
}
