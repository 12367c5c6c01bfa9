use recordings::fakes::QueueName;

use crate::script::{End, Script};

/// Messages that nobody can read stand before those of innocents.
pub(super) fn play(script: &mut Script) {
    let junk =
        [format!("no JSON at all, {}", script.number(1)), format!(r#"{{"version":99,"n":{}}}"#, script.number(2))];
    for (queue, body) in [QueueName::Transfer, QueueName::History].into_iter().zip(junk) {
        script.poison.push(body.clone());
        script.change(0, move |world| world.send_raw(queue, &body));
    }
    script.known_job("default", 1);
    let recording = script.recorded(1, 1);
    script.webhook(1, script.completed(&recording, Some(1)));
    script.expect(&recording, End::Home);
    script.healthy = false;
}
