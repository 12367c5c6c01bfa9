//! What retention deleted, and the ledger does not know yet.

use recordings::ports::PortError;
use serde::Serialize;

use crate::config::Settings;
use crate::{Deadline, Ports};

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Expired {}

pub(crate) async fn notice(
    _ports: &impl Ports,
    _settings: &Settings,
    _deadline: Deadline,
    _outcome: &mut Expired,
) -> Result<(), PortError> {
    Ok(())
}
