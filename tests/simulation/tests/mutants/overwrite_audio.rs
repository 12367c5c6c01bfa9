use bytes::Bytes;
use recordings::fakes::{FakeObject, World};
use recordings::ports::{AudioObject, PortError, Put};
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring, sound_transfer};

use crate::is_caught_by;
use crate::wrong_audio::{Bug, WrongAudio};

/// Writes audio without `If-None-Match`.
#[derive(Clone)]
struct OverwriteAudio;

impl Bug for OverwriteAudio {
    async fn put(world: &World, object: &AudioObject, body: Bytes, _: &str) -> Result<Put, PortError> {
        let recording = Some(object.recording.clone());
        world.put_object(&object.key, FakeObject { bytes: body, recording, container: object.container });
        Ok(Put::Created)
    }
}

impl Wiring for OverwriteAudio {
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
fn writing_audio_over_other_audio_is_caught() {
    is_caught_by(4, &OverwriteAudio);
}
