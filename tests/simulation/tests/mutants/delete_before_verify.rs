use recordings::fakes::World;
use recordings::ports::{AudioObject, PortError, ProviderCopies, Put};
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring, sound_transfer};

use crate::is_caught_by;
use crate::wrong_audio::{Bug, WrongAudio};

/// Deletes the provider's copy as soon as the bucket took ours.
#[derive(Clone)]
struct DeleteBeforeVerify;

impl Bug for DeleteBeforeVerify {
    async fn put(world: &World, object: &AudioObject, body: bytes::Bytes, crc: &str) -> Result<Put, PortError> {
        let put = recordings::ports::AudioStore::put(world, object, body, crc).await?;
        ProviderCopies::delete(world, &object.recording).await?;
        Ok(put)
    }
}

impl Wiring for DeleteBeforeVerify {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let TransferPorts { world, ledger, controls, jobs, pacer, news_desk, figures, .. } = sound_transfer(process);
        TransferPorts {
            audio: WrongAudio::<Self>::of(&world),
            world,
            ledger,
            controls,
            jobs,
            pacer,
            news_desk,
            figures,
        }
    }
}

#[test]
fn deleting_before_verifying_is_caught() {
    is_caught_by(1, &DeleteBeforeVerify);
}
