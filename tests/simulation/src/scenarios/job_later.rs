use crate::script::{End, Script};

/// The job is made two hours after its call.
pub(super) fn play(script: &mut Script) {
    let recording = script.recorded(1, 1);
    let (job, organisation) = (script.job(1, &[&recording]), recording.organisation.clone());
    script.webhook(0, script.completed(&recording, None));
    script.change(7_200, move |world| world.put_job(&organisation, job));
    script.expect(&recording, End::Home);
    script.healthy = false;
}
