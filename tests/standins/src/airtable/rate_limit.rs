use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;

const SECOND: Duration = Duration::from_secs(1);

/// The requests of one base, or of one token, within the last second, and the penalty that too many bring.
///
/// Requests within the penalty do not prolong it: the documents say "wait 30 seconds" and nothing of more.
#[derive(Debug, Default)]
pub(super) struct Window {
    recent: VecDeque<Timestamp>,
    penalty_ends: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Granted,
    /// One too many; the penalty begins.
    Exceeded,
    /// The penalty goes on.
    Penalised,
}

impl Window {
    pub(super) fn admit(&mut self, now: Timestamp, limit: usize, penalty: Duration) -> Admission {
        if self.penalty_ends.is_some_and(|end| now < end) {
            return Admission::Penalised;
        }
        while self.recent.front().is_some_and(|first| later(*first, SECOND) <= now) {
            self.recent.pop_front();
        }
        if self.recent.len() >= limit {
            self.penalty_ends = Some(later(now, penalty));
            return Admission::Exceeded;
        }
        self.recent.push_back(now);
        Admission::Granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks at each of the given milliseconds.
    fn asked_at(milliseconds: &[u64]) -> Vec<Admission> {
        let start: Timestamp = "2024-03-15T12:00:00Z".parse().unwrap();
        let mut window = Window::default();
        let penalty = Duration::from_secs(30);
        let at = |ms: &u64| later(start, Duration::from_millis(*ms));
        milliseconds.iter().map(|ms| window.admit(at(ms), 5, penalty)).collect()
    }

    #[test]
    fn five_in_a_second_are_granted_for_ever() {
        let evenly: Vec<u64> = (0..100).map(|index| index * 200).collect();
        assert!(asked_at(&evenly).iter().all(|admission| *admission == Admission::Granted));
    }

    #[test]
    fn sixth_in_a_second_begins_thirty_quiet_seconds() {
        let times = [0, 0, 0, 0, 0, 999, 1_000, 30_998, 30_999];
        use Admission::{Exceeded, Granted, Penalised};
        let expected = [Granted, Granted, Granted, Granted, Granted, Exceeded, Penalised, Penalised, Granted];
        assert_eq!(asked_at(&times), expected);
    }

    #[test]
    fn second_slides_and_has_no_edges() {
        let admissions = asked_at(&[900, 910, 920, 930, 940, 1_100]);
        assert_eq!(admissions.last(), Some(&Admission::Exceeded));
        let admissions = asked_at(&[0, 910, 920, 930, 940, 1_000]);
        assert_eq!(admissions.last(), Some(&Admission::Granted));
    }
}
