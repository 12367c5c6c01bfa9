//! The part of Airtable's formula language that finds records: `OR`, `AND`, `NOT`, `FIND`, `RECORD_ID`, comparisons,
//! fields, texts and numbers. Anything else is refused, as Airtable refuses what it cannot parse.

mod evaluate;
mod lexer;
mod parser;

use super::base::{BaseState, Record};

/// A formula whose fields exist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Formula(Expression);

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Text(String),
    Number(f64),
    /// By field id.
    Field(String),
    RecordId,
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    /// What is looked for, and in what.
    Find(Box<Expression>, Box<Expression>),
    /// Two texts as one.
    Join(Box<Expression>, Box<Expression>),
    Compare(Box<Expression>, Comparison, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Formula {
    /// The formula, or what is wrong with it.
    pub(super) fn parse(text: &str, base: &BaseState) -> Result<Self, String> {
        let field_id = |name: &str| base.field(name).map(|field| field.id.clone());
        parser::parse(lexer::tokens(text)?, &field_id).map(Self)
    }

    /// Whether the list shows the record: whether the result is not 0, false, or empty (protocols.md 2.1).
    pub(super) fn chooses(&self, record: &Record) -> bool {
        self.0.value(record).is_true()
    }
}

#[cfg(test)]
mod tests;
