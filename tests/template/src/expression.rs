//! As much of CloudWatch's arithmetic as the template uses: numbers, series, `+ - * / > <`, and `DIFF`, `FILL`, `IF`.
//! What is missing on either side of an operator is missing behind it.

use std::collections::BTreeMap;

/// A value for each period, oldest first; `None` where nothing was reported.
pub(crate) type Series = Vec<Option<f64>>;

/// Evaluates an expression over series of one length.
pub(crate) fn evaluate(text: &str, named: &BTreeMap<String, Series>, length: usize) -> Series {
    let mut parser = Parser { rest: text, named, length };
    let series = parser.comparison();
    assert!(parser.rest.trim().is_empty(), "{text:?} is not understood from {:?} on", parser.rest);
    series
}

struct Parser<'a> {
    rest: &'a str,
    named: &'a BTreeMap<String, Series>,
    length: usize,
}

impl Parser<'_> {
    fn comparison(&mut self) -> Series {
        let left = self.sum();
        match self.takes(&['>', '<']) {
            Some('>') => both(&left, &self.sum(), |a, b| f64::from(a > b)),
            Some(_) => both(&left, &self.sum(), |a, b| f64::from(a < b)),
            None => left,
        }
    }

    fn sum(&mut self) -> Series {
        let mut left = self.product();
        while let Some(operator) = self.takes(&['+', '-']) {
            let right = self.product();
            left = both(&left, &right, |a, b| if operator == '+' { a + b } else { a - b });
        }
        left
    }

    fn product(&mut self) -> Series {
        let mut left = self.atom();
        while let Some(operator) = self.takes(&['*', '/']) {
            let right = self.atom();
            left = both(&left, &right, |a, b| if operator == '*' { a * b } else { a / b });
        }
        left
    }

    fn atom(&mut self) -> Series {
        if self.takes(&['(']).is_some() {
            let inner = self.comparison();
            self.needs(')');
            return inner;
        }
        let word = self.word();
        if let Ok(number) = word.parse::<f64>() {
            return vec![Some(number); self.length];
        }
        if self.takes(&['(']).is_none() {
            return self.named.get(&word).cloned().unwrap_or_else(|| panic!("no series {word:?}"));
        }
        let mut arguments = vec![self.comparison()];
        while self.takes(&[',']).is_some() {
            arguments.push(self.comparison());
        }
        self.needs(')');
        apply(&word, &arguments)
    }

    fn word(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        assert!(!word.is_empty(), "an operand is missing before {rest:?}");
        self.rest = rest;
        word.to_owned()
    }

    fn takes(&mut self, any_of: &[char]) -> Option<char> {
        let rest = self.rest.trim_start();
        let first = rest.chars().next().filter(|first| any_of.contains(first))?;
        self.rest = &rest[first.len_utf8()..];
        Some(first)
    }

    fn needs(&mut self, wanted: char) {
        assert!(self.takes(&[wanted]).is_some(), "{wanted:?} is missing before {:?}", self.rest);
    }
}

fn both(left: &[Option<f64>], right: &[Option<f64>], operator: impl Fn(f64, f64) -> f64) -> Series {
    left.iter().zip(right).map(|(a, b)| Some(operator((*a)?, (*b)?)).filter(|value| value.is_finite())).collect()
}

fn apply(function: &str, arguments: &[Series]) -> Series {
    match (function, arguments) {
        ("DIFF", [series]) => std::iter::once(None)
            .chain(series.windows(2).map(|pair| Some(pair[1]? - pair[0]?)))
            .take(series.len())
            .collect(),
        ("FILL", [series, fill]) => series.iter().zip(fill).map(|(value, fill)| value.or(*fill)).collect(),
        ("IF", [condition, yes, no]) => {
            let chosen = condition.iter().zip(yes.iter().zip(no));
            chosen.map(|(condition, (yes, no))| if (*condition)? == 0.0 { *no } else { *yes }).collect()
        }
        _ => panic!("{function} of {} is not known here", arguments.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluated(text: &str) -> Series {
        let named = [("a".to_owned(), vec![Some(1.0), Some(4.0), None]), ("none".to_owned(), vec![None, None, None])];
        evaluate(text, &named.into(), 3)
    }

    #[test]
    fn operators_bind_as_in_school() {
        assert_eq!(evaluated("1 + 2 * a - 6 / 3"), [Some(1.0), Some(7.0), None]);
        assert_eq!(evaluated("(1 + 2) * a"), [Some(3.0), Some(12.0), None]);
        assert_eq!(evaluated("a > 3"), [Some(0.0), Some(1.0), None]);
    }

    #[test]
    fn functions_work_period_by_period() {
        assert_eq!(evaluated("DIFF(a)"), [None, Some(3.0), None]);
        assert_eq!(evaluated("a + FILL(none, 0)"), [Some(1.0), Some(4.0), None]);
        assert_eq!(evaluated("IF(a > 3, 100 * a, 0)"), [Some(0.0), Some(400.0), None]);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(evaluated("a / 0"), [None, None, None]);
    }
}
