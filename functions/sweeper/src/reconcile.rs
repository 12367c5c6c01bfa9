//! The pipeline's safety net: what the providers hold, what histories say and what the bucket holds, each compared with
//! the ledger.

mod expired;
mod held;
mod lines;
mod scope;

pub use expired::Expired;
pub use held::{Acts, Held, Inventory, LossMeter};
pub use lines::Lines;

use recordings::ports::PortError;

use crate::config::Settings;
use crate::{Deadline, Outcome, Ports, first_failure};

/// Runs the three comparisons, each until it is through or the time is up.
pub(crate) async fn compare(
    ports: &impl Ports,
    settings: &Settings,
    deadline: Deadline,
    outcome: &mut Outcome,
) -> Result<(), PortError> {
    let parts = [
        held::compare(ports, settings, deadline, &mut outcome.held).await,
        lines::verify(ports, settings, deadline, &mut outcome.lines).await,
        expired::notice(ports, settings, deadline, &mut outcome.expired).await,
    ];
    first_failure(ports, "reconcile", parts)
}
