//! What a request that belongs to a retrieval leads to: the one behind it in its lane.

use recordings::messages::TransferRequest;
use recordings::ports::{LedgerRead, PortError, RetrievalRead, TransferQueue};
use recordings::retrieval::{LANES, RetrievalPlace};

use crate::Ports;

/// Asks for the next recording of the lane. A request that comes again does so again, which is once.
///
/// # Errors
/// When the retrieval cannot be read, or the queue takes nothing: then this message has to come again, or the lane would end
/// here.
pub(super) async fn ask(ports: &impl Ports, request: &TransferRequest) -> Result<(), PortError> {
    let Some(RetrievalPlace { id, number }) = &request.retrieval else { return Ok(()) };
    let organisation = &request.recording.organisation;
    let Some((retrieval, _)) = ports.retrievals().get(organisation, id).await? else { return Ok(()) };
    for number in (number + LANES..retrieval.recordings.len()).step_by(LANES) {
        let recording = &retrieval.recordings[number].recording;
        // Whoever was erased or came home meanwhile needs no message.
        let Some(known) = ports.ledger().get(recording).await? else { continue };
        if known.entry.state().wants_transfer() {
            let place = Some(RetrievalPlace { id: id.clone(), number });
            let next = TransferRequest { retrieval: place, ..TransferRequest::on_demand(&known.entry) };
            return ports.transfer_queue().send(&next).await;
        }
    }
    Ok(())
}
