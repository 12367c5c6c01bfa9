//! Audio that no entry names, and uploads that were left behind.

use recordings::ports::PortError;
use serde::Serialize;

use crate::config::Settings;
use crate::{Deadline, Outcome, Ports};

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Orphaned {}

pub(crate) async fn retire(
    _ports: &impl Ports,
    _settings: &Settings,
    _deadline: Deadline,
    _outcome: &mut Outcome,
) -> Result<(), PortError> {
    Ok(())
}
