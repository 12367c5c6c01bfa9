//! What the providers hold, next to the ledger.

use recordings::ports::PortError;
use serde::Serialize;

use crate::config::Settings;
use crate::{Deadline, Ports};

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Held {}

pub(crate) async fn compare(
    _ports: &impl Ports,
    _settings: &Settings,
    _deadline: Deadline,
    _outcome: &mut Held,
) -> Result<(), PortError> {
    Ok(())
}
