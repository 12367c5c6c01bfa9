//! How the functions are made of their ports.

use std::sync::Arc;

use recordings::fakes::World;
use transfer::{NewsDesk, Pacer};

use super::airtable_traffic::Traffic;
use super::figures::Figures;
use super::ports::{SweeperPorts, TransferPorts, WebhookPorts};

/// Makes the ports of each invocation. A mutation test makes one of them wrong.
pub trait Wiring: Clone + 'static {
    /// Of the transfer function.
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static;

    /// Of the webhook function.
    fn webhook(&self, process: Process) -> impl webhook::ApiPorts {
        sound_webhook(process)
    }

    /// Of the sweeper.
    fn sweeper(&self, process: Process) -> impl sweeper::Ports + 'static {
        SweeperPorts::of(process.world, &process.traffic, process.figures)
    }
}

/// What an invocation is given by its execution environment.
pub struct Process {
    /// Its handle on the world.
    pub world: World,
    /// Where its figures go.
    pub figures: Figures,
    /// Who asks Airtable.
    pub traffic: Traffic,
    /// What keeps Airtable's limit.
    pub pacer: Arc<Pacer>,
}

/// As it is deployed.
#[derive(Debug, Clone, Copy)]
pub struct Sound;

impl Wiring for Sound {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        sound_transfer(process)
    }
}

/// The transfer function's ports, to change one of them.
pub fn sound_transfer(process: Process) -> TransferPorts {
    let Process { world, figures, traffic, pacer } = process;
    let jobs = traffic.watch(world.clone(), world.clone());
    TransferPorts {
        ledger: world.clone(),
        controls: world.clone(),
        audio: world.clone(),
        jobs,
        world,
        pacer,
        news_desk: NewsDesk::default(),
        figures,
    }
}

/// The webhook function's ports, to change one of them.
pub fn sound_webhook(process: Process) -> WebhookPorts {
    let Process { world, figures, .. } = process;
    WebhookPorts { transfer_queue: world.clone(), open_markers: world.clone(), world, figures }
}
