//! Words that stand for what is secret or personal. Seeds and mutations put them everywhere; no log and no error may
//! repeat them.

use std::error::Error;
use std::iter::successors;

/// Somebody's telephone number, and their name.
pub(crate) const CANARIES: [&str; 2] = ["14158675309", "CanaryLane"];

/// Asserts that what is written for operators repeats nothing of anybody.
#[track_caller]
pub(crate) fn assert_silent(text: &str) {
    for canary in CANARIES {
        let repeating = text.lines().find(|line| line.contains(canary));
        assert_eq!(repeating, None, "{canary} is repeated");
    }
}

/// The same of an error and all its causes, as they are shown and as they are debugged.
#[track_caller]
pub(crate) fn assert_silent_error(error: &(dyn Error + 'static)) {
    for cause in successors(Some(error), |cause| (*cause).source()) {
        let text = format!("{cause} / {cause:?}");
        assert_silent(&text);
        assert!(text.len() < 2_048, "an error of {} bytes: {text}", text.len());
    }
}
