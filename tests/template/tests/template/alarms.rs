//! What holds of each alarm.

use std::collections::BTreeSet;

use serde_json::Value;
use template::{Metric, Template};

use crate::sources::texts;

#[test]
fn each_alarm_is_told_or_is_part_of_one_that_is() {
    let template = Template::read();
    let alarms = template.alarms();
    let rules: String = template
        .resources("AWS::CloudWatch::CompositeAlarm")
        .map(|(_, alarm)| alarm["Properties"]["AlarmRule"]["Fn::Sub"].as_str().unwrap().to_owned())
        .collect();
    let topic = "{\"Ref\":\"AlarmTopic\"}";
    for (name, alarm) in alarms.iter() {
        let is_part = rules.contains(&format!("${{{}}}", alarm.id));
        let is_told = alarm.properties["AlarmActions"].to_string().contains(topic);
        assert!(is_told || is_part, "nobody is told of {name}");
        let ended = alarm.properties["OKActions"].to_string().contains(topic);
        assert_eq!(is_told, ended, "whoever is told of {name} is told of its end");
    }
}

#[test]
fn each_alarm_says_what_silence_means() {
    let template = Template::read();
    for (name, alarm) in template.alarms().iter().filter(|(_, alarm)| !alarm.is_about_alarms()) {
        let treatment = alarm.properties["TreatMissingData"].as_str();
        assert!(matches!(treatment, Some("notBreaching" | "breaching" | "ignore")), "{name}: {treatment:?}");
    }
}

/// CloudWatch looks back a day at the most, or a week where a period is an hour or longer.
/// Source: CloudWatch API reference, *PutMetricAlarm*.
#[test]
fn no_alarm_looks_back_further_than_cloudwatch_does() {
    let template = Template::read();
    for (name, alarm) in template.alarms().iter() {
        for metric in &alarm.metrics {
            let most = if metric.period >= 3_600 { 7 * 86_400 } else { 86_400 };
            assert!(alarm.window() <= most && metric.period % 60 == 0, "{name}");
        }
    }
}

/// A figure that is renamed in the code must not leave an alarm behind that can never be on.
#[test]
fn each_figure_of_ours_is_published_by_its_function() {
    let template = Template::read();
    for (name, alarm) in template.alarms().iter() {
        // What is counted from a log has no dimension, and its filter stands in the template.
        let filtered = |metric: &&Metric| metric.namespace.starts_with("Tapeline/") && !metric.dimensions.is_empty();
        for metric in alarm.metrics.iter().filter(filtered) {
            assert_eq!(metric.dimensions.keys().collect::<Vec<_>>(), ["function"], "{name}");
            let published = published_by(&metric.dimensions["function"]);
            assert!(published.contains(&metric.name), "{name}: nobody publishes {}", metric.name);
        }
    }
}

/// The same of the dashboard, whose widgets have to be JSON besides.
#[test]
fn each_figure_on_the_dashboard_is_published_by_its_function() {
    let template = Template::read();
    let (_, dashboard) = template.resources("AWS::CloudWatch::Dashboard").next().unwrap();
    let body: Value =
        serde_json::from_str(dashboard["Properties"]["DashboardBody"]["Fn::Sub"][0].as_str().unwrap()).unwrap();
    let metrics = body["widgets"].as_array().unwrap().iter().flat_map(|widget| {
        widget["properties"]["metrics"].as_array().into_iter().flatten().filter_map(Value::as_array)
    });
    for metric in metrics.filter(|metric| metric[0].as_str().is_some_and(|space| space.starts_with("Tapeline/"))) {
        let [_, name, _, function] = [0, 1, 2, 3].map(|nth| metric[nth].as_str().unwrap());
        assert!(published_by(function).contains(name), "nobody publishes {name}");
    }
}

/// All literals of a function's own code that look like a figure's name.
fn published_by(function: &str) -> BTreeSet<String> {
    let texts = texts(&format!("functions/{function}/src")).into_iter();
    let literals = texts.flat_map(|text| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    literals.filter(|literal| literal.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).collect()
}
