use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::airtable::jobs::Author;
use crate::settings::Base;

fn base_with(job_number: &str, customer: &str) -> (BaseState, String) {
    let mut base = BaseState::new(Base::default());
    let id = base.insert(Timestamp::UNIX_EPOCH);
    let fields = json!({"job_number": job_number, "customer": customer});
    let cells = base.cells(fields.as_object().unwrap(), false).unwrap();
    base.write(&id, cells, Timestamp::UNIX_EPOCH, Author::Api);
    (base, id)
}

fn chooses(formula: &str, job_number: &str, customer: &str) -> bool {
    let (base, id) = base_with(job_number, customer);
    let formula = Formula::parse(&formula.replace("$ID", &id), &base).expect("the formula parses");
    formula.chooses(base.record(&id).unwrap())
}

#[test]
fn formulas_choose_what_they_say() {
    for (formula, expected) in [
        ("{job_number}='JOB456'", true),
        ("{job_number} = \"JOB456\"", true),
        ("{job_number}='job456'", false),
        ("{job_number}='JOB45'", false),
        ("{job_number}!='JOB45'", true),
        ("OR({job_number}='JOB1',{job_number}='JOB456')", true),
        ("OR({job_number}='JOB1')", false),
        ("AND({job_number}='JOB456',{customer}='Maria')", true),
        ("AND({job_number}='JOB456',NOT({customer}='Maria'))", false),
        ("or({job_number}='JOB456')", true),
        ("RECORD_ID()='$ID'", true),
        ("RECORD_ID()='rec00000000000000'", false),
        ("FIND('456',{job_number})", true),
        ("FIND('456',{job_number})=4", true),
        ("FIND('789',{job_number})", false),
        ("FIND('JOB',{job_number})>0", true),
        ("{call_id}=''", true),
        ("{call_id}", false),
        ("{customer}", true),
        ("NOT({call_id})", true),
        ("({job_number}&'')='JOB456'", true),
        ("FIND('6Ma', {job_number}&{customer})", true),
        ("FIND('x', {call_id}&'')", false),
        ("(({customer}='Maria'))", true),
        ("1", true),
        ("0", false),
        ("'x'", true),
        ("'b'>='a'", true),
        ("2<=1", false),
    ] {
        assert_eq!(chooses(formula, "JOB456", "Maria"), expected, "{formula}");
    }
}

#[test]
fn escapes_are_undone() {
    for (formula, customer) in [
        (r"{customer}='Guest\'s Name'", "Guest's Name"),
        (r"{customer}='a\\b'", r"a\b"),
        (r#"{customer}="say \"hi\"""#, r#"say "hi""#),
        (r"{customer}='two\nlines'", "two\nlines"),
        ("{customer}='Zoë \u{1f4de}'", "Zoë \u{1f4de}"),
    ] {
        assert!(chooses(formula, "JOB456", customer), "{formula}");
    }
}

#[test]
fn everything_else_is_refused() {
    let (base, _) = base_with("JOB456", "Maria");
    let deep = format!("{}1{}", "NOT(".repeat(200), ")".repeat(200));
    for formula in [
        "{job_number}='it's'",
        "{job_number}='JOB",
        "{job_number",
        "{nobody}='x'",
        "{job_number}='a\nb'",
        "job_number='JOB456'",
        "OR()",
        "NOT('a','b')",
        "FIND('a')",
        "FIND('a','b','c')",
        "RECORD_ID('x')",
        "SUM(1,2)",
        "1 + 1",
        "{job_number}=",
        "='x'",
        "1 2",
        "(1",
        "1)",
        "OR(1,)",
        "!1",
        "1.2.3",
        "1; DROP",
        &deep,
    ] {
        assert!(Formula::parse(formula, &base).is_err(), "{formula}");
    }
}

#[test]
fn renamed_field_is_known_by_its_new_name_and_by_its_id() {
    let (mut base, id) = base_with("JOB456", "Maria");
    base.fields[0].name = "Job".to_owned();
    for name in ["Job".to_owned(), base.fields[0].id.clone()] {
        let formula = Formula::parse(&format!("{{{name}}}='JOB456'"), &base).unwrap();
        assert!(formula.chooses(base.record(&id).unwrap()));
    }
    assert!(Formula::parse("{job_number}='JOB456'", &base).is_err());
}

proptest! {
    #[test]
    fn any_text_without_control_characters_is_found_when_escaped(text in "[^\\p{Cc}]{1,40}") {
        let escaped = text.replace('\\', r"\\").replace('\'', r"\'");
        let formula = format!("{{customer}}='{escaped}'");
        prop_assert!(chooses(&formula, "JOB456", &text));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}") {
        let (base, _) = base_with("JOB456", "Maria");
        let _either = Formula::parse(&text, &base);
    }
}
