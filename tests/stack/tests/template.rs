//! The template and the functions agree on the variables between them.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use recordings::env;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Lambda sets it.
const NOT_OF_THE_TEMPLATE: &str = "AWS_REGION";

#[test]
fn every_variable_is_set_and_none_that_nobody_reads() {
    let set: BTreeSet<_> = environment().into_keys().collect();
    let read: BTreeSet<_> = env::ALL.iter().map(|variable| variable.name).collect();
    assert_eq!(set, &read - &BTreeSet::from([NOT_OF_THE_TEMPLATE]));
}

#[test]
fn parameters_have_the_defaults_of_their_variables() {
    let (defaults, environment) = (parameters(), environment());
    for variable in env::ALL.iter().filter(|variable| variable.name != NOT_OF_THE_TEMPLATE) {
        if let Some(parameter) =
            environment[variable.name].strip_prefix("!Ref ").filter(|name| defaults.contains_key(name))
        {
            let expected = variable.default.filter(|default| !default.is_empty());
            assert_eq!(defaults[parameter], expected, "{parameter} for {}", variable.name);
        }
    }
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
