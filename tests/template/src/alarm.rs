//! The template's alarms, and what they say of figures.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::expression::{Series, evaluate};
use crate::figures::{Figure, Figures};
use crate::{Template, rule};

/// What an alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing is wrong.
    Ok,
    /// Somebody is told.
    Alarm,
}

/// All alarms, by the last part of their names, such as `no-webhook`.
#[derive(Debug, Clone)]
pub struct Alarms(BTreeMap<String, Alarm>);

/// One alarm.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Its id in the template.
    pub id: String,
    /// What the one who is told reads.
    pub description: String,
    /// What it is about; none for one that is about others.
    pub metrics: Vec<Metric>,
    /// Its properties as they stand there.
    pub properties: Value,
    rule: Option<String>,
}

/// A metric that an alarm looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// Its id in the alarm's arithmetic; empty where there is none.
    pub id: String,
    /// Whose it is. The stack's name is left as it is written.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions. What another resource is called is that resource's id here.
    pub dimensions: BTreeMap<String, String>,
    /// How the values of a period become one.
    pub statistic: String,
    /// In seconds.
    pub period: i64,
}

impl Alarms {
    pub(crate) fn of(template: &Template) -> Self {
        let kinds = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];
        let all = kinds.into_iter().flat_map(|kind| template.resources(kind));
        let alarms = all.map(|(id, resource)| {
            let properties = &resource["Properties"];
            let name = text(&properties["AlarmName"]).replace("${AWS::StackName}-", "");
            (name, Alarm::of(id, properties))
        });
        Self(alarms.collect())
    }

    /// Each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Alarm)> {
        self.0.iter().map(|(name, alarm)| (name.as_str(), alarm))
    }

    /// The names of those that are on at a time, after what they were before.
    #[must_use]
    pub fn on(&self, figures: &Figures, now: i64, before: &[String]) -> Vec<String> {
        let was_on = |name: &str| before.iter().any(|before| before == name);
        let mut on: Vec<String> = Vec::new();
        for (name, alarm) in self.iter().filter(|(_, alarm)| alarm.rule.is_none()) {
            if alarm.state(figures, now, was_on(name)) == State::Alarm {
                on.push(name.to_owned());
            }
        }
        let ids: Vec<_> = on.iter().map(|name| format!("${{{}}}", self.0[name].id)).collect();
        for (name, alarm) in self.iter() {
            if alarm.rule.as_ref().is_some_and(|rule| rule::holds(rule, &|id: &str| ids.iter().any(|on| on == id))) {
                on.push(name.to_owned());
            }
        }
        on.sort();
        on
    }
}

impl Alarm {
    fn of(id: &str, properties: &Value) -> Self {
        let queries = properties["Metrics"].as_array().cloned().unwrap_or_default();
        let metrics = match properties["MetricName"].is_string() {
            true => vec![Metric::of("", properties, properties)],
            false => queries
                .iter()
                .filter(|query| query["MetricStat"].is_object())
                .map(|query| {
                    let stat = &query["MetricStat"];
                    Metric::of(&text(&query["Id"]), &stat["Metric"], stat)
                })
                .collect(),
        };
        let rule = &properties["AlarmRule"];
        Self {
            id: id.to_owned(),
            description: text(&properties["AlarmDescription"]),
            metrics,
            properties: properties.clone(),
            rule: (!rule.is_null()).then(|| text(rule)),
        }
    }

    /// Whether it is about other alarms.
    #[must_use]
    pub fn is_about_alarms(&self) -> bool {
        self.rule.is_some()
    }

    /// The seconds that it looks back.
    #[must_use]
    pub fn window(&self) -> i64 {
        self.period() * self.periods() as i64
    }

    fn period(&self) -> i64 {
        self.metrics.first().map_or(0, |metric| metric.period)
    }

    fn periods(&self) -> usize {
        number(&self.properties["EvaluationPeriods"]) as usize
    }

    fn state(&self, figures: &Figures, now: i64, was_on: bool) -> State {
        let series = self.last_periods(figures, now);
        let breaches = |value: &Option<f64>| match (value, text(&self.properties["TreatMissingData"]).as_str()) {
            (Some(value), _) => Some(self.breaches(*value, figures, now)),
            (None, "breaching") => Some(true),
            (None, "notBreaching") => Some(false),
            (None, _) => None,
        };
        let known: Vec<bool> = series.iter().filter_map(breaches).collect();
        let needed = self.properties["DatapointsToAlarm"].as_u64().map_or(self.periods(), |needed| needed as usize);
        let is_on = match known.is_empty() {
            true => was_on,
            false => known.iter().filter(|breaches| **breaches).count() >= needed.min(known.len()),
        };
        if is_on { State::Alarm } else { State::Ok }
    }

    /// What the periods until now came to. Arithmetic sees one more, for differences.
    fn last_periods(&self, figures: &Figures, now: i64) -> Series {
        let length = self.periods() + 1;
        let named: BTreeMap<_, _> =
            self.metrics.iter().map(|metric| (metric.id.clone(), metric.series(figures, now, length))).collect();
        let all = match self.properties["Metrics"].as_array() {
            Some(queries) if self.properties["ThresholdMetricId"].is_null() => evaluated(queries, named, length),
            _ => named.into_values().next().unwrap_or_default(),
        };
        all[1..].to_vec()
    }

    fn breaches(&self, value: f64, figures: &Figures, now: i64) -> bool {
        let threshold = number(&self.properties["Threshold"]);
        match text(&self.properties["ComparisonOperator"]).as_str() {
            "GreaterThanThreshold" => value > threshold,
            "GreaterThanOrEqualToThreshold" => value >= threshold,
            "LessThanThreshold" => value < threshold,
            "GreaterThanUpperThreshold" => value > self.upper_edge(figures, now),
            other => panic!("{other} is not known here"),
        }
    }

    /// The mean of the two weeks before, and four standard deviations, one access each at the least.
    fn upper_edge(&self, figures: &Figures, now: i64) -> f64 {
        let two_weeks = (14 * 86_400 / self.period()) as usize;
        let past = self.metrics[0].series(figures, now - self.window() * 1_000, two_weeks);
        let past: Vec<f64> = past.into_iter().map(Option::unwrap_or_default).collect();
        let mean = past.iter().sum::<f64>() / past.len() as f64;
        let variance = past.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / past.len() as f64;
        mean + 4.0 * variance.sqrt().max(1.0)
    }
}

/// The last expression is what the alarm is about; each may use those before it.
fn evaluated(queries: &[Value], mut named: BTreeMap<String, Series>, length: usize) -> Series {
    let mut last = Series::new();
    for query in queries.iter().filter(|query| query["Expression"].is_string()) {
        last = evaluate(&text(&query["Expression"]), &named, length);
        named.insert(text(&query["Id"]), last.clone());
    }
    last
}

impl Metric {
    fn of(id: &str, metric: &Value, how: &Value) -> Self {
        let statistic = if how["Stat"].is_null() { &how["Statistic"] } else { &how["Stat"] };
        let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
        Self {
            id: id.to_owned(),
            namespace: text(&metric["Namespace"]),
            name: text(&metric["MetricName"]),
            dimensions: dimensions.map(|dimension| (text(&dimension["Name"]), text(&dimension["Value"]))).collect(),
            statistic: text(statistic),
            period: number(&how["Period"]) as i64,
        }
    }

    /// A figure of this metric.
    #[must_use]
    pub fn figure(&self, at: i64, value: f64) -> Figure {
        let Self { namespace, name, dimensions, .. } = self.clone();
        Figure { namespace, name, dimensions, at, value }
    }

    fn series(&self, figures: &Figures, now: i64, length: usize) -> Series {
        let (like, period) = (self.figure(0, 0.0), self.period * 1_000);
        let begin = now - period * length as i64;
        let period_of = |nth: usize| begin + period * nth as i64;
        (0..length).map(|nth| self.one(figures.between(&like, period_of(nth), period_of(nth + 1)).collect())).collect()
    }

    fn one(&self, values: Vec<f64>) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        match self.statistic.as_str() {
            "Sum" => Some(values.iter().sum()),
            "Average" => Some(values.iter().sum::<f64>() / values.len() as f64),
            "Maximum" => values.into_iter().reduce(f64::max),
            other => panic!("{other} is not known here"),
        }
    }
}

/// Text as it is written, and what another resource is called as that resource's id.
fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text,
        Value::Object(_) if value["Ref"].is_string() => return text(&value["Ref"]),
        Value::Object(_) if value["Fn::GetAtt"].is_array() => return text(&value["Fn::GetAtt"][0]),
        Value::Object(_) if value["Fn::Sub"].is_string() => return text(&value["Fn::Sub"]),
        _ => return String::new(),
    };
    text.trim().to_owned()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}
