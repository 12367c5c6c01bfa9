use recordings::fakes::World;
use recordings::ports::{HistoryUpdate, JobFind, JobKey, JobRecord, Jobs, PortError};
use recordings::recording::Organisation;
use simulation::installation::ports::TransferPorts;
use simulation::installation::wiring::{Process, Wiring};
use transfer::NewsDesk;

use crate::is_caught_by;

/// Appends each line without looking whether it is there: what is there is disguised when it is read, and shown again when
/// it is written.
#[derive(Clone)]
struct AppendWithoutLooking;

const SHOWN: &str = "---- |";
const DISGUISED: &str = "- --- |";

struct Blind(World);

impl JobFind for Blind {
    async fn find(&self, organisation: &Organisation, keys: &[JobKey]) -> Result<Vec<JobRecord>, PortError> {
        let mut records = self.0.find(organisation, keys).await?;
        records.iter_mut().for_each(|record| record.history = record.history.replace(SHOWN, DISGUISED));
        Ok(records)
    }
}

impl Jobs for Blind {
    async fn update(
        &self,
        organisation: &Organisation,
        updates: &[HistoryUpdate],
    ) -> Result<Vec<HistoryUpdate>, PortError> {
        let mut updates = updates.to_vec();
        updates.iter_mut().for_each(|update| update.history = update.history.replace(DISGUISED, SHOWN));
        self.0.update(organisation, &updates).await
    }
}

impl Wiring for AppendWithoutLooking {
    fn transfer(&self, process: Process) -> impl transfer::Ports + 'static {
        let Process { world, figures, traffic, pacer } = process;
        let jobs = traffic.watch(Blind(world.clone()), world.clone());
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
}

#[test]
fn appending_a_line_that_is_there_is_caught() {
    is_caught_by(3, &AppendWithoutLooking);
}
