use crate::script::{End, Script};

/// Events that are not a voice agent's provider's, of another time, or that nobody understands, beside one that is.
pub(super) fn play(script: &mut Script) {
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(2, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
    // It is in the provider's list, so that nothing but a forgery would make it ours.
    let target = script.recorded(2, 2);
    script.made_before_us(&target);
    let word = format!("said-in-forgery-{}", script.number(2));
    let signed = script.event(&target, 1).saying(&word);
    let forgeries = [
        signed.clone().forged(),
        signed.clone().signed_at(-3_600),
        signed.clone().signed_at(3_600),
        signed.clone().with_body(format!("{{\"data\":{{}},\"message\":\"{word}\"}}")),
        signed.clone().with_body(format!("{word}{}", "x".repeat(70_000))),
        signed.with_body(String::new()),
    ];
    for (n, event) in (0..).zip(forgeries) {
        script.webhook(n, event);
    }
    script.forged.push(word);
    script.expect(&target, End::Unheard);
    script.healthy = false;
}
