//! What was measured: medians with their extremes, and the ratios between what ran in turns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Fallible;

/// Everything that was measured.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    /// The machine, the versions, and how it was run.
    pub(crate) about: BTreeMap<String, String>,
    rows: Vec<Row>,
    skipped: Vec<String>,
}

/// A figure of somebody's.
#[derive(Clone, Serialize)]
pub(crate) struct Row {
    /// What was done.
    pub(crate) what: String,
    /// By whom.
    pub(crate) who: String,
    /// In which unit the figures are.
    pub(crate) unit: String,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Of a hundred samples or more.
    pub(crate) p99: Option<f64>,
    pub(crate) samples: usize,
    /// To which figure of this run it is a ratio, and the ratio.
    pub(crate) of: Option<(String, f64)>,
}

/// What a program tells another that it measured.
#[derive(Deserialize)]
pub(crate) struct Measured {
    what: String,
    who: String,
    unit: String,
    samples: Vec<f64>,
}

impl Report {
    /// Adds a figure from its samples.
    pub(crate) fn add(&mut self, what: &str, who: &str, unit: &str, samples: &[f64]) {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (sorted.first(), sorted.last()) else { return };
        self.rows.push(Row {
            what: what.to_owned(),
            who: who.to_owned(),
            unit: unit.to_owned(),
            median: quantile(&sorted, 0.5),
            min: *min,
            max: *max,
            p99: (sorted.len() >= 100).then(|| quantile(&sorted, 0.99)),
            samples: sorted.len(),
            of: None,
        });
    }

    /// Puts each figure of these units that has the same `what` in relation to `who`'s.
    pub(crate) fn relate(&mut self, what: &str, unit: &str, who: &str) {
        let is_meant = |row: &Row| row.what == what && row.unit == unit;
        let base = self.rows.iter().find(|row| is_meant(row) && row.who == who).map(|row| row.median);
        let Some(base) = base.filter(|base| *base > 0.0) else { return };
        for row in self.rows.iter_mut().filter(|row| is_meant(row) && row.who != who) {
            row.of = Some((who.to_owned(), row.median / base));
        }
    }

    /// Adds what another program measured.
    pub(crate) fn take(&mut self, measured: &[Measured]) {
        for Measured { what, who, unit, samples } in measured {
            self.add(what, who, unit, samples);
        }
    }

    /// Says what is not measured, and why; here and in the report.
    pub(crate) fn skip(&mut self, what: &str) {
        say(&format!("SKIPPED: {what}"));
        self.skipped.push(what.to_owned());
    }

    pub(crate) fn write(&self, path: &Path) -> Fallible<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, serde_json::to_string_pretty(self)?)?)
    }

    /// The table, as Markdown.
    pub(crate) fn table(&self) -> String {
        let about = self.about.iter().map(|(name, value)| format!("{name}: {value}\n"));
        let head =
            "\n| what | who | median | min | max | p99 | n | ratio |\n|---|---|---|---|---|---|---|---|\n".to_owned();
        let rows = self.rows.iter().map(|row| {
            let Row { what, who, unit, median, min, max, p99, samples, of } = row;
            let median = format!("{} {unit}", shown(*median));
            let (min, max, p99) = (shown(*min), shown(*max), p99.map(shown).unwrap_or_default());
            let of = of.as_ref().map(|(of, ratio)| format!("{} x {of}", shown(*ratio))).unwrap_or_default();
            format!("| {what} | {who} | {median} | {min} | {max} | {p99} | {samples} | {of} |\n")
        });
        let skipped = self.skipped.iter().map(|what| format!("\nSKIPPED: {what}\n"));
        about.chain([head]).chain(rows).chain(skipped).collect()
    }
}

/// Of figures in order.
fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = at * sorted.len().saturating_sub(1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => low + (high - low) * place.fract(),
        _ => f64::NAN,
    }
}

/// With three digits that mean something.
fn shown(figure: f64) -> String {
    match figure.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 1.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// Says something to whoever waits.
#[expect(clippy::print_stderr, reason = "a benchmark runs for minutes and says where it is")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_and_a_ratio_is_of_medians() {
        let mut report = Report::default();
        report.add("copy", "ours", "ms", &[3.0, 1.0, 2.0, 100.0]);
        report.add("copy", "peer", "ms", &[10.0, 5.0]);
        report.relate("copy", "ms", "ours");
        let [ours, peer] = &report.rows[..] else { panic!() };
        assert_eq!((ours.median, ours.min, ours.max, ours.samples), (2.5, 1.0, 100.0, 4));
        assert_eq!(peer.of, Some(("ours".to_owned(), 3.0)));
    }
}
