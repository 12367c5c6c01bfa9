use recordings::fakes::World;
use recordings::ledger_entry::LedgerEntry;
use recordings::ports::{LedgerRead, LedgerWrite, PortError, Version, Versioned};
use recordings::recording::RecordingRef;
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring, sound_transfer};

use crate::is_caught_by;

/// Writes entries without `If-None-Match` and `If-Match`.
#[derive(Clone)]
struct OverwriteTheLedger;

struct Ledger(World);

impl LedgerRead for Ledger {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
        self.0.get(recording).await
    }
}

impl LedgerWrite for Ledger {
    async fn create(&self, entry: &LedgerEntry) -> Result<Version, PortError> {
        match self.0.get(&entry.recording).await? {
            Some(there) => LedgerWrite::replace(&self.0, entry, &there.version).await,
            None => self.0.create(entry).await,
        }
    }

    async fn replace(&self, entry: &LedgerEntry, read: &Version) -> Result<Version, PortError> {
        let there = self.0.get(&entry.recording).await?;
        LedgerWrite::replace(&self.0, entry, there.as_ref().map_or(read, |there| &there.version)).await
    }
}

impl Wiring for OverwriteTheLedger {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let TransferPorts { world, controls, audio, jobs, pacer, news_desk, figures, .. } = sound_transfer(process);
        TransferPorts { ledger: Ledger(world.clone()), controls, world, audio, jobs, pacer, news_desk, figures }
    }
}

#[test]
fn writing_the_ledger_unconditionally_is_caught() {
    is_caught_by(5, &OverwriteTheLedger);
}
