use recordings::fakes::World;
use recordings::messages::TransferRequest;
use recordings::ports::{OpenMarkerWrite, PortError, TransferQueue, Version};
use simulation::installation::ports::{TransferPorts, WebhookPorts};
use simulation::installation::wiring::{Process, Wiring, sound_transfer, sound_webhook};

use crate::is_caught_by;

/// Answers a webhook whatever became of the queue and the bucket.
#[derive(Clone)]
struct AckBeforeDurable;

struct Careless(World);

impl TransferQueue for Careless {
    async fn send(&self, request: &TransferRequest) -> Result<(), PortError> {
        TransferQueue::send(&self.0, request).await.or(Ok(()))
    }
}

impl OpenMarkerWrite for Careless {
    async fn put(&self, event: &TransferRequest) -> Result<(), PortError> {
        OpenMarkerWrite::put(&self.0, event).await.or(Ok(()))
    }

    async fn renew(&self, event: &TransferRequest, read: Option<&Version>) -> Result<(), PortError> {
        self.0.renew(event, read).await
    }
}

impl Wiring for AckBeforeDurable {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let ports: TransferPorts = sound_transfer(process);
        ports
    }

    fn webhook(&self, process: Process) -> impl webhook::ApiPorts {
        let WebhookPorts { world, figures, .. } = sound_webhook(process);
        let [queue, markers] = [Careless(world.clone()), Careless(world.clone())];
        WebhookPorts { transfer_queue: queue, open_markers: markers, world, figures }
    }
}

#[test]
fn answering_before_anything_is_durable_is_caught() {
    is_caught_by(2, &AckBeforeDurable);
}
