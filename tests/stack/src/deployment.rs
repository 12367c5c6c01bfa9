use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use standins::Addresses;

use crate::aws::AwsAccess;
use crate::error::StackError;
use crate::options::Options;
use crate::sam::Sam;
use crate::secret::LocalSecret;

/// The template as it stands on the emulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    /// Of what was built for it.
    digest: String,
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
    /// Compiles the functions where they have changed, and brings the template's stack up to date where it differs from
    /// what was deployed before.
    pub(crate) async fn make(
        sam: &Sam<'_>,
        parameters: BTreeMap<String, String>,
        before: Option<Self>,
    ) -> Result<Self, StackError> {
        let built = sam.build().await?;
        let digest = digest_of(&built).map_err(StackError::system(format!("cannot read {}", built.display())))?;
        if let Some(before) = before.filter(|before| before.digest == digest && before.parameters == parameters) {
            return Ok(before);
        }
        sam.deploy(&parameters).await?;
        let outputs = Outputs::of_listing(&sam.outputs().await?).map_err(StackError::Outputs)?;
        Ok(Self { digest, parameters, outputs })
    }
}

/// Of the template and the functions, as they were built.
fn digest_of(built: &Path) -> io::Result<String> {
    let mut files: Vec<_> = fs::read_dir(built)?.collect::<io::Result<_>>()?;
    files.sort_by_key(fs::DirEntry::path);
    let mut digest = Sha256::new();
    for file in files {
        let path = if file.file_type()?.is_dir() { file.path().join("bootstrap") } else { file.path() };
        digest.update(path.as_os_str().as_encoded_bytes());
        digest.update(fs::read(path)?);
    }
    Ok(hex::encode(digest.finalize()))
}

/// The parameters that lead the functions to the emulator and to the stand-ins.
pub(crate) fn parameters(options: &Options, access: &AwsAccess, standins: &Addresses) -> BTreeMap<String, String> {
    let LocalSecret { base, .. } = LocalSecret::shared_with(&options.standins);
    let mut parameters: BTreeMap<String, String> = [
        ("Architecture", machine().to_owned()),
        // The functions reach AWS through the door, which can be made to fail; whoever follows a link does not.
        ("AwsEndpointUrl", standins.aws.clone()),
        ("S3PublicEndpoint", access.endpoint.clone()),
        ("PublicBaseUrl", format!("http://localhost:{}", options.ports.edge)),
        ("TwilioBaseUrl", standins.twilio.clone()),
        ("VapiBaseUrl", standins.vapi.clone()),
        ("ElevenLabsBaseUrl", standins.elevenlabs.clone()),
        ("AirtableBaseUrl", standins.airtable.clone()),
        ("AirtableBaseId", base.base_id),
        ("AirtableTableId", base.table_id),
        ("AirtableJobNumberField", base.job_number_field),
        ("AirtableCallIdField", base.call_id_field),
        ("AirtableHistoryField", base.history_field),
        // Three seconds and their like, so that nobody has to wait for a retry.
        ("RecordingRetryMinutes", "0.05,0.05,0.1,0.2".to_owned()),
        ("OpenRetryMinutes", "0.05".to_owned()),
        // Nine seconds.
        ("OrphanAfterDays", "0.0001".to_owned()),
        // Nor for a bucket that hangs.
        ("RecordingUploadTimeoutSeconds", "8".to_owned()),
        ("VoiceAgentUrl", "https://voice-agent.example.com/twiml".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    parameters.extend(options.parameters.clone());
    parameters
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

/// What the template calls the processors of this machine, on which the emulator runs the functions.
fn machine() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nowhere() -> Addresses {
        Addresses {
            twilio: String::new(),
            media: String::new(),
            airtable: String::new(),
            aws: String::new(),
            vapi: String::new(),
            elevenlabs: String::new(),
        }
    }

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

        let standins = nowhere();
        for name in parameters(&Options::default(), &AwsAccess::to_emulator(4566), &standins).keys() {
            assert!(template.contains(&format!("\n  {name}:\n    Type: ")), "the template has no parameter {name}");
        }
    }

    #[test]
    fn the_callers_parameters_win() {
        let standins = Addresses { twilio: "http://twilio".to_owned(), ..nowhere() };
        let options =
            Options { parameters: [("VoiceAgentUrl".to_owned(), String::new())].into(), ..Options::default() };
        let parameters = parameters(&options, &AwsAccess::to_emulator(4566), &standins);
        assert_eq!(parameters["VoiceAgentUrl"], "");
        assert_eq!(parameters["TwilioBaseUrl"], "http://twilio");
    }

    #[test]
    fn a_change_of_template_or_function_changes_the_digest() {
        let built = tempfile::tempdir().unwrap();
        let (template, bootstrap) =
            (built.path().join("template.yaml"), built.path().join("WebhookFunction/bootstrap"));
        fs::create_dir(bootstrap.parent().unwrap()).unwrap();
        let mut digests = std::collections::BTreeSet::new();
        for (one, other) in [("a", "b"), ("a", "c"), ("d", "c"), ("a", "b")] {
            fs::write(&template, one).unwrap();
            fs::write(&bootstrap, other).unwrap();
            digests.insert(digest_of(built.path()).unwrap());
        }
        assert_eq!(digests.len(), 3);
    }
}
