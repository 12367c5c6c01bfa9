use jiff::{SignedDuration, Timestamp};
use recordings::history_line::PinnedLine;
use recordings::ledger_entry::{LedgerEntry, State};

/// How long a line that was asked for once more is on its way.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(15);

/// What a pass has to do about an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// Look for its lines in the job's history.
    pub(super) verify: bool,
    /// Say again that lines are asked for: whoever was told has forgotten it.
    pub(super) remind: bool,
}

/// Lines that were never written are none of its business: `open/` brings their recordings back.
pub(super) fn due(entry: &LedgerEntry, confirmed_since: Timestamp, now: Timestamp) -> Due {
    if entry.state() == State::Erased {
        return Due { verify: false, remind: false };
    }
    let is_news = |line: &PinnedLine| line.confirmed_at.is_some_and(|at| at >= confirmed_since);
    let is_late = |line: &PinnedLine| line.repaired_at.is_some_and(|at| now.duration_since(at) >= ON_ITS_WAY);
    Due {
        verify: entry.job_record_id.is_some() && entry.lines.iter().any(is_news),
        remind: entry.unconfirmed_lines().any(is_late),
    }
}
