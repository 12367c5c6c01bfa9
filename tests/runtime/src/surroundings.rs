use serde_json::{Value, json};
use standins::{Account, Base, Standins, World};

use crate::aws::{Aws, REGION, ROOT_USER, Redelivery};
use crate::environment::Environment;

/// All that a function meets: an AWS with its bucket, queues and secret, Twilio and Airtable.
#[derive(Debug)]
pub struct Surroundings {
    /// The AWS emulator.
    pub aws: Aws,
    /// The queues in it.
    pub queues: Queues,
    standins: Standins,
    secret_arn: String,
}

/// The queues' URLs.
#[derive(Clone, Debug)]
pub struct Queues {
    /// Recordings to copy.
    pub transfer: String,
    /// Transfers that failed for good.
    pub dead_transfers: String,
    /// History lines to write.
    pub history: String,
    /// History messages that failed for good.
    pub dead_histories: String,
    /// Recordings that wait for their next attempt.
    pub retry: String,
}

/// One of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Behind the API.
    Webhook,
    /// Behind the queues.
    Transfer,
    /// Behind the schedules.
    Sweeper,
}

impl Surroundings {
    /// The bucket's name.
    pub const BUCKET: &str = "tapeline-recordings";
    /// The address that the fixture events are signed for.
    pub const PUBLIC_BASE_URL: &str = "http://localhost:8080";

    /// Starts all of it.
    ///
    /// # Panics
    /// When the pinned tools are missing, or a part of it does not start.
    pub async fn start() -> Self {
        Self::start_with([Redelivery { hidden_seconds: 30, receives: 1_000 }; 2]).await
    }

    /// The same, with a TransferQueue and a HistoryQueue from which messages come again like this, and go to their
    /// dead-letter queues in the end.
    ///
    /// # Panics
    /// When the pinned tools are missing, or a part of it does not start.
    pub async fn start_with([transfers, histories]: [Redelivery; 2]) -> Self {
        let aws = Aws::start().await;
        let settings =
            standins::Settings { emulator: Some(aws.endpoint().to_owned()), ..standins::Settings::default() };
        let standins = Standins::start(settings).await;
        let standins = standins.unwrap_or_else(|error| panic!("the stand-ins do not start: {error}"));
        aws.create_bucket(Self::BUCKET).await;
        let dead_transfers = aws.create_queue("transfer-dead").await;
        let dead_histories = aws.create_queue("history-dead.fifo").await;
        let queues = Queues {
            transfer: aws.create_queue_before("transfer", &dead_transfers, transfers).await,
            history: aws.create_queue_before("history.fifo", &dead_histories, histories).await,
            retry: aws.create_queue("retry").await,
            dead_transfers,
            dead_histories,
        };
        let secret_arn = aws.create_secret("tapeline", &Self::secret()).await;
        Self { aws, queues, standins, secret_arn }
    }

    /// The secret's value, as `tools/secret.example.json` shows it, with the stand-ins' credentials. Its key seals the link of
    /// the fixture events.
    #[must_use]
    pub fn secret() -> Value {
        let (account, base) = (Account::default(), Base::default());
        json!({
            "link_keys": { "current": "k1", "keys": { "k1": "a key of links that lead nowhere but into this machine" } },
            "jwt": { "current": "k1", "keys": { "k1": "a key of tokens that open nothing but this machine" } },
            "organisations": {
                "default": {
                    "twilio": {
                        "account_sid": account.sid,
                        "auth_token": account.auth_token,
                        "api_key_sid": account.api_key_sid,
                        "api_key_secret": account.api_key_secret,
                    },
                    "vapi": {
                        "api_key": "standin-vapi-key",
                        "webhook": { "scheme": "x_vapi_secret", "secret": "standin-vapi-webhook-secret" },
                    },
                    "elevenlabs": {
                        "api_key": "standin-elevenlabs-key",
                        "webhook_secret": "standin-elevenlabs-webhook-secret",
                    },
                    "airtable": { "token": base.token },
                    "legacy_hosts": ["127.0.0.1"],
                },
            },
        })
    }

    /// Twilio and Airtable.
    #[must_use]
    pub fn world(&self) -> &World {
        self.standins.world()
    }

    /// The environment of a function here: what `template.yaml` sets without a default, and what Lambda adds.
    #[must_use]
    pub fn environment(&self, function: Function) -> Environment {
        let mut environment = self.of_every_function(function);
        environment.extend(match function {
            Function::Webhook => self.of_webhook(),
            Function::Transfer => self.of_transfer(),
            Function::Sweeper => self.of_sweeper(),
        });
        environment
    }

    fn of_every_function(&self, function: Function) -> Environment {
        let (name, timeout, memory) = match function {
            Function::Webhook => ("webhook", 28, 256),
            Function::Transfer => ("transfer", 120, 256),
            Function::Sweeper => ("sweeper", 240, 256),
        };
        Environment::from([
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_TIMEOUT", timeout.to_string()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.to_string()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ROOT_USER.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", ROOT_USER.to_owned()),
            ("AWS_ENDPOINT_URL", self.aws.endpoint().to_owned()),
            ("S3_BUCKET", Self::BUCKET.to_owned()),
            // Nobody listens there; only where it is, is told.
            ("LIVE_URL", "ws://localhost:1/live".to_owned()),
        ])
    }

    fn of_webhook(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SECRET_ID", self.secret_arn.clone()),
            ("TRANSFER_QUEUE_URL", self.queues.transfer.clone()),
            ("PUBLIC_BASE_URL", Self::PUBLIC_BASE_URL.to_owned()),
            ("LINK_SIGNER_ROLE_ARN", "arn:aws:iam::000000000000:role/links".to_owned()),
            ("VOICE_AGENT_URL", "https://voice-agent.example.com/twiml".to_owned()),
            ("TWILIO_BASE_URL", self.standins.twilio_url().to_owned()),
            ("VAPI_BASE_URL", self.standins.vapi_url().to_owned()),
            ("ELEVENLABS_BASE_URL", self.standins.elevenlabs_url().to_owned()),
        ]
    }

    fn of_transfer(&self) -> Vec<(&'static str, String)> {
        let base = Base::default();
        vec![
            ("SECRET_ID", self.secret_arn.clone()),
            ("TRANSFER_QUEUE_URL", self.queues.transfer.clone()),
            ("HISTORY_QUEUE_URL", self.queues.history.clone()),
            ("RETRY_QUEUE_URL", self.queues.retry.clone()),
            ("PUBLIC_BASE_URL", Self::PUBLIC_BASE_URL.to_owned()),
            ("TWILIO_BASE_URL", self.standins.twilio_url().to_owned()),
            ("VAPI_BASE_URL", self.standins.vapi_url().to_owned()),
            ("ELEVENLABS_BASE_URL", self.standins.elevenlabs_url().to_owned()),
            ("AIRTABLE_BASE_URL", self.standins.airtable_url().to_owned()),
            ("AIRTABLE_BASE_ID", base.base_id),
            ("AIRTABLE_TABLE_ID", base.table_id),
            ("AIRTABLE_JOB_NUMBER_FIELD", base.job_number_field),
            ("AIRTABLE_CALL_ID_FIELD", base.call_id_field),
            ("AIRTABLE_HISTORY_FIELD", base.history_field),
        ]
    }

    fn of_sweeper(&self) -> Vec<(&'static str, String)> {
        let base = Base::default();
        vec![
            ("SECRET_ID", self.secret_arn.clone()),
            ("PUBLIC_BASE_URL", Self::PUBLIC_BASE_URL.to_owned()),
            ("TWILIO_BASE_URL", self.standins.twilio_url().to_owned()),
            ("VAPI_BASE_URL", self.standins.vapi_url().to_owned()),
            ("ELEVENLABS_BASE_URL", self.standins.elevenlabs_url().to_owned()),
            ("AIRTABLE_BASE_URL", self.standins.airtable_url().to_owned()),
            ("AIRTABLE_BASE_ID", base.base_id),
            ("AIRTABLE_TABLE_ID", base.table_id),
            ("AIRTABLE_JOB_NUMBER_FIELD", base.job_number_field),
            ("AIRTABLE_CALL_ID_FIELD", base.call_id_field),
            ("AIRTABLE_HISTORY_FIELD", base.history_field),
            ("TRANSFER_QUEUE_URL", self.queues.transfer.clone()),
            ("TRANSFER_DEAD_LETTER_QUEUE_URL", self.queues.dead_transfers.clone()),
            ("HISTORY_QUEUE_URL", self.queues.history.clone()),
            ("HISTORY_DEAD_LETTER_QUEUE_URL", self.queues.dead_histories.clone()),
            ("RETRY_QUEUE_URL", self.queues.retry.clone()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variables that `template.yaml` sets for one function alone.
    fn of_template(function: &str) -> Vec<&'static str> {
        let template = include_str!("../../../template.yaml");
        let (_, resource) = template.split_once(&format!("\n  {function}Function:\n")).unwrap();
        let (_, variables) = resource.split_once("\n        Variables:\n").unwrap();
        let variables = variables.lines().take_while(|line| line.starts_with("          "));
        variables.filter_map(|line| Some(line.trim_start().split_once(": ")?.0)).collect()
    }

    #[tokio::test]
    async fn a_function_is_told_nothing_that_the_template_does_not_tell_it() {
        let surroundings = Surroundings::start().await;
        for (function, told) in [
            ("Webhook", surroundings.of_webhook()),
            ("Transfer", surroundings.of_transfer()),
            ("Sweeper", surroundings.of_sweeper()),
        ] {
            let template = of_template(function);
            for (name, _) in told {
                assert!(template.contains(&name), "{function} is not told {name}: {template:?}");
            }
        }
    }
}
