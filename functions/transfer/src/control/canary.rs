//! The end of a canary. No other call is ever erased because a message says so.

use recordings::call_control::{CallControl, OnHold};
use recordings::messages::TransferRequest;
use recordings::ports::{CallControlRead, CallControlWrite, Clock, PortError};

use super::carry_out;
use crate::Ports;
use crate::config::Settings;

/// Who asks for it, as far as receipts tell.
const BY: &str = "doctor";

/// Decides that a canary is erased, as somebody would through the API, and carries it out.
///
/// # Errors
/// When it is not decided, or something is not done yet that nobody else would do: then the message has to come again.
pub(crate) async fn end_canary(
    ports: &impl Ports,
    settings: &Settings,
    request: &TransferRequest,
) -> Result<(), PortError> {
    let call = request.recording.call();
    if call.canary_day().is_none() {
        tracing::error!(
            log_type = "not_a_canary",
            organisation = %call.organisation,
            call_id = %call.call_id,
            "a message would have a call erased that is no canary's, and is let go",
        );
        return Ok(());
    }
    let (before, version) = match ports.controls().get(&call).await? {
        Some(read) => (read.control, Some(read.version)),
        None => (CallControl::of(call), None),
    };
    match before.erased(ports.clock().now(), BY) {
        Ok(after) if after != before => {
            ports.decisions().write(&after, version.as_ref()).await?;
        }
        // It is erased, or somebody holds it: the doctor tells of one that stays.
        Ok(_) | Err(OnHold) => {}
    }
    carry_out(ports, settings, request).await
}
