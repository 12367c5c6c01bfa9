//! A stack that is broken is brought back with the runbook alone.

use std::fs;
use std::time::Duration;

use demo::{Job, Scene};
use serde_json::{Value, json};
use stack::{Function, Options};
use standins::{Forgery, PlaceRecording, PlacedRecording};

use crate::document::Document;
use crate::shell::Shell;

/// What the local stack is called.
const STACK: &str = "tapeline-local";
const JOBS: [&str; 4] = ["retry", "reconcile", "orphans", "doctor"];

#[tokio::test]
async fn a_broken_stack_is_brought_back_with_the_runbook_alone() {
    let options = Options::apart("recovery").expect("there are ports");
    let played = demo::on_a_stack_apart(options, async |scene| break_and_mend(scene).await).await;
    played.expect("the stack comes up, and goes");
}

async fn break_and_mend(scene: &mut Scene) {
    let operator = Operator::of(scene);
    // First, because no function has read the secret yet.
    operator.with_a_token_that_was_revoked().await;
    operator.with_a_bucket_that_denies().await;
    operator.with_a_queue_that_is_poisoned().await;
    operator.with_schedules_that_are_disabled().await;
    operator.with_an_emergency_stop().await;
    operator.sees_all_well().await;
    with_a_bucket_that_somebody_changed(scene).await;
}

async fn with_a_bucket_that_somebody_changed(scene: &mut Scene) {
    let operator = Operator::of(scene);
    assert_eq!(operator.findings_of_the_bucket().await, [""; 0]);
    let change = r#"
        bucket=$(output BucketName)
        aws s3api delete-bucket-lifecycle --bucket "$bucket"
        aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration           BlockPublicAcls=false,IgnorePublicAcls=false,BlockPublicPolicy=false,RestrictPublicBuckets=false
        aws s3api put-bucket-encryption --bucket "$bucket" --server-side-encryption-configuration           '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/another"}}]}'"#;
    operator.runs(change).await;
    let all = ["encryption_differs", "public_access_not_blocked", "retention_differs", "storage_class_differs"];
    assert_eq!(operator.findings_of_the_bucket().await, all);

    operator.does("The bucket is not as it was deployed").await;
    assert_eq!(operator.findings_of_the_bucket().await, ["retention_differs", "storage_class_differs"]);
    // Its rules come back with what else the section says.
    for days in ["31", "30"] {
        scene.stack_mut().deploy_with(&[("NoncurrentVersionDays", days)]).await.unwrap();
    }
    assert_eq!(Operator::of(scene).findings_of_the_bucket().await, [""; 0]);
}

struct Operator<'a> {
    scene: &'a Scene,
    runbook: Document,
    shell: Shell,
}

impl<'a> Operator<'a> {
    fn of(scene: &'a Scene) -> Self {
        Self { scene, runbook: Document::read("runbook.md"), shell: Shell::at(scene.stack()).with("STACK", STACK) }
    }

    /// Does what a section says, from the first command to the last.
    async fn does(&self, section: &str) -> String {
        let commands = self.runbook.section(section).join("\n");
        self.shell.runs(&format!("{}\n{commands}", self.runbook.preamble())).await
    }

    /// Runs commands of somebody who breaks something, or looks at it.
    async fn runs(&self, commands: &str) -> String {
        self.shell.runs(&format!("{}\n{commands}", self.runbook.preamble())).await
    }

    async fn with_a_token_that_was_revoked(&self) {
        let read = "aws secretsmanager get-secret-value --secret-id \"$(output SecretArn)\" --query SecretString --output text";
        let good = self.runs(read).await;
        let mut revoked: Value = serde_json::from_str(&good).unwrap();
        revoked["organisations"]["default"]["airtable"]["token"] = "patRevoked0000001.revoked".into();
        let folder = tempfile::tempdir().unwrap();
        let [with_the_old, with_the_new] = ["old.json", "new.json"].map(|name| folder.path().join(name));
        fs::write(&with_the_old, revoked.to_string()).unwrap();
        fs::write(&with_the_new, good).unwrap();
        let put = format!(
            "aws secretsmanager put-secret-value --secret-id \"$(output SecretArn)\" --secret-string file://{}",
            with_the_old.display()
        );
        self.runs(&put).await;

        let (recording, job) = self.reported().await;
        self.scene.until_logged(Function::Transfer, &recording, &["airtable_update_error"]).await.unwrap();
        assert!(!self.scene.history(&job).await.unwrap().contains("URL:"), "Airtable refuses");

        let mut with_the_file = Operator::of(self.scene);
        with_the_file.shell = with_the_file.shell.with("FILE", &with_the_new.display().to_string());
        with_the_file.does("history-not-written").await;
        self.comes_home(&recording, &job).await;
    }

    async fn with_a_bucket_that_denies(&self) {
        let deny = r#"
            ROLE=$(aws lambda get-function-configuration --function-name "$(output TransferFunctionName)" --query Role --output text)
            aws iam put-role-policy --role-name "${ROLE##*/}" --policy-name hardening --policy-document \
              '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}]}'"#;
        self.runs(deny).await;
        let (recording, job) = self.reported().await;
        self.scene.until_logged(Function::Transfer, &recording, &["recording_s3_fallback_to_twilio"]).await.unwrap();

        self.does("bucket-fails").await;
        self.comes_home(&recording, &job).await;
    }

    async fn with_a_queue_that_is_poisoned(&self) {
        let (stack, outputs) = (self.scene.stack(), self.scene.stack().outputs());
        let dead = &outputs.transfer_dead_letter_queue_url;
        // Somebody sent it what is none of ours, and it is delivered until the queue gives it up; a minute in twelve here.
        let visibility = |seconds: u32| {
            format!(
                "aws sqs set-queue-attributes --queue-url \"$(output TransferQueueUrl)\" --attributes VisibilityTimeout={seconds}"
            )
        };
        self.runs(&visibility(1)).await;
        stack.send_message(&outputs.transfer_queue_url, None, "written by nobody that we know").await.unwrap();
        let gave_up = async || Ok((stack.queued(dead).await? > 0).then_some(()));
        self.scene.wait_for("a poisoned message that is given up", Duration::from_secs(90), gave_up).await.unwrap();
        self.runs(&visibility(720)).await;
        // With it died one that is ours.
        let (recording, job) = self.made().await;
        let event = json!({
            "version": 1, "organisation": "default", "provider": "twilio",
            "call_id": recording.call_sid, "recording_id": recording.recording_sid, "job_number": job.number,
            "report": { "outcome": { "kind": "completed" }, "duration_seconds": recording.reported_seconds },
            "received_at": recording.started_at, "origin": "webhook",
        });
        stack.send_message(dead, None, &event.to_string()).await.unwrap();

        let said = self.does("dead-letters").await;
        assert!(said.contains("written by nobody that we know"), "it can be looked at: {said}");
        self.comes_home(&recording, &job).await;
        for queue in [dead, &outputs.history_dead_letter_queue_url] {
            assert_eq!(stack.queued(queue).await.unwrap(), 0, "nothing is left in {queue}");
        }
    }

    async fn with_schedules_that_are_disabled(&self) {
        let looks = "for job in retry reconcile orphans doctor; do aws scheduler get-schedule --name \"$STACK-$job\" --output json; done";
        let before = schedules(&self.runs(looks).await);
        for schedule in &before {
            let mut disabled = schedule.clone();
            disabled["State"] = "DISABLED".into();
            self.runs(&format!("aws scheduler update-schedule --cli-input-json '{disabled}'")).await;
        }
        let states = |schedules: &[Value]| schedules.iter().map(|each| each["State"].to_string()).collect::<Vec<_>>();
        assert_eq!(states(&schedules(&self.runs(looks).await)), ["\"DISABLED\""; JOBS.len()]);

        let said = self.does("sweeper-not-run").await;
        assert!(said.contains("DISABLED"), "it can be seen: {said}");
        assert!(said.contains("\"forwarded\""), "the sweeper runs: {said}");
        assert_eq!(schedules(&self.runs(looks).await), before, "they are what they were");
    }

    async fn with_an_emergency_stop(&self) {
        let [names, copy_nothing, play_nothing, take_nothing, start_again] =
            &self.runbook.section("Emergency stop")[..]
        else {
            panic!("one block says names, three stop, and one starts again")
        };
        let (before, its_job) = self.reported().await;
        self.comes_home(&before, &its_job).await;
        let history = self.scene.history(&its_job).await.unwrap();
        let link = history.rsplit("URL: ").next().unwrap().trim();
        assert_eq!(self.scene.follow(link).await.unwrap().audio_status, Some(200));
        let limits = "aws apigatewayv2 get-stage --api-id \"$(output ApiId)\" --stage-name '$default' \
            --query 'DefaultRouteSettings.[ThrottlingRateLimit, ThrottlingBurstLimit]' --output text";
        let as_deployed = self.runs(limits).await;

        self.runs(&[names, copy_nothing, play_nothing, take_nothing].map(String::as_str).join("\n")).await;
        assert_ne!(self.scene.follow(link).await.unwrap().audio_status, Some(200), "nobody hears anything");
        assert_eq!(self.runs(limits).await.split_whitespace().collect::<Vec<_>>(), ["0.0", "0"]);
        // The emulator lets everything in, whatever the limits.
        let (recording, job) = self.reported().await;
        self.scene.stack().invoke(Function::Sweeper, &json!({ "job": "retry" })).await.unwrap();
        assert!(self.scene.stack().queued(&self.scene.stack().outputs().transfer_queue_url).await.unwrap() > 0);
        assert!(self.scene.entry(&recording).await.unwrap().is_none(), "nothing is copied");

        self.runs(&format!("{names}\n{start_again}")).await;
        assert_eq!(self.runs(limits).await, as_deployed);
        self.comes_home(&recording, &job).await;
        assert_eq!(self.scene.follow(link).await.unwrap().audio_status, Some(200));
    }

    /// A new recording comes home, and the sweeper leaves nothing.
    async fn sees_all_well(&self) {
        let (recording, job) = self.reported().await;
        self.comes_home(&recording, &job).await;
        let nothing_is_left = |outcome: &Value| {
            ["unreadable", "left_dead", "dead_letters", "waiting"].iter().all(|count| outcome[count] == 0)
        };
        self.scene.sweep_until(&json!({ "job": "retry" }), "a sweep with nothing left", nothing_is_left).await.unwrap();
    }

    /// What the doctor has to say of the bucket.
    async fn findings_of_the_bucket(&self) -> Vec<String> {
        let told = self.scene.stack().invoke(Function::Sweeper, &json!({ "job": "doctor" })).await.unwrap();
        let mut checks = told["doctor"]["checks"].as_array().unwrap().iter();
        let check = checks.find(|check| check["name"] == "bucket").unwrap();
        let mut findings: Vec<_> =
            check["findings"].as_array().unwrap().iter().map(|of| of["what"].as_str().unwrap().to_owned()).collect();
        findings.sort();
        findings
    }

    async fn made(&self) -> (PlacedRecording, Job) {
        let job = self.scene.job("JOB").await.unwrap();
        (self.scene.record(PlaceRecording::default()).await.unwrap(), job)
    }

    async fn reported(&self) -> (PlacedRecording, Job) {
        let (recording, job) = self.made().await;
        self.scene.report(&recording, Some(&job), Forgery::None).await.unwrap();
        (recording, job)
    }

    /// The schedules go on as they do, every five minutes; nobody waits for that here.
    async fn comes_home(&self, recording: &PlacedRecording, job: &Job) {
        self.scene.sweep_until_settled(recording).await.unwrap();
        let history = self.scene.history(job).await.unwrap();
        assert_eq!(history.matches("Event: Recording |").count(), 1, "{history}");
    }
}

/// One after the other, without what AWS adds.
fn schedules(text: &str) -> Vec<Value> {
    let all = serde_json::Deserializer::from_str(text).into_iter::<Value>().map(Result::unwrap);
    let ours = [
        "Name",
        "Description",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "FlexibleTimeWindow",
        "Target",
        "State",
    ];
    let schedule = |all: Value| {
        let kept = ours.into_iter().filter(|name| !all[name].is_null());
        kept.map(|name| (name.to_owned(), all[name].clone())).collect::<serde_json::Map<_, _>>().into()
    };
    all.map(schedule).collect()
}
