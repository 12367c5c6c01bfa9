use hyper::Method;
use parking_lot::Mutex;
use regex_lite::Regex;

use super::{Fault, FaultReport, FaultRule, PathPattern};
use crate::journal::Service;

/// The rules in force, oldest first. The first that strikes a call decides alone; those after it do not see the call.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Rules>);

#[derive(Debug, Default)]
struct Rules {
    last_id: u64,
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    report: FaultReport,
    expression: Option<Regex>,
}

impl Faults {
    /// Puts a rule in force; the error is that its expression is none.
    pub(crate) fn arm(&self, rule: FaultRule) -> Result<u64, regex_lite::Error> {
        let expression = match &rule.path {
            PathPattern::Regex(text) => Some(Regex::new(text)?),
            PathPattern::Any | PathPattern::Prefix(_) => None,
        };
        let mut rules = self.0.lock();
        rules.last_id += 1;
        let report = FaultReport { id: rules.last_id, rule, matched: 0, struck: 0 };
        rules.armed.push(Armed { report, expression });
        Ok(rules.last_id)
    }

    /// What happens to this call.
    pub(crate) fn strike(&self, service: Service, method: &Method, path: &str) -> Option<Fault> {
        let mut rules = self.0.lock();
        rules.armed.iter_mut().filter(|armed| armed.matches(service, method, path)).find_map(Armed::strike)
    }

    pub(crate) fn reports(&self) -> Vec<FaultReport> {
        self.0.lock().armed.iter().map(|armed| armed.report.clone()).collect()
    }

    pub(crate) fn disarm(&self, id: u64) {
        self.0.lock().armed.retain(|armed| armed.report.id != id);
    }

    pub(crate) fn disarm_all(&self) {
        self.0.lock().armed.clear();
    }
}

impl Armed {
    fn matches(&self, service: Service, method: &Method, path: &str) -> bool {
        let FaultRule { service: wanted, method: verb, path: pattern, .. } = &self.report.rule;
        let path_fits = match (pattern, &self.expression) {
            (PathPattern::Prefix(prefix), _) => path.starts_with(prefix),
            (_, Some(expression)) => expression.is_match(path),
            (_, None) => true,
        };
        *wanted == service && path_fits && verb.as_ref().is_none_or(|verb| verb.eq_ignore_ascii_case(method.as_str()))
    }

    fn strike(&mut self) -> Option<Fault> {
        let report = &mut self.report;
        report.matched += 1;
        let begun = report.matched > report.rule.skip;
        let left = report.rule.count.is_none_or(|count| report.struck < count);
        (begun && left).then(|| {
            report.struck += 1;
            report.rule.fault.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(rule: FaultRule, calls: &[(Service, Method, &str)]) -> Vec<bool> {
        let faults = Faults::default();
        faults.arm(rule).unwrap();
        calls.iter().map(|(service, method, path)| faults.strike(*service, method, path).is_some()).collect()
    }

    #[test]
    fn rule_strikes_only_what_it_names() {
        let calls = [
            (Service::Twilio, Method::GET, "/2010-04-01/Accounts/AC1/Recordings/RE1.mp3"),
            (Service::Twilio, Method::DELETE, "/2010-04-01/Accounts/AC1/Recordings/RE1.json"),
            (Service::Airtable, Method::GET, "/v0/app1/tbl1"),
        ];
        let any = |service| FaultRule::new(service, Fault::Hang);
        for (rule, expected) in [
            (any(Service::Twilio), [true, true, false]),
            (any(Service::Airtable), [false, false, true]),
            (any(Service::Media), [false, false, false]),
            (any(Service::Twilio).method("delete"), [false, true, false]),
            (any(Service::Twilio).prefix("/2010"), [true, true, false]),
            (any(Service::Twilio).regex(r"\.mp3$"), [true, false, false]),
        ] {
            assert_eq!(struck(rule.clone(), &calls), expected, "{rule:?}");
        }
    }

    #[test]
    fn nth_and_count_choose_among_matching_calls() {
        let call = (Service::Media, Method::GET, "/");
        let calls = [call.clone(), call.clone(), call.clone(), call];
        let rule = FaultRule::new(Service::Media, Fault::Hang);
        for (rule, expected) in [
            (rule.clone().once(), [true, false, false, false]),
            (rule.clone().from_nth(2), [false, true, true, true]),
            (rule.clone().from_nth(3).once(), [false, false, true, false]),
            (rule.times(0), [false, false, false, false]),
        ] {
            assert_eq!(struck(rule.clone(), &calls), expected, "{rule:?}");
        }
    }

    #[test]
    fn spent_rule_leaves_the_call_to_the_next() {
        let faults = Faults::default();
        faults.arm(FaultRule::new(Service::Media, Fault::Hang).once()).unwrap();
        faults.arm(FaultRule::new(Service::Media, Fault::LoseReply)).unwrap();
        let strike = || faults.strike(Service::Media, &Method::GET, "/");
        assert_eq!([strike(), strike()], [Some(Fault::Hang), Some(Fault::LoseReply)]);
        let counts: Vec<_> = faults.reports().iter().map(|report| (report.matched, report.struck)).collect();
        assert_eq!(counts, [(2, 1), (1, 1)]);
        faults.disarm(1);
        assert_eq!(faults.reports().len(), 1);
        faults.disarm_all();
        assert_eq!(faults.reports(), []);
    }

    #[test]
    fn bad_expression_is_refused() {
        let rule = FaultRule::new(Service::Media, Fault::Hang).regex("(");
        assert!(Faults::default().arm(rule).is_err());
    }
}
