use serde_json::json;
use standins::Addresses;

use crate::deployment::{self, Deployment, Outputs};
use crate::emulator::{self, Emulator};
use crate::error::StackError;
use crate::options::Options;
use crate::parts;
use crate::place::Place;
use crate::programs::Programs;
use crate::record::{Part, Record};
use crate::sam::Sam;
use crate::secret::LocalSecret;

/// The way up, step by step. A part that runs and is what is wanted is kept.
pub(crate) struct Raising<'a> {
    place: &'a Place,
    options: &'a Options,
    programs: Programs,
    record: Record,
}

impl<'a> Raising<'a> {
    /// Makes sure that all parts can listen, and ends what runs but is not what is wanted now.
    pub(crate) async fn begin(place: &'a Place, options: &'a Options) -> Result<Self, StackError> {
        (options.announce)("compiling the stand-ins and the edge");
        let programs = Programs::build(place).await?;
        let mut record = Record::read(place).unwrap_or_default();
        // Before anything is ended for it.
        options.ports.check_free(&record.held_ports())?;
        record.ports = options.ports;
        let mut raising = Self { place, options, programs, record };
        for part in Part::ALL {
            let wanted = raising.identity(part)?;
            raising.record.stop_unless(part, &wanted).await;
        }
        Ok(raising)
    }

    pub(crate) async fn emulator(&mut self) -> Result<Emulator, StackError> {
        self.start(Part::Emulator, "starting the AWS emulator")?;
        let emulator = Emulator::at(self.options.ports.emulator);
        self.record.wait_for(Part::Emulator, self.place, async || emulator.is_ready().await.then_some(())).await?;
        Ok(emulator)
    }

    pub(crate) async fn standins(&mut self) -> Result<Addresses, StackError> {
        self.start(Part::Standins, "starting the stand-ins")?;
        let log = self.place.log(Part::Standins.name())?;
        self.record.wait_for(Part::Standins, self.place, async || parts::ready_line(&log)).await
    }

    pub(crate) async fn deployment(
        &mut self,
        emulator: &Emulator,
        standins: &Addresses,
        secret: &LocalSecret,
    ) -> Result<Deployment, StackError> {
        (self.options.announce)("compiling and deploying the functions");
        let parameters = deployment::parameters(self.options, emulator.access(), standins);
        let sam = Sam { place: self.place, access: emulator.access() };
        let deployment = Deployment::make(&sam, parameters, self.record.deployment.take()).await?;
        put_secret(emulator, &deployment.outputs, secret).await?;
        self.record.standins = Some(standins.clone());
        self.record.secret = Some(secret.clone());
        self.record.deployment = Some(deployment.clone());
        self.record.write(self.place)?;
        Ok(deployment)
    }

    /// Needs the deployment, which may have given the API another id.
    pub(crate) async fn edge(&mut self) -> Result<(), StackError> {
        let wanted = self.identity(Part::Edge)?;
        self.record.stop_unless(Part::Edge, &wanted).await;
        self.start(Part::Edge, "starting the edge")?;
        let (log, port) = (self.place.log(Part::Edge.name())?, self.options.ports.edge);
        self.record.wait_for(Part::Edge, self.place, async || parts::edge_listens(&log, port).then_some(())).await
    }

    /// Starts a part unless it runs, and writes that down before anything else can fail.
    fn start(&mut self, part: Part, step: &str) -> Result<(), StackError> {
        if self.record.is_running(part) {
            return Ok(());
        }
        (self.options.announce)(step);
        let mut command = match part {
            Part::Emulator => emulator::command(self.place, self.options)?,
            Part::Standins => parts::standins_command(self.place, &self.programs, self.options)?,
            Part::Edge => parts::edge_command(&self.programs, self.options, self.record.api_id())?,
        };
        let identity = self.identity(part)?;
        self.record.start(part, self.place, &mut command, identity)
    }

    /// What must be the same for a running part to serve.
    fn identity(&self, part: Part) -> Result<String, StackError> {
        let Options { ports, enforce_policies, .. } = self.options;
        Ok(match part {
            Part::Emulator => format!("port {}, policies enforced: {enforce_policies}", ports.emulator),
            Part::Standins => {
                format!("{} with {}", self.programs.version("standins")?, parts::standins_settings(self.options)?)
            }
            Part::Edge => format!(
                "{} from {} to {} at {}",
                self.programs.version("edge")?,
                ports.edge,
                self.record.api_id(),
                ports.emulator
            ),
        })
    }
}

async fn put_secret(emulator: &Emulator, outputs: &Outputs, secret: &LocalSecret) -> Result<(), StackError> {
    let input = json!({
        "SecretId": outputs.secret_arn,
        "SecretString": secret.value().to_string(),
        // Identifies the request, and becomes the version's id.
        "ClientRequestToken": "tapeline-local-stack-secret-value",
    });
    emulator.call("secretsmanager.PutSecretValue", &input).await.map(drop)
}
