//! Whether the bucket is set as it was deployed: what its rules delete, with what it encrypts, and whom it keeps out.

use recordings::ports::{BucketEncryption, BucketLook, Expires, LifecycleRule, PortError, PublicAccess};

use super::{Check, Finding, failed};
use crate::Ports;
use crate::config::Settings;

const NAME: &str = "bucket";

/// What says in the bucket for how long audio is kept.
const TAG: &str = "retention";
const STANDARD: &str = "standard";
/// The values of the tag by which a rule may delete audio.
const MORTAL: [&str; 2] = [STANDARD, "important"];
/// What no rule may delete, however old it is.
const LASTING: [&str; 3] = ["ledger/", "days/", "open/"];

/// The check before it looked at anything.
pub(super) fn nothing() -> Check {
    Check { name: NAME, organisation: None, provider: None, looked_at: 0, failed: None, findings: Vec::new() }
}

/// What cannot be looked at hides nothing of the rest.
pub(super) async fn check(ports: &impl Ports, settings: &Settings) -> Check {
    let mut check = nothing();
    let bucket = ports.bucket();
    note(&mut check, bucket.lifecycle().await, |rules| lifecycle(&rules, settings));
    note(&mut check, bucket.encryption().await, |set| encryption(&set, settings.kms_key.as_deref()));
    note(&mut check, bucket.public_access().await, |set| public_access(set, settings.public));
    check
}

fn note<T>(check: &mut Check, told: Result<T, PortError>, findings: impl FnOnce(T) -> Vec<Finding>) {
    match told {
        Ok(told) => {
            check.looked_at += 1;
            check.findings.extend(findings(told));
        }
        Err(error) => check.failed = Some(failed(NAME, &error)),
    }
}

fn finding(what: &'static str, subject: impl Into<String>, advice: &'static str) -> Finding {
    Finding { what, subject: subject.into(), advice, mended: false }
}

fn lifecycle(rules: &[LifecycleRule], settings: &Settings) -> Vec<Finding> {
    let on: Vec<&LifecycleRule> = rules.iter().filter(|rule| rule.enabled).collect();
    let mut findings = retention(&on, settings);
    findings.extend(on.iter().filter_map(|rule| deletes_too_much(rule, settings)));
    findings
}

/// Whether standard audio moves and goes when it should.
fn retention(on: &[&LifecycleRule], settings: &Settings) -> Vec<Finding> {
    const ADVICE: &str = "Put the bucket's lifecycle rules back (runbook: The bucket is not as it was deployed), or deploy \
                          with the days that you want.";
    let standard = (TAG.to_owned(), STANDARD.to_owned());
    let ours = |rule: &&&LifecycleRule| rule.prefix == settings.prefix.as_str() && rule.tags == [standard.clone()];
    let ours: Vec<_> = on.iter().filter(ours).collect();
    let expires = Some(Expires::AfterDays(settings.retention_days));
    let mut findings = Vec::new();
    if !ours.iter().any(|rule| rule.expires == expires) {
        let subject = ours.first().map_or("RecordingRetention", |rule| rule.id.as_str());
        findings.push(finding("retention_differs", subject, ADVICE));
    }
    if !ours.iter().any(|rule| rule.infrequent_after_days == Some(settings.infrequent_after_days)) {
        let subject = ours.first().map_or("RecordingRetention", |rule| rule.id.as_str());
        findings.push(finding("storage_class_differs", subject, ADVICE));
    }
    findings
}

/// Whether a rule deletes what none may, or audio that is not said to be mortal or not as early.
fn deletes_too_much(rule: &LifecycleRule, settings: &Settings) -> Option<Finding> {
    let expires = rule.expires?;
    let meets = |folder: &str| folder.starts_with(&rule.prefix) || rule.prefix.starts_with(folder);
    // Nothing but audio, and what belongs to it, has tags.
    if rule.tags.is_empty() && LASTING.iter().any(|folder| meets(folder)) {
        let advice =
            "Delete this rule at once: it deletes what tells where recordings are and what is still to be done.";
        return Some(finding("rule_deletes_ledger", rule.id.as_str(), advice));
    }
    if !meets(settings.prefix.as_str()) {
        return None;
    }
    let value = rule.tags.iter().find(|(tag, _)| tag == TAG).map(|(_, value)| value.as_str());
    let early = match expires {
        Expires::AfterDays(days) => value == Some(STANDARD) && days < settings.retention_days,
        Expires::OnADay => true,
    };
    let mortal = value.is_some_and(|value| MORTAL.contains(&value));
    let advice = "Delete this rule, or have it ask for the tag retention=standard and the days that were deployed: it deletes \
                  recordings that are to be kept.";
    (early || !mortal).then(|| finding("rule_deletes_audio", rule.id.as_str(), advice))
}

fn encryption(set: &BucketEncryption, key: Option<&str>) -> Vec<Finding> {
    let is_as_deployed = match (set, key) {
        (BucketEncryption::S3Managed, None) => true,
        (BucketEncryption::Kms(Some(set)), Some(key)) => set == key,
        _ => false,
    };
    let advice = "Set the bucket's encryption back to what KmsKeyArn says (runbook: The bucket is not as it was deployed); the \
                  functions may use no other key.";
    if is_as_deployed { Vec::new() } else { vec![finding("encryption_differs", "KmsKeyArn", advice)] }
}

fn public_access(set: PublicAccess, public: bool) -> Vec<Finding> {
    let PublicAccess { block_acls, ignore_acls, block_policy, restrict_buckets } = set;
    let mut findings = Vec::new();
    let shut = block_policy && restrict_buckets;
    if !(block_acls && ignore_acls && (public || shut)) {
        let advice = "Deploy with BlockPublicAccess=true, or put the bucket's Block Public Access back: nothing but a policy keeps \
                      the world out.";
        findings.push(finding("public_access_not_blocked", "BlockPublicAccess", advice));
    }
    if public && restrict_buckets {
        let advice = "Deploy with BlockPublicAccess=false, or with RecordingUrlKind=link: the URLs in the histories lead nowhere.";
        findings.push(finding("public_urls_blocked", "BlockPublicAccess", advice));
    }
    findings
}
