use recordings::fakes::{World, sample};
use recordings::ledger_entry::{LedgerEntry, State};
use recordings::ports::{CallControlRead, LedgerRead, LedgerWrite, PortError, Version, Versioned, VersionedControl};
use recordings::recording::{CallRef, RecordingRef};
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring, sound_transfer};

use crate::is_caught_by;

/// Takes an erased entry for one of a recording that was just heard of, and sees no tombstone.
#[derive(Clone)]
struct ErasedComesBack;

struct Ledger(World);

struct NothingDecided;

impl CallControlRead for NothingDecided {
    async fn get(&self, _: &CallRef) -> Result<Option<VersionedControl>, PortError> {
        Ok(None)
    }
}

impl LedgerRead for Ledger {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Versioned>, PortError> {
        let read = LedgerRead::get(&self.0, recording).await?;
        Ok(read.map(|there| match there.entry.state() {
            State::Erased => Versioned { entry: anew(&there.entry), version: there.version },
            _ => there,
        }))
    }
}

impl LedgerWrite for Ledger {
    async fn create(&self, entry: &LedgerEntry) -> Result<Version, PortError> {
        self.0.create(entry).await
    }

    async fn replace(&self, entry: &LedgerEntry, read: &Version) -> Result<Version, PortError> {
        LedgerWrite::replace(&self.0, entry, read).await
    }
}

impl Wiring for ErasedComesBack {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let TransferPorts { world, audio, jobs, pacer, news_desk, figures, .. } = sound_transfer(process);
        TransferPorts {
            ledger: Ledger(world.clone()),
            controls: NothingDecided,
            world,
            audio,
            jobs,
            pacer,
            news_desk,
            figures,
        }
    }
}

#[test]
fn bringing_back_what_was_erased_is_caught() {
    is_caught_by(10, &ErasedComesBack);
}

fn anew(erased: &LedgerEntry) -> LedgerEntry {
    let job = Some(sample::job_number(101));
    LedgerEntry::received(erased.recording.clone(), job, &sample::report(1, erased.started_at), erased.received_at)
}
