use crate::script::{End, Script};

/// Two organisations with a base each, whose jobs have the same numbers and records of the same ids; each names the other in
/// a webhook.
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
    // Signed by the one, about a recording of an account that is the other's.
    for (organisation, others, n) in [("acme", 1, 3), ("default", 2, 4)] {
        let foreign = script.recorded_for(organisation, n, n);
        script.made_before_us(&foreign);
        let form = script.form(&foreign, 1).set("AccountSid", &format!("AC{others:032x}"));
        script.webhook(5, form);
        script.expect(&foreign, End::Unheard);
    }
}
