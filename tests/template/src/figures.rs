//! Figures as CloudWatch has them: by namespace, name and dimensions, each at a time.

use std::collections::BTreeMap;

use serde_json::Value;

/// One datum.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Whose it is, such as `AWS/SQS`.
    pub namespace: String,
    /// What is measured.
    pub name: String,
    /// Of what.
    pub dimensions: BTreeMap<String, String>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// How much.
    pub value: f64,
}

/// All that were published.
#[derive(Debug, Clone, Default)]
pub struct Figures(Vec<Figure>);

/// The figures of one line in the embedded metric format; none of any other line. A line is one figure for each set of its
/// dimensions.
/// Source: CloudWatch user guide, *Specification: Embedded metric format*.
#[must_use]
pub fn embedded(line: &str) -> Vec<Figure> {
    let Ok(line) = serde_json::from_str::<Value>(line) else { return Vec::new() };
    let at = line["_aws"]["Timestamp"].as_i64().unwrap_or_default();
    let mut figures = Vec::new();
    for directive in list(&line["_aws"]["CloudWatchMetrics"]) {
        for (metric, set) in
            list(&directive["Metrics"]).flat_map(|metric| list(&directive["Dimensions"]).map(move |set| (metric, set)))
        {
            let name = text(&metric["Name"]);
            figures.push(Figure {
                namespace: text(&directive["Namespace"]),
                dimensions: list(set).map(|name| (text(name), text(&line[text(name)]))).collect(),
                at,
                value: line[&name].as_f64().unwrap_or(f64::NAN),
                name,
            });
        }
    }
    figures
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Figures {
    /// Takes one.
    pub fn take(&mut self, figure: Figure) {
        self.0.push(figure);
    }

    /// Takes those of a line that a function wrote; a line of its log has none.
    pub fn take_line(&mut self, line: &str) {
        self.0.extend(embedded(line));
    }

    /// All of them, oldest first or not.
    pub fn iter(&self) -> impl Iterator<Item = &Figure> {
        self.0.iter()
    }

    /// The same figures, so many milliseconds later.
    #[must_use]
    pub fn later(&self, milliseconds: i64) -> Self {
        let later = |figure: &Figure| Figure { at: figure.at + milliseconds, ..figure.clone() };
        Self(self.0.iter().map(later).collect())
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The values of one metric from a time until another, the first excluded.
    pub(crate) fn between<'a>(&'a self, of: &'a Figure, from: i64, until: i64) -> impl Iterator<Item = f64> + 'a {
        let is_it = move |figure: &&Figure| {
            figure.at > from
                && figure.at <= until
                && figure.name == of.name
                && figure.namespace == of.namespace
                && figure.dimensions == of.dimensions
        };
        self.0.iter().filter(is_it).map(|figure| figure.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_figure_for_each_set_of_dimensions() {
        let line = r#"{"_aws": {"Timestamp": 5, "CloudWatchMetrics": [{"Namespace": "Tapeline/x",
            "Dimensions": [["function", "provider"], ["function"]], "Metrics": [{"Name": "stored", "Unit": "Count"}]}]},
            "function": "transfer", "provider": "twilio", "stored": 1.0}"#;
        let figures = embedded(line);
        let of: Vec<_> = figures.iter().map(|figure| figure.dimensions.len()).collect();
        assert_eq!(of, [2, 1]);
        assert!(figures.iter().all(|figure| figure.at == 5 && figure.value == 1.0 && figure.name == "stored"));
        assert_eq!(figures[1].dimensions, BTreeMap::from([("function".to_owned(), "transfer".to_owned())]));
    }

    #[test]
    fn a_line_of_the_log_has_none() {
        assert_eq!(embedded(r#"{"log_type":"loss_meter"}"#), []);
        assert_eq!(embedded("START RequestId: 1"), []);
    }
}
