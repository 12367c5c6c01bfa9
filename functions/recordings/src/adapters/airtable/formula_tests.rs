use proptest::prelude::*;

use crate::recording::{CallId, Provider};

use super::*;

fn fields() -> JobFields {
    JobFields { number: "Job number".into(), call_ids: Some("Calls".into()), history: "job_history".into() }
}

fn number(text: &str) -> JobKey {
    JobKey::Number(text.parse().unwrap())
}

fn call(digit: char) -> JobKey {
    let sid = format!("CA{}", digit.to_string().repeat(32));
    JobKey::Call(CallId::parse(Provider::Twilio, &sid).unwrap())
}

#[test]
fn keys_become_conditions() {
    let ones = "1".repeat(32);
    assert_eq!(any_of(&fields(), &[number("JOB456")]).unwrap(), "OR(({Job number}&'')='JOB456')");
    assert_eq!(
        any_of(&fields(), &[number("A.1"), call('1')]).unwrap(),
        format!("OR(({{Job number}}&'')='A.1',FIND('CA{ones}',{{Calls}}&''))")
    );
}

#[test]
fn what_cannot_be_found_is_not_asked_for() {
    let without_calls = JobFields { call_ids: None, ..fields() };
    assert_eq!(any_of(&without_calls, &[call('1')]), None);
    assert_eq!(any_of(&fields(), &[]), None);
    assert_eq!(any_of(&without_calls, &[call('1'), number("7")]).unwrap(), "OR(({Job number}&'')='7')");
}

#[test]
fn escaping_follows_pyairtable() {
    assert_eq!(quoted("Guest's Name"), r"'Guest\'s Name'");
    assert_eq!(quoted(r"a\b"), r"'a\\b'");
    assert_eq!(field("odd } name"), r"{odd \} name}");
}

/// What a formula's reader makes of a text that starts with `open`: the text up to its unescaped end, and the rest.
fn read(formula: &str, open: char, close: char) -> Option<(String, &str)> {
    let mut rest = formula.strip_prefix(open)?.chars();
    let mut text = String::new();
    loop {
        match rest.next()? {
            '\\' => text.push(rest.next()?),
            c if c == close => return Some((text, rest.as_str())),
            c => text.push(c),
        }
    }
}

proptest! {
    #[test]
    fn no_text_gets_out_of_its_quotes(text in r"(.|\\|'|\}|\{){0,40}") {
        let quoted = quoted(&text);
        prop_assert_eq!(read(&quoted, '\'', '\''), Some((text, "")));
    }

    #[test]
    fn no_field_name_gets_out_of_its_braces(name in r"([^\\]|'|\}|\{){0,40}") {
        let field = field(&name);
        prop_assert_eq!(read(&field, '{', '}'), Some((name, "")));
    }

    #[test]
    fn each_key_is_one_condition(numbers in proptest::collection::vec("[A-Za-z0-9][A-Za-z0-9._-]{0,20}", 1..12)) {
        let keys: Vec<JobKey> = numbers.iter().map(|text| number(text)).collect();
        let formula = any_of(&fields(), &keys).unwrap();
        let mut rest = formula.strip_prefix("OR(").unwrap();
        for (index, expected) in numbers.iter().enumerate() {
            rest = if index == 0 { rest } else { rest.strip_prefix(',').unwrap() };
            let (name, after) = read(rest.strip_prefix('(').unwrap(), '{', '}').unwrap();
            let (value, after) = read(after.strip_prefix("&'')=").unwrap(), '\'', '\'').unwrap();
            prop_assert_eq!((name.as_str(), value.as_str()), ("Job number", expected.as_str()));
            rest = after;
        }
        prop_assert_eq!(rest, ")");
    }
}
