use std::time::Duration;

use recordings::fakes::World;
use recordings::ports::{CallControlRead, Clock, PortError, VersionedControl};
use recordings::recording::CallRef;
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring, sound_transfer};

use crate::is_caught_by;

/// Forgets a tombstone an hour after it was set.
#[derive(Clone)]
struct TombstoneForgotten;

struct Controls(World);

impl CallControlRead for Controls {
    async fn get(&self, call: &CallRef) -> Result<Option<VersionedControl>, PortError> {
        let read = CallControlRead::get(&self.0, call).await?;
        let an_hour_ago = self.0.now() - Duration::from_secs(3_600);
        Ok(read.filter(|read| read.control.erasure().is_none_or(|erasure| erasure.at > an_hour_ago)))
    }
}

impl Wiring for TombstoneForgotten {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let TransferPorts { world, ledger, audio, jobs, pacer, news_desk, figures, .. } = sound_transfer(process);
        TransferPorts { controls: Controls(world.clone()), world, ledger, audio, jobs, pacer, news_desk, figures }
    }
}

#[test]
fn a_tombstone_that_does_not_last_is_caught() {
    is_caught_by(10, &TombstoneForgotten);
}
