//! The template and the functions agree on the variables between them.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use recordings::env;
use recordings::ledger_entry::{LedgerEntry, Retention};
use recordings::recording::{Outcome, Provider, RecordingRef, Report};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Lambda sets the one; the file that the other names comes with a layer, of which the template knows nothing.
const NOT_OF_THE_TEMPLATE: [&str; 2] = ["AWS_REGION", "SSL_CERT_FILE"];

#[test]
fn every_variable_is_set_and_none_that_nobody_reads() {
    let set: BTreeSet<_> = environment().into_keys().collect();
    let read: BTreeSet<_> = env::ALL.iter().map(|variable| variable.name).collect();
    assert_eq!(set, &read - &BTreeSet::from(NOT_OF_THE_TEMPLATE));
}

#[test]
fn parameters_have_the_defaults_of_their_variables() {
    let (defaults, environment) = (parameters(), environment());
    for variable in env::ALL.iter().filter(|variable| !NOT_OF_THE_TEMPLATE.contains(&variable.name)) {
        if let Some(parameter) =
            environment[variable.name].strip_prefix("!Ref ").filter(|name| defaults.contains_key(name))
        {
            let expected = variable.default.filter(|default| !default.is_empty());
            assert_eq!(defaults[parameter], expected, "{parameter} for {}", variable.name);
        }
    }
}

#[test]
fn a_held_recording_survives_the_day_on_which_others_are_deleted() {
    let deleted_after = |hold: bool, retention: Retention| {
        let mut entry = sample_entry();
        entry.hold = hold;
        entry.retention = retention;
        rules_of_audio().get(entry.retention_tag().as_str()).copied()
    };
    assert_eq!(deleted_after(false, Retention::Standard), Some("RecordingRetentionDays"));
    assert_eq!(deleted_after(false, Retention::Important), Some("ImportantRetentionDays"));
    for retention in [Retention::Standard, Retention::Important] {
        assert_eq!(deleted_after(true, retention), None, "no rule asks for the tag of a hold");
    }
}

fn sample_entry() -> LedgerEntry {
    let (call, recording) = ("CA0123456789abcdef0123456789abcdef", "RE0123456789abcdef0123456789abcdef");
    let recording = RecordingRef::parse("default", Provider::Twilio, call, recording).unwrap();
    LedgerEntry::received(recording, None, &Report::of(Outcome::Completed), "2024-03-15T12:00:00Z".parse().unwrap())
}

/// Each rule that expires anything below the audio prefix, by the tag that it asks for, with the parameter of its days. A
/// rule without a tag would hold for every tag.
fn rules_of_audio() -> BTreeMap<&'static str, &'static str> {
    let (_, rest) = TEMPLATE.split_once("      LifecycleConfiguration:\n").unwrap();
    let rules = rest.split("          - Id: ").skip(1).map(|rule| rule.split("\n\n").next().unwrap());
    let of_audio = rules.filter(|rule| rule.contains("Prefix: !Ref S3Prefix\n") && rule.contains("ExpirationInDays:"));
    let tag_and_days = |rule: &'static str| {
        let (_, tag) = rule.split_once("TagFilters: [{Key: retention, Value: ").unwrap();
        let (_, days) = rule.split_once("ExpirationInDays: !Ref ").unwrap();
        (tag.split('}').next().unwrap(), days.lines().next().unwrap())
    };
    let rules: Vec<_> = of_audio.map(tag_and_days).collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    rules.into_iter().collect()
}

/// The functions' variables, each with the first line of its value.
fn environment() -> BTreeMap<&'static str, &'static str> {
    let name_and_value = |line: &'static str| {
        let (name, value) = line.trim_start().split_once(':')?;
        let is_variable =
            name.contains('_') && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
        is_variable.then_some((name, value.trim_start()))
    };
    TEMPLATE.lines().filter_map(name_and_value).collect()
}

/// The parameters, each with its default; an empty default is none.
fn parameters() -> BTreeMap<&'static str, Option<&'static str>> {
    let (_, rest) = TEMPLATE.split_once("\nParameters:\n").unwrap();
    let (section, _) = rest.split_once("\nConditions:\n").unwrap();
    let mut parameters = BTreeMap::new();
    let mut current = "";
    for line in section.lines() {
        if let Some(default) = line.strip_prefix("    Default: ") {
            parameters.insert(current, Some(default.trim_matches('"')).filter(|default| !default.is_empty()));
        } else if let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')) {
            current = name;
            parameters.insert(name, None);
        }
    }
    parameters
}
