use std::collections::BTreeMap;

use serde_json::{Value, json};
use standins::{Addresses, ControlClient};

use crate::aws::AwsAccess;
use crate::deployment::{Deployment, Outputs};
use crate::emulator::Emulator;
use crate::error::StackError;
use crate::options::{Options, Ports};
use crate::place::Place;
use crate::raising::Raising;
use crate::record::{Part, Record};
use crate::sam::Sam;
use crate::secret::LocalSecret;

/// A stack that is up.
#[derive(Clone, Debug)]
pub struct Stack {
    place: Place,
    emulator: Emulator,
    ports: Ports,
    standins: Addresses,
    secret: LocalSecret,
    deployment: Deployment,
}

/// The most that CloudWatch Logs gives at once.
const LINES_OF_A_PAGE: usize = 10_000;

/// One of the deployed functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Behind the API.
    Webhook,
    /// Behind the queues.
    Transfer,
    /// Behind the schedules.
    Sweeper,
}

impl Stack {
    /// Starts what does not run yet, compiles and deploys what has changed. Does nothing twice, and may be called again at
    /// any time.
    ///
    /// # Errors
    ///
    /// [`StackError`] says what is in the way. What was started before it stays up for the next attempt.
    pub async fn up(options: Options) -> Result<Self, StackError> {
        let place = options.place();
        let _lock = place.lock()?;
        let secret = LocalSecret::shared_with(&options.standins);

        let mut raising = Raising::begin(&place, &options).await?;
        let emulator = raising.emulator().await?;
        let standins = raising.standins().await?;
        let deployment = raising.deployment(&emulator, &standins, &secret).await?;
        raising.edge().await?;
        Ok(Self { place, emulator, ports: options.ports, standins, secret, deployment })
    }

    /// The stack that another process has started.
    ///
    /// # Errors
    ///
    /// [`StackError::NotUp`] when a part of it is missing.
    pub fn attach() -> Result<Self, StackError> {
        let place = Place::of_workspace();
        let record = Record::read(&place).ok_or(StackError::NotUp)?;
        let all_run = Part::ALL.into_iter().all(|part| record.is_running(part));
        let Record { ports, standins: Some(standins), secret: Some(secret), deployment: Some(deployment), .. } = record
        else {
            return Err(StackError::NotUp);
        };
        let stack = Self { place, emulator: Emulator::at(ports.emulator), ports, standins, secret, deployment };
        if all_run { Ok(stack) } else { Err(StackError::NotUp) }
    }

    /// The same, after ending whatever is left of an earlier one.
    ///
    /// # Errors
    ///
    /// [`StackError`] says what is in the way.
    pub async fn up_anew(options: Options) -> Result<Self, StackError> {
        ended_at(&options.place()).await?;
        Self::up(options).await
    }

    /// Ends what [`Stack::up`] started, in whatever process and for whatever stack, and nothing else.
    ///
    /// # Errors
    ///
    /// When the record of what was started cannot be removed.
    pub async fn down() -> Result<(), StackError> {
        let workspace = Place::of_workspace();
        for place in workspace.all_apart() {
            ended_at(&place).await?;
        }
        ended_at(&workspace).await
    }

    /// Ends this one.
    ///
    /// # Errors
    ///
    /// When the record of what was started cannot be removed.
    pub async fn end(&self) -> Result<(), StackError> {
        ended_at(&self.place).await
    }

    /// Deploys again with some of the template's parameters changed; the others stay as they are.
    ///
    /// # Errors
    ///
    /// When the template refuses them.
    pub async fn deploy_with(&mut self, changed: &[(&str, &str)]) -> Result<(), StackError> {
        let _lock = self.place.lock()?;
        let mut parameters = self.deployment.parameters.clone();
        parameters.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let sam = Sam { place: &self.place, access: self.emulator.access() };
        self.deployment = Deployment::make(&sam, parameters, Some(self.deployment.clone())).await?;
        let mut record = Record::read(&self.place).ok_or(StackError::NotUp)?;
        record.deployment = Some(self.deployment.clone());
        record.write(&self.place)
    }

    /// How an AWS client reaches the emulator.
    #[must_use]
    pub fn aws(&self) -> &AwsAccess {
        self.emulator.access()
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The address that webhooks are signed for and that links start with.
    #[must_use]
    pub fn public_base_url(&self) -> String {
        format!("http://localhost:{}", self.ports.edge)
    }

    /// Bucket, queues, and the rest that the template created.
    #[must_use]
    pub fn outputs(&self) -> &Outputs {
        &self.deployment.outputs
    }

    /// The parameters that were deployed.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.deployment.parameters
    }

    /// Where the stand-ins for Twilio and Airtable listen.
    #[must_use]
    pub fn standins(&self) -> &Addresses {
        &self.standins
    }

    /// Drives the stand-ins.
    #[must_use]
    pub fn control(&self) -> ControlClient {
        ControlClient::new(&self.standins.twilio)
    }

    /// The credentials that functions and stand-ins share.
    #[must_use]
    pub fn secret(&self) -> &LocalSecret {
        &self.secret
    }

    /// Runs a function and waits for its answer.
    ///
    /// # Errors
    ///
    /// When the emulator does not run it; a function's own error is its answer.
    pub async fn invoke(&self, function: Function, event: &Value) -> Result<Value, StackError> {
        self.emulator.invoke(self.name_of(function), event).await
    }

    /// Everything that a function has logged since it was first deployed, oldest first. A line is there once the
    /// invocation that wrote it has ended.
    ///
    /// # Errors
    ///
    /// When the emulator does not answer.
    pub async fn function_logs(&self, function: Function) -> Result<Vec<String>, StackError> {
        let mut input = json!({ "logGroupName": format!("/aws/lambda/{}", self.name_of(function)) });
        let mut lines: Vec<(i64, String)> = Vec::new();
        loop {
            let page = self.emulator.call("Logs_20140328.FilterLogEvents", &input).await?;
            let events = page["events"].as_array().into_iter().flatten();
            let line =
                |event: &Value| Some((event["timestamp"].as_i64()?, event["message"].as_str()?.trim_end().to_owned()));
            let read: Vec<_> = events.filter_map(line).collect();
            let (count, last) = (read.len(), read.last().map_or(0, |(at, _)| *at));
            let is_of_one_moment = read.first().is_some_and(|(at, _)| *at == last);
            lines.extend(read);
            if count < LINES_OF_A_PAGE {
                return Ok(lines.into_iter().map(|(_, line)| line).collect());
            }
            // The emulator gives no token with a full page. It is asked for what came since the page's last moment, which may
            // not have been whole.
            if !is_of_one_moment {
                lines.retain(|(at, _)| *at < last);
            }
            input["startTime"] = json!(last + i64::from(is_of_one_moment));
        }
    }

    /// Puts a message on a queue, in a group if it is a FIFO one, which takes one such message of a group.
    ///
    /// # Errors
    ///
    /// When the emulator does not take it.
    pub async fn send_message(&self, queue_url: &str, group: Option<&str>, body: &str) -> Result<(), StackError> {
        let mut input = json!({ "QueueUrl": queue_url, "MessageBody": body });
        if let Some(group) = group {
            input["MessageGroupId"] = group.into();
            input["MessageDeduplicationId"] = group.into();
        }
        self.emulator.call("AmazonSQS.SendMessage", &input).await.map(drop)
    }

    /// How many messages are on a queue, those included that are hidden.
    ///
    /// # Errors
    ///
    /// When the emulator does not answer.
    pub async fn queued(&self, queue_url: &str) -> Result<u64, StackError> {
        let input = json!({ "QueueUrl": queue_url, "AttributeNames": ["All"] });
        let answer = self.emulator.call("AmazonSQS.GetQueueAttributes", &input).await?;
        let count = |name: &str| answer["Attributes"][name].as_str().and_then(|count| count.parse::<u64>().ok());
        let all = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"].map(count);
        Ok(all.into_iter().flatten().sum())
    }

    fn name_of(&self, function: Function) -> &str {
        let outputs = self.outputs();
        match function {
            Function::Webhook => &outputs.webhook_function_name,
            Function::Transfer => &outputs.transfer_function_name,
            Function::Sweeper => &outputs.sweeper_function_name,
        }
    }
}

async fn ended_at(place: &Place) -> Result<(), StackError> {
    let _lock = place.lock()?;
    if let Some(mut record) = Record::read(place) {
        for part in Part::ALL {
            record.stop(part).await;
        }
    }
    Record::remove(place)
}
