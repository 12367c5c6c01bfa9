//! Figures and alarms of the emulator's CloudWatch.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::StackError;
use crate::stack::Stack;

impl Stack {
    /// Gives CloudWatch figures of one namespace: each a name, its dimensions, and a value.
    ///
    /// # Errors
    ///
    /// When the emulator does not take them.
    pub async fn publish(
        &self,
        namespace: &str,
        figures: &[(String, BTreeMap<String, String>, f64)],
    ) -> Result<(), StackError> {
        let datum = |(name, dimensions, value): &(String, BTreeMap<String, String>, f64)| {
            let dimensions: Vec<_> =
                dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
            json!({ "MetricName": name, "Dimensions": dimensions, "Value": value })
        };
        let data: Vec<Value> = figures.iter().map(datum).collect();
        let input = json!({ "Namespace": namespace, "MetricData": data });
        self.emulator().call("GraniteServiceVersion20100801.PutMetricData", &input).await.map(drop)
    }

    /// What each alarm of the emulator says, by its name: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    ///
    /// # Errors
    ///
    /// When the emulator does not answer.
    pub async fn alarm_states(&self) -> Result<BTreeMap<String, String>, StackError> {
        let answer = self.emulator().call("GraniteServiceVersion20100801.DescribeAlarms", &json!({})).await?;
        let alarms = answer["MetricAlarms"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(alarms.map(|alarm| (text(&alarm["AlarmName"]), text(&alarm["StateValue"]))).collect())
    }
}
