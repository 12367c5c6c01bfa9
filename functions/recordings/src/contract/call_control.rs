use futures_util::future::join;

use super::Names;
use super::outcome::{done, fails_with};
use crate::call_control::CallControl;
use crate::ports::{CallControlRead, CallControlWrite, ErrorKind, Version, VersionedControl};
use crate::recording::CallRef;

/// What is decided about a call is written by who read what was decided before, and by nobody else.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn call_control(port: &(impl CallControlRead + CallControlWrite), names: &Names) {
    only_who_read_the_newest_decides(port, names).await;
    of_a_hold_and_an_erasure_one_wins(port, names).await;
}

async fn only_who_read_the_newest_decides(port: &(impl CallControlRead + CallControlWrite), names: &Names) {
    let call = names.call();
    let untouched = CallControl::of(call.clone());
    assert_eq!(read(port, &call).await, None, "nobody decided anything yet");
    let unknown = Version("\"0123456789abcdef0123456789abcdef\"".to_owned());
    fails_with("deciding anew", ErrorKind::Conflict, port.write(&untouched, Some(&unknown)).await);
    assert_eq!(read(port, &call).await, None, "what is refused leaves nothing behind");

    let first = done("write", port.write(&untouched, None).await);
    let held = untouched.held().unwrap_or_else(|error| panic!("{error}"));
    fails_with("deciding first again", ErrorKind::Conflict, port.write(&held, None).await);
    let second = done("write", port.write(&held, Some(&first)).await);
    fails_with("deciding from an old version", ErrorKind::Conflict, port.write(&untouched, Some(&first)).await);
    let newest = VersionedControl { control: held, version: second };
    assert_eq!(read(port, &call).await, Some(newest), "the newest is read, with its version");
    assert_eq!(read(port, &names.call()).await, None, "of another call nothing is known");
}

async fn of_a_hold_and_an_erasure_one_wins(port: &(impl CallControlRead + CallControlWrite), names: &Names) {
    let untouched = CallControl::of(names.call());
    let held = untouched.held().unwrap_or_else(|error| panic!("{error}"));
    let erased = untouched.erased(Names::time(), "u1").unwrap_or_else(|error| panic!("{error}"));
    let (hold, erasure) = join(port.write(&held, None), port.write(&erased, None)).await;
    let winner = match (hold, erasure) {
        (Ok(version), Err(_)) => VersionedControl { control: held, version },
        (Err(_), Ok(version)) => VersionedControl { control: erased, version },
        both => panic!("of two at once exactly one wins: {both:?}"),
    };
    assert_eq!(read(port, &untouched.call).await, Some(winner), "what the winner decided is there");
}

async fn read(port: &impl CallControlRead, call: &CallRef) -> Option<VersionedControl> {
    done("get", port.get(call).await)
}
