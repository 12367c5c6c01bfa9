use recordings::fakes::World;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{ErrorKind, LedgerRead, LedgerWrite, PortError, Version, Versioned};
use recordings::recording::RecordingRef;
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring, sound_transfer};

use crate::is_caught_by;

/// Takes the conflict of a lost race for one of its own, and writes what it meant to write all the same.
#[derive(Clone)]
struct StaleWorker;

struct Ledger(World);

impl LedgerRead for Ledger {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
        self.0.get(recording).await
    }
}

impl LedgerWrite for Ledger {
    async fn create(&self, entry: &LedgerEntry) -> Result<Version, PortError> {
        self.0.create(entry).await
    }

    async fn replace(&self, entry: &LedgerEntry, read: &Version) -> Result<Version, PortError> {
        match LedgerWrite::replace(&self.0, entry, read).await {
            Err(lost) if lost.kind == ErrorKind::Conflict => {
                let there = self.0.get(&entry.recording).await?.ok_or(lost)?;
                LedgerWrite::replace(&self.0, entry, &there.version).await
            }
            result => result,
        }
    }
}

impl Wiring for StaleWorker {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let TransferPorts { world, controls, audio, jobs, pacer, news_desk, figures, .. } = sound_transfer(process);
        TransferPorts { ledger: Ledger(world.clone()), controls, world, audio, jobs, pacer, news_desk, figures }
    }
}

#[test]
fn a_stale_worker_that_overwrites_is_caught() {
    is_caught_by(5, &StaleWorker);
}
