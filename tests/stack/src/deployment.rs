use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use standins::Addresses;
use tokio::process::Command;

use crate::aws::AwsAccess;
use crate::error::StackError;
use crate::options::Options;
use crate::place::Place;
use crate::secret::LocalSecret;
use crate::tool;

/// The template as it stands on the emulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) outputs: Outputs,
}

/// The outputs of the deployed template that programs need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outputs {
    /// The HTTP API's id.
    pub api_id: String,
    /// The bucket's name.
    pub bucket_name: String,
    /// The secret's ARN.
    pub secret_arn: String,
    /// Recordings to copy.
    pub transfer_queue_url: String,
    /// Transfers that failed for good.
    pub transfer_dead_letter_queue_url: String,
    /// History lines to write.
    pub history_queue_url: String,
    /// History messages that failed for good.
    pub history_dead_letter_queue_url: String,
    /// Recordings that wait for their next attempt.
    pub retry_queue_url: String,
    /// The function behind the API.
    pub webhook_function_name: String,
    /// The function behind the queues.
    pub transfer_function_name: String,
    /// The function behind the schedules.
    pub sweeper_function_name: String,
}

impl Deployment {
    /// Compiles the functions where they have changed, and brings the template's stack up to date.
    pub(crate) async fn make(
        place: &Place,
        access: &AwsAccess,
        parameters: BTreeMap<String, String>,
    ) -> Result<Self, StackError> {
        build(place, access).await?;
        deploy(place, access, &parameters).await?;
        Ok(Self { outputs: outputs(place, access).await?, parameters })
    }
}

/// The parameters that lead the functions to the emulator and to the stand-ins.
pub(crate) fn parameters(options: &Options, access: &AwsAccess, standins: &Addresses) -> BTreeMap<String, String> {
    let LocalSecret { base, .. } = LocalSecret::shared_with(&options.standins);
    let mut parameters: BTreeMap<String, String> = [
        ("Architecture", machine().to_owned()),
        ("AwsEndpointUrl", access.endpoint.clone()),
        ("PublicBaseUrl", format!("http://localhost:{}", options.ports.edge)),
        ("TwilioBaseUrl", standins.twilio.clone()),
        ("AirtableBaseUrl", standins.airtable.clone()),
        ("AirtableBaseId", base.base_id),
        ("AirtableTableId", base.table_id),
        ("AirtableJobNumberField", base.job_number_field),
        ("AirtableCallIdField", base.call_id_field),
        ("AirtableHistoryField", base.history_field),
        ("VoiceAgentUrl", "https://voice-agent.example.com/twiml".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    parameters.extend(options.parameters.clone());
    parameters
}

async fn build(place: &Place, access: &AwsAccess) -> Result<(), StackError> {
    let mut sam = sam(place, access)?;
    // Cargo's own linker, so that what is compiled is shared with every other build of the workspace. What is deployed to
    // AWS is linked by zig, which pins the version of glibc.
    sam.args(["build", "--config-env", "local"]).env("SAM_BUILD_MODE", "debug").env("CARGO_LAMBDA_COMPILER", "cargo");
    tool::run(place, "sam build", &mut sam).await.map(drop)
}

async fn deploy(place: &Place, access: &AwsAccess, parameters: &BTreeMap<String, String>) -> Result<(), StackError> {
    // JSON is YAML, which is what the tool reads; on the command line some values would need quotes.
    let file = place.local_folder("sam")?.join("parameters.yaml");
    fs::write(&file, json!(parameters).to_string())
        .map_err(StackError::system(format!("cannot write {}", file.display())))?;
    let mut sam = sam(place, access)?;
    sam.args(["deploy", "--config-env", "local", "--parameter-overrides"]).arg(format!("file://{}", file.display()));
    tool::run(place, "sam deploy", &mut sam).await.map(drop)
}

async fn outputs(place: &Place, access: &AwsAccess) -> Result<Outputs, StackError> {
    let mut sam = sam(place, access)?;
    sam.args(["list", "stack-outputs", "--stack-name", "tapeline-local", "--output", "json"]);
    Outputs::of_listing(&tool::run(place, "sam list", &mut sam).await?).map_err(StackError::Outputs)
}

impl Outputs {
    fn of_listing(listing: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            output_key: String,
            output_value: Value,
        }
        let listing: Vec<Output> = serde_json::from_slice(listing)?;
        serde_json::from_value(listing.into_iter().map(|output| (output.output_key, output.output_value)).collect())
    }
}

/// The SAM command line, which reaches the emulator whatever the user's own configuration says, and nothing else.
fn sam(place: &Place, access: &AwsAccess) -> Result<Command, StackError> {
    let mut sam = Command::new(place.tool("sam")?);
    sam.envs(access.variables())
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env("PATH", path_with(place.tools())?)
        .env("SAM_CLI_POLL_DELAY", "0.2")
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", quiet_home(place)?);
    Ok(sam)
}

/// A home for the tool in which it has just looked for a newer version of itself.
fn quiet_home(place: &Place) -> Result<PathBuf, StackError> {
    let home = place.local_folder("sam/home")?;
    let file = home.join("metadata.json");
    if !file.exists() {
        const IN_THE_YEAR_2100: f64 = 4_102_444_800.0;
        fs::write(&file, json!({ "telemetryEnabled": false, "lastVersionCheck": IN_THE_YEAR_2100 }).to_string())
            .map_err(StackError::system(format!("cannot write {}", file.display())))?;
    }
    Ok(home)
}

fn path_with(tools: PathBuf) -> Result<std::ffi::OsString, StackError> {
    #[expect(clippy::disallowed_methods, reason = "what is found there is for the tool, not for this program")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&path)))
        .map_err(|error| StackError::system("the tools' folder cannot be searched")(std::io::Error::other(error)))
}

/// What the template calls the processors of this machine, on which the emulator runs the functions.
fn machine() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_output_is_named() {
        let listing = br#"[{"OutputKey": "ApiId", "OutputValue": "abc", "Description": "the id"}]"#;
        let error = Outputs::of_listing(listing).unwrap_err();
        assert!(error.to_string().contains("BucketName"), "{error}");
    }

    #[test]
    fn the_template_has_every_output_and_every_parameter() {
        let template = include_str!("../../../template.yaml");
        let (_, outputs) = template.split_once("\nOutputs:\n").unwrap();
        let listing: Vec<Value> = outputs
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with(' ')))
            .map(|name| json!({ "OutputKey": name, "OutputValue": name }))
            .collect();
        Outputs::of_listing(&serde_json::to_vec(&listing).unwrap()).unwrap();

        let standins = Addresses { twilio: String::new(), media: String::new(), airtable: String::new() };
        for name in parameters(&Options::default(), &AwsAccess::to_emulator(4566), &standins).keys() {
            assert!(template.contains(&format!("\n  {name}:\n    Type: ")), "the template has no parameter {name}");
        }
    }

    #[test]
    fn the_callers_parameters_win() {
        let standins = Addresses { twilio: "http://twilio".to_owned(), media: String::new(), airtable: String::new() };
        let options =
            Options { parameters: [("VoiceAgentUrl".to_owned(), String::new())].into(), ..Options::default() };
        let parameters = parameters(&options, &AwsAccess::to_emulator(4566), &standins);
        assert_eq!(parameters["VoiceAgentUrl"], "");
        assert_eq!(parameters["TwilioBaseUrl"], "http://twilio");
    }
}
