//! The rules of alarms over alarms: `ALARM("…")`, `AND`, `OR`, `NOT` and brackets.

/// Whether a rule holds, where this says which alarms are on.
pub(crate) fn holds(rule: &str, is_on: &impl Fn(&str) -> bool) -> bool {
    let mut reader = Reader { rest: rule, is_on };
    let holds = reader.any();
    assert!(reader.rest.trim().is_empty(), "{rule:?} is not understood from {:?} on", reader.rest);
    holds
}

struct Reader<'a, F> {
    rest: &'a str,
    is_on: &'a F,
}

impl<F: Fn(&str) -> bool> Reader<'_, F> {
    fn any(&mut self) -> bool {
        let mut holds = self.all();
        while self.takes("OR") {
            holds |= self.all();
        }
        holds
    }

    fn all(&mut self) -> bool {
        let mut holds = self.one();
        while self.takes("AND") {
            holds &= self.one();
        }
        holds
    }

    fn one(&mut self) -> bool {
        if self.takes("NOT") {
            return !self.one();
        }
        if self.takes("(") {
            let holds = self.any();
            assert!(self.takes(")"), "a bracket is not closed before {:?}", self.rest);
            return holds;
        }
        assert!(self.takes("ALARM(\""), "an alarm is missing before {:?}", self.rest);
        let (name, rest) = self.rest.split_once("\")").unwrap_or_else(|| panic!("{:?} does not end", self.rest));
        self.rest = rest;
        (self.is_on)(name)
    }

    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_they_are_written() {
        let is_on = |name: &str| name == "a";
        for (rule, expected) in [
            (r#"ALARM("a")"#, true),
            (r#"ALARM("b") OR ALARM("a")"#, true),
            (r#"ALARM("b") AND ALARM("a")"#, false),
            (r#"(ALARM("b") OR ALARM("a")) AND NOT (ALARM("b") OR ALARM("c"))"#, true),
            (r#"ALARM("a") AND NOT ALARM("a")"#, false),
        ] {
            assert_eq!(holds(rule, &is_on), expected, "{rule}");
        }
    }
}
