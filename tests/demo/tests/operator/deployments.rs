//! The template is deployed again, with each of its parameters changed, and removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use demo::Scene;
use serde_json::json;
use stack::Options;

use crate::shell::Shell;

/// Those that everything else stands beside.
const PLAIN: [(&str, &str); 61] = [
    ("PublicBaseUrl", "http://localhost:18080/moved"),
    ("S3PublicEndpoint", "http://localhost:18081"),
    ("CorsAllowedOrigins", "https://one.example.com,https://two.example.com"),
    ("OidcIssuer", "https://issuer.example.com/"),
    ("OidcAudience", "somebody"),
    ("OidcAlgorithm", "ES256"),
    ("OidcClientId", "some-client"),
    ("OidcSignInOrigins", "https://one.example.com,https://two.example.com"),
    ("VoiceAgentUrl", "https://other-agent.example.com/twiml"),
    ("RecordingConsentMessage", "Mitschnitt"),
    ("RecordingChannels", "dual"),
    ("RecordingFormat", "wav"),
    ("AirtableBaseId", "app00000000000042"),
    ("AirtableTableId", "tbl00000000000042"),
    ("AirtableJobNumberField", "Number"),
    ("AirtableCallIdField", "Calls"),
    ("AirtableHistoryField", "what_was_said"),
    ("HistorySource", "Dispatch"),
    ("HistoryTimeZone", "Europe/Berlin"),
    ("RecordingUrlKind", "signed"),
    ("RecordingUrlExpirationMinutes", "31"),
    ("RecordingUrlExpirySeconds", "1234"),
    ("S3Prefix", "kept/"),
    ("S3Region", "eu-central-1"),
    ("RecordingRetentionDays", "777"),
    ("ImportantRetentionDays", "7777"),
    ("RecordingLifecycleIaDays", "111"),
    ("OrphanRetentionDays", "41"),
    ("NoncurrentVersionDays", "43"),
    ("AuditRetentionDays", "797"),
    ("ReceiptRetentionDays", "3797"),
    ("LogRetentionDays", "545"),
    ("AudioFindings", "every"),
    ("RecordingUploadRetries", "7"),
    ("RecordingUploadTimeoutSeconds", "53"),
    ("RecordingDownloadTimeoutMs", "61001"),
    ("RecordingRetryMinutes", "6,12,24"),
    ("RecordingMaxRetries", "59"),
    ("OpenRetryMinutes", "67"),
    ("ReconcileWindowDays", "29"),
    ("ReconcileSince", "2024-03-15"),
    ("OrphanAfterDays", "73"),
    ("ProviderDelete", "none"),
    ("ProviderDeleteAfterHours", "79"),
    ("VapiEnforceRecording", "true"),
    ("DoctorCanaryJob", "CANARY"),
    ("Architecture", "arm64"),
    ("WebhookMemory", "383"),
    ("TransferMemory", "769"),
    ("SweeperMemory", "389"),
    ("TransferConcurrency", "13"),
    ("ApiRateLimit", "1999"),
    ("ApiBurstLimit", "4999"),
    ("ApiGatewayLogsRole", "account"),
    ("LogLevel", "trace"),
    ("AlarmEmail", "somebody@example.com"),
    ("RunbookUrl", "https://runbook.example.com/"),
    ("ExpectWebhooks", "false"),
    ("SchedulesState", "DISABLED"),
    ("TwilioBaseUrl", "http://localhost:18082"),
    ("VapiBaseUrl", "http://localhost:18083"),
];
/// What gives everybody the audio, and what takes it back.
const OPEN: [(&str, &str); 3] =
    [("RecordingUrlKind", "public"), ("RecordingPublicUrl", "true"), ("BlockPublicAccess", "false")];
const SHUT: [(&str, &str); 3] =
    [("RecordingUrlKind", "link"), ("RecordingPublicUrl", "false"), ("BlockPublicAccess", "true")];
/// Of this there is one value, and so no other.
const CANNOT_CHANGE: [&str; 1] = ["HistoryConcurrency"];
/// What is said with a word that others use too is looked for in its own place.
const IN_ITS_PLACE: [(&str, &str); 13] = [
    ("RecordingUrlKind", r#""RECORDING_URL_KIND": "VALUE""#),
    ("RecordingPublicUrl", r#""RECORDING_PUBLIC_URL": "VALUE""#),
    ("BlockPublicAccess", r#""RestrictPublicBuckets": VALUE"#),
    ("VapiEnforceRecording", r#""VAPI_ENFORCE_RECORDING": "VALUE""#),
    ("ProviderDelete", r#""PROVIDER_DELETE": "VALUE""#),
    ("LogLevel", r#""LOG_LEVEL": "VALUE""#),
    ("ExpectWebhooks", r#""ActionsEnabled": VALUE"#),
    ("BucketVersioning", "{\n    \"Status\": \"Enabled\"\n}"),
    ("BucketObjectLock", r#""ObjectLockEnabled": "Enabled""#),
    ("TransferConcurrency", r#""MaximumConcurrency": VALUE"#),
    ("ApiRateLimit", r#""ThrottlingRateLimit": VALUE.0"#),
    ("ApiGatewayLogsRole", r#""LogsRole": "VALUE""#),
    ("AuditDataEvents", r#""IsLogging": VALUE"#),
];

/// All that can be seen of what is deployed; one program, because the command line would need minutes for it.
const LOOK: &str = ".venv/bin/python tests/demo/tests/operator/look.py";

#[tokio::test]
async fn each_parameter_can_be_changed_and_removing_the_stack_leaves_the_recordings() {
    let options = Options::apart("deployments").expect("there are ports");
    let played = demo::on_a_stack_apart(options, async |scene| deploy_and_remove(scene).await).await;
    played.expect("the stack comes up, and goes");
}

async fn deploy_and_remove(scene: &Scene) {
    let mut deployer = Deployer { shell: Shell::at(scene.stack()), parameters: scene.stack().parameters().clone() };
    let said = deployer.deploys(&[]).await;
    assert!(said.contains("No changes to deploy"), "deployed again: {said}");

    let [elsewhere, airtable] = [&scene.stack().standins().aws, &scene.stack().standins().airtable]
        .map(|address| address.replace("127.0.0.1", "localhost"));
    let mut plain = PLAIN.to_vec();
    plain.extend([
        ("ElevenLabsBaseUrl", "http://localhost:18084"),
        ("AirtableBaseUrl", airtable.as_str()),
        ("AwsEndpointUrl", elsewhere.as_str()),
    ]);
    deployer.changes(&plain).await;
    deployer.changes(&OPEN).await;
    deployer.changes(&SHUT).await;

    let kept = &scene.stack().outputs().bucket_name;
    deployer.shell.runs(&format!("echo audio | aws s3 cp - s3://{kept}/recordings/a.mp3")).await;
    let made = deployer.shell.runs(
        r#"
        aws kms create-key --query KeyMetadata.Arn --output text
        aws acm request-certificate --domain-name calls.example.com --query CertificateArn --output text
        aws route53 create-hosted-zone --name example.com --caller-reference once --query HostedZone.Id --output text
        for bucket in access-logs replicas; do aws s3api create-bucket --bucket "$bucket" >&2; done
        aws s3api put-bucket-versioning --bucket replicas --versioning-configuration Status=Enabled"#,
    );
    let made = made.await;
    let [key, certificate, zone] = made.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{made}") };
    let around = [
        ("KmsKeyArn", key),
        ("DomainName", "calls.example.com"),
        ("PublicBaseUrl", "https://calls.example.com"),
        ("CertificateArn", certificate),
        ("HostedZoneId", zone.rsplit('/').next().unwrap_or(zone)),
        ("BucketVersioning", "true"),
        ("AccessLogBucket", "access-logs"),
        ("ReplicationBucketArn", "arn:aws:s3:::replicas"),
        ("AuditDataEvents", "true"),
    ];
    deployer.changes(&around).await;
    // A lock is for buckets that are made with it.
    let moved = [("BucketName", "tapeline-elsewhere"), ("BucketObjectLock", "true")];
    deployer.changes(&moved).await;

    let changed = plain.iter().chain(&OPEN).chain(&around).chain(&moved).map(|(name, _)| (*name).to_owned());
    let changed: BTreeSet<String> = changed.chain(CANNOT_CHANGE.map(str::to_owned)).collect();
    assert_eq!(parameters_of_the_template().difference(&changed).collect::<Vec<_>>(), Vec::<&String>::new());

    let removed = "aws cloudformation delete-stack --stack-name tapeline-local
        aws cloudformation wait stack-delete-complete --stack-name tapeline-local
        aws s3api list-buckets --query 'Buckets[].Name' --output text";
    let left = deployer.shell.runs(removed).await;
    for bucket in [kept.as_str(), "tapeline-elsewhere"] {
        assert!(left.split_whitespace().any(|name| name == bucket), "{bucket} is gone: {left}");
    }
    let audio = deployer.shell.runs(&format!("aws s3 cp s3://{kept}/recordings/a.mp3 -")).await;
    assert_eq!(audio.trim(), "audio");
    let functions =
        deployer.shell.runs("aws lambda list-functions --query 'Functions[].FunctionName' --output text").await;
    assert!(!functions.contains("tapeline-local"), "{functions}");
}

struct Deployer {
    shell: Shell,
    parameters: BTreeMap<String, String>,
}

impl Deployer {
    /// Deploys what is built, with some parameters changed and the others as they were.
    async fn deploys(&mut self, changed: &[(&str, &str)]) -> String {
        self.parameters.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/apart/deployments/sam");
        // JSON is YAML, which is what the tool reads.
        let file = folder.join("changed.yaml");
        fs::write(&file, json!(self.parameters).to_string()).unwrap();
        let deploy = "sam deploy --config-env local --config-file $PWD/samconfig.toml --template-file .local/apart/deployments/sam/build/template.yaml \
            --parameter-overrides file://$PWD/.local/apart/deployments/sam/changed.yaml 2>&1";
        self.shell.runs(deploy).await
    }

    /// The same, and looks for each new value among what is deployed, where it was not before.
    async fn changes(&mut self, changed: &[(&str, &str)]) {
        let before = self.shell.runs(LOOK).await;
        let said = self.deploys(changed).await;
        assert!(said.contains("Successfully created/updated stack"), "{said}");
        let now = self.shell.runs(LOOK).await;
        let told =
            self.shell.runs("aws cloudformation describe-stacks --stack-name tapeline-local --output json").await;
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let mut unseen = Vec::new();
        for (name, value) in changed {
            let parameter = json!({ "ParameterKey": name, "ParameterValue": value });
            assert!(told["Stacks"][0]["Parameters"].as_array().unwrap().contains(&parameter), "{name} is not {value}");
            if !is_seen(name, value, &before, &now) {
                unseen.push(format!("{name}={value}"));
            }
        }
        assert!(unseen.is_empty(), "deployed, and nowhere to be seen: {unseen:?}");
    }
}

/// Whether a value stands in more places than before. Some of its words may be somewhere anyway, and not all of them.
fn is_seen(name: &str, value: &str, before: &str, now: &str) -> bool {
    if let Some((_, place)) = IN_ITS_PLACE.iter().find(|(of, _)| *of == name) {
        let place = place.replace("VALUE", value);
        return now.matches(&place).count() > before.matches(&place).count();
    }
    let (before, now) = (words(before), words(now));
    let more = |word: &String| now.get(word) > before.get(word);
    let all = words(value);
    all.keys().all(|word| now.contains_key(word)) && all.keys().any(more)
}

/// All that stands between quotes, brackets, commas and blanks, and how often.
fn words(text: &str) -> BTreeMap<String, usize> {
    let is_of_a_word = |character: char| character.is_alphanumeric() || "_./:@%+-".contains(character);
    let mut words = BTreeMap::new();
    for word in text.split(|character| !is_of_a_word(character)).filter(|word| !word.is_empty()) {
        *words.entry(word.to_owned()).or_default() += 1;
    }
    words
}

fn parameters_of_the_template() -> BTreeSet<String> {
    template::Template::read().section("Parameters").keys().cloned().collect()
}
