use crate::script::{End, Script};

/// The same numbers of calls and jobs in two organisations; one names the other in its webhook.
pub(super) fn play(script: &mut Script) {
    for organisation in ["default", "acme"] {
        script.known_job(organisation, 1);
    }
    let ours = script.recorded(1, 1);
    let theirs = script.recorded_for("acme", 2, 2);
    for recording in [&ours, &theirs] {
        script.webhook(0, script.completed(recording, Some(1)));
        script.expect(recording, End::Home);
    }
    // Signed by acme, about a recording of an account that is not acme's.
    let foreign = script.recorded_for("acme", 3, 3);
    script.made_before_us(&foreign);
    let form = script.completed(&foreign, Some(1)).set("AccountSid", &format!("AC{:032x}", 1));
    script.webhook(5, form);
    script.expect(&foreign, End::Unheard);
}
