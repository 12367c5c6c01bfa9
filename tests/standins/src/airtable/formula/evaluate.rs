use std::cmp::Ordering;

use super::{Comparison, Expression};
use crate::airtable::base::Record;

/// The result of an expression. An empty cell is an empty text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Text(String),
    Number(f64),
}

impl Outcome {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
        }
    }

    fn truth(value: bool) -> Self {
        Self::Number(f64::from(u8::from(value)))
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.partial_cmp(right),
            (left, right) => Some(left.text().cmp(&right.text())),
        }
    }
}

impl Expression {
    pub(super) fn value(&self, record: &Record) -> Outcome {
        match self {
            Self::Text(text) => Outcome::Text(text.clone()),
            Self::Number(number) => Outcome::Number(*number),
            Self::Field(id) => Outcome::Text(cell(record, id)),
            Self::RecordId => Outcome::Text(record.id.clone()),
            Self::Or(any) => Outcome::truth(any.iter().any(|one| one.value(record).is_true())),
            Self::And(all) => Outcome::truth(all.iter().all(|one| one.value(record).is_true())),
            Self::Not(inner) => Outcome::truth(!inner.value(record).is_true()),
            Self::Find(wanted, text) => {
                Outcome::Number(position(&wanted.value(record).text(), &text.value(record).text()))
            }
            Self::Join(left, right) => {
                Outcome::Text(format!("{}{}", left.value(record).text(), right.value(record).text()))
            }
            Self::Compare(left, comparison, right) => {
                let order = left.value(record).order(&right.value(record));
                Outcome::truth(order.is_some_and(|order| comparison.holds(order)))
            }
        }
    }
}

impl Comparison {
    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// From 1, in characters; 0 when it is not there.
fn position(wanted: &str, text: &str) -> f64 {
    text.find(wanted).map_or(0.0, |at| (text[..at].chars().count() + 1) as f64)
}

fn cell(record: &Record, field_id: &str) -> String {
    match record.cells.get(field_id) {
        None => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
