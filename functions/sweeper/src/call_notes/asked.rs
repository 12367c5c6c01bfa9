use recordings::ports::{ErrorKind, ListCursor, ListedRecording, PortError, ProviderList, RecordingList, Standing};
use recordings::recording::CallRef;

use crate::Ports;

/// More pages than any call has recordings for.
const MOST_PAGES: u32 = 10;

/// What the provider says of a call's recordings.
#[derive(Default)]
pub(super) struct Asked {
    /// Those of which it is known what became of them.
    pub(super) over: Vec<ListedRecording>,
    /// There are others, or the answer makes no sense: it may be another one later.
    pub(super) is_unclear: bool,
}

/// Asks the provider. A call that it does not know has no recordings.
pub(super) async fn ask(ports: &impl Ports, call: &CallRef) -> Result<Asked, PortError> {
    let mut asked = Asked::default();
    let mut next = Some(ListCursor::start(RecordingList::OfCall(call.clone())));
    for _ in 0..MOST_PAGES {
        let Some(at) = next.take() else { break };
        let page = match ports.provider_list().page(&at).await {
            Ok(page) => page,
            Err(error) if error.kind == ErrorKind::NotFound => break,
            Err(error) if error.kind == ErrorKind::Invalid => {
                asked.is_unclear = true;
                break;
            }
            Err(error) => return Err(error),
        };
        asked.is_unclear |= page.strange() > 0;
        for listed in page.recordings {
            match listed.standing {
                Standing::Unfinished => asked.is_unclear = true,
                Standing::Completed | Standing::Absent { .. } | Standing::Deleted => asked.over.push(listed),
            }
        }
        next = page.next;
    }
    Ok(asked)
}
