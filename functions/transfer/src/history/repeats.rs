use recordings::messages::HistoryRequest;
use recordings::ports::{ErrorKind, PortError};

/// The messages of a batch that say what another one before them says, as after a sweep of what still waits in the
/// queue. They are done with it, and not beside it: a provider's copy would be deleted twice.
pub(super) struct Repeats {
    /// For each message of the batch, which of the distinct ones it is.
    places: Vec<usize>,
}

impl Repeats {
    /// The distinct messages, in order, and what repeats them.
    pub(super) fn apart_from(requests: Vec<(&HistoryRequest, u32)>) -> (Vec<(&HistoryRequest, u32)>, Self) {
        let mut distinct: Vec<(&HistoryRequest, u32)> = Vec::new();
        let mut places = Vec::new();
        for (request, receives) in requests {
            let known = distinct.iter().position(|(known, _)| says_the_same(known, request));
            places.push(known.unwrap_or(distinct.len()));
            if known.is_none() {
                distinct.push((request, receives));
            }
        }
        (distinct, Self { places })
    }

    /// The results of all messages of the batch, from those of the distinct ones.
    pub(super) fn among(self, results: Vec<Result<(), PortError>>) -> Vec<Result<(), PortError>> {
        let failures: Vec<Option<ErrorKind>> =
            results.iter().map(|result| result.as_ref().err().map(|error| error.kind)).collect();
        let mut results = results.into_iter().enumerate().peekable();
        let of_one = |place: usize| match results.next_if(|(next, _)| *next == place) {
            Some((_, result)) => result,
            None => failures[place].map_or(Ok(()), |kind| Err(PortError::new(kind, "write a history", "a repetition"))),
        };
        self.places.into_iter().map(of_one).collect()
    }
}

/// The version of the entry alone may differ: what it asks for is read when the message is handled.
fn says_the_same(one: &HistoryRequest, other: &HistoryRequest) -> bool {
    one.recording == other.recording
        && one.job_number == other.job_number
        && one.lines == other.lines
        && one.repair == other.repair
}
