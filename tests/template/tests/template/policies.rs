//! Each function's policy grants what its ports name, and nothing else.
//!
//! A port's documentation says which permission it is as wide as: "IAM: `s3:GetObject` on `ledger/*`." A function's `Ports`
//! traits say which ports it has. The template has to grant the sum of that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use template::Template;

use crate::sources::texts;

/// An action, and on what; nothing where the documentation does not name it.
type Permission = (String, Option<String>);

/// What is granted for other reasons than a port.
fn has_another_reason(sid: &str, function: &str) -> bool {
    match sid {
        // The runtime writes the log, and the key encrypts what the other permissions are about.
        "WriteLogs" | "UseKey" => true,
        // Lambda's own poller takes messages with the function's role.
        "ConsumeQueues" => function == "transfer",
        _ => false,
    }
}

#[test]
fn each_function_is_granted_what_its_ports_need() {
    for function in ["webhook", "transfer", "sweeper"] {
        let granted: BTreeSet<_> = granted(function).into_iter().map(|(_, permission)| permission).collect();
        let missing: Vec<_> = needed(function)
            .into_iter()
            .filter(|(action, on)| match on {
                Some(_) => !granted.contains(&(action.clone(), on.clone())),
                None => !granted.iter().any(|(granted, _)| granted == action),
            })
            .collect();
        assert!(missing.is_empty(), "{function} is not granted {missing:#?}");
    }
}

#[test]
fn no_function_is_granted_what_no_port_of_its_needs() {
    for function in ["webhook", "transfer", "sweeper"] {
        let needed = needed(function);
        let is_needed = |(action, on): &Permission| {
            let tells_missing_from_forbidden =
                action == "s3:ListBucket" && needed.contains(&("s3:GetObject".to_owned(), on.clone()));
            tells_missing_from_forbidden
                || needed.contains(&(action.clone(), on.clone()))
                || needed.contains(&(action.clone(), None))
        };
        let needless: Vec<_> = granted(function)
            .into_iter()
            .filter(|(sid, permission)| !has_another_reason(sid, function) && !is_needed(permission))
            .collect();
        assert!(needless.is_empty(), "{function} needs none of {needless:#?}");
    }
}

/// AWS has no way to name a resource for some actions; none of ours is one of these.
#[test]
fn no_role_is_granted_everything() {
    for function in ["webhook", "transfer", "sweeper"] {
        for statement in statements(function) {
            for what in list(&statement["Action"]).iter().chain(&list(&statement["Resource"])) {
                assert!(*what != "*" && !what.to_string().contains(":*\""), "{function}: {statement}");
            }
        }
    }
}

#[test]
fn the_documentation_of_a_port_is_read_as_it_is_meant() {
    let of = |text: &str| permissions(text).into_iter().map(|(action, on)| (action, on.unwrap_or_default()));
    let expected = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    for (text, pairs) in [
        (
            "IAM: `s3:GetObject`, `s3:PutObject` on `cursors/*`.",
            &[("s3:GetObject", "cursors/*"), ("s3:PutObject", "cursors/*")][..],
        ),
        (
            "IAM: `s3:ListBucket` with the prefixes `ledger/*` and `open/*`.",
            &[("s3:ListBucket", "ledger/*"), ("s3:ListBucket", "open/*")],
        ),
        (
            "IAM: `s3:ListBucket` with the prefix `calls/*`, and `s3:GetObject` there.",
            &[("s3:ListBucket", "calls/*"), ("s3:GetObject", "calls/*")],
        ),
        (
            "IAM: `s3:GetObject` on the audio prefix, `sqs:SendMessage` on TransferQueue.",
            &[("s3:GetObject", "the audio prefix"), ("sqs:SendMessage", "TransferQueue")],
        ),
        ("IAM: `s3:GetObject` somewhere.", &[("s3:GetObject", "")]),
    ] {
        let expected: BTreeSet<(String, String)> = expected(pairs);
        assert_eq!(of(text).collect::<BTreeSet<_>>(), expected, "{text}");
    }
}

/// What a function's ports need.
fn needed(function: &str) -> BTreeSet<Permission> {
    let documented = documented();
    let ports = ports_of(function);
    assert!(ports.len() > 5, "the ports of {function} are not found");
    ports.iter().flat_map(|port| documented.get(port).cloned().unwrap_or_default()).collect()
}

/// The permissions of each port, by its name.
fn documented() -> BTreeMap<String, BTreeSet<Permission>> {
    let mut all = BTreeMap::new();
    for text in texts("functions/recordings/src/ports") {
        let mut said = String::new();
        for line in text.lines() {
            if let Some(words) = line.strip_prefix("///") {
                said.push_str(words);
            } else if let Some(rest) = line.strip_prefix("pub trait ") {
                let name = rest.split([':', ' ', '<']).next().unwrap_or(rest);
                all.insert(name.to_owned(), permissions(&said));
                said.clear();
            } else if !line.starts_with("#[") {
                said.clear();
            }
        }
    }
    all
}

/// The permissions that a text names: actions, and behind them what they are on.
fn permissions(text: &str) -> BTreeSet<Permission> {
    let Some((_, text)) = text.split_once("IAM: ") else { return BTreeSet::new() };
    let (mut found, mut actions, mut last): (Vec<Permission>, Vec<String>, Option<String>) = Default::default();
    let mut is_behind_a_resource = false;
    for token in tokens(text) {
        if is_action(&token) {
            if is_behind_a_resource {
                actions.clear();
            }
            is_behind_a_resource = false;
            actions.push(token);
        } else {
            found.extend(actions.iter().map(|action| (action.clone(), Some(token.clone()))));
            (last, is_behind_a_resource) = (Some(token), true);
        }
    }
    if !is_behind_a_resource {
        let there = last.filter(|_| text.contains(" there"));
        found.extend(actions.into_iter().map(|action| (action, there.clone())));
    }
    found.into_iter().collect()
}

/// The actions and resources in a text, in order.
fn tokens(text: &str) -> Vec<String> {
    const RESOURCES: [&str; 6] =
        ["the audio prefix", "the bucket", "TransferQueue", "HistoryQueue", "RetryQueue", "the one secret"];
    let mut tokens: Vec<(usize, String)> = Vec::new();
    for name in RESOURCES {
        tokens.extend(text.match_indices(name).map(|(at, name)| (at, name.to_owned())));
    }
    let mut at = 0;
    for (nth, part) in text.split('`').enumerate() {
        if nth % 2 == 1 && (is_action(part) || part.ends_with("/*")) {
            tokens.push((at, part.to_owned()));
        }
        at += part.len() + 1;
    }
    tokens.sort();
    tokens.into_iter().map(|(_, token)| token).collect()
}

fn is_action(token: &str) -> bool {
    ["s3:", "sqs:", "sts:", "secretsmanager:", "kms:", "execute-api:", "sns:"].iter().any(|s| token.starts_with(s))
}

/// The ports that a function has: what its traits of ports lend.
fn ports_of(function: &str) -> BTreeSet<String> {
    let mut ports = BTreeSet::new();
    for text in texts(&format!("functions/{function}/src")) {
        for (_, block) in text.match_indices("pub trait ").filter_map(|(at, _)| text[at..].split_once("Ports: ")) {
            let block = block.split("\n}").next().unwrap_or(block);
            let lent = block.split("impl ").skip(1).map(|rest| rest.split([')', ';']).next().unwrap_or(rest));
            ports.extend(lent.flat_map(|names| names.split('+').map(|name| name.trim().to_owned())));
        }
    }
    ports
}

/// What the template grants a function, each with the statement's name.
fn granted(function: &str) -> Vec<(String, Permission)> {
    let mut granted = Vec::new();
    for statement in statements(function) {
        let sid = statement["Sid"].as_str().unwrap_or_default().to_owned();
        let prefixes = list(&statement["Condition"]["StringLikeIfExists"]["s3:prefix"]);
        let resources = if prefixes.is_empty() { list(&statement["Resource"]) } else { prefixes };
        for action in list(&statement["Action"]) {
            let action = action.as_str().unwrap_or_default().to_owned();
            granted.extend(resources.iter().map(|on| (sid.clone(), (action.clone(), Some(named(on))))));
        }
    }
    granted
}

/// What the documentation of ports calls a resource.
fn named(resource: &Value) -> String {
    let text = match resource {
        Value::String(text) => text.clone(),
        other if other["Fn::Sub"].is_string() => other["Fn::Sub"].as_str().unwrap_or_default().to_owned(),
        other => other["Fn::GetAtt"][0].as_str().unwrap_or_default().to_owned(),
    };
    const LIVE: &str = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${LiveApi}/live/";
    let text = text.strip_prefix(LIVE).unwrap_or(&text);
    match text.strip_prefix("${Bucket.Arn}/").unwrap_or(text) {
        "${S3Prefix}*" => "the audio prefix".to_owned(),
        "Secret" => "the one secret".to_owned(),
        "Bucket" => "the bucket".to_owned(),
        name => name.to_owned(),
    }
}

fn statements(function: &str) -> Vec<Value> {
    let template = Template::read();
    let resources = template.section("Resources");
    let policies = match function {
        "webhook" => vec![&resources["WebhookPolicy"]["Properties"]],
        "transfer" => vec![
            &resources["TransferRole"]["Properties"]["Policies"][0],
            &resources["TransferSigningPolicy"]["Properties"],
        ],
        _ => vec![&resources["SweeperRole"]["Properties"]["Policies"][0]],
    };
    let statements = policies.into_iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
    // What stands under a condition is granted where it holds.
    statements.map(|each| if each["Fn::If"].is_array() { each["Fn::If"][1].clone() } else { each }).collect()
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}
