use super::JobFields;
use crate::ports::JobKey;

/// The formula that chooses what any of the keys finds; `None` where no key can find anything.
///
/// Fields are made texts with `&''`, so that a number or a list of ids is found too.
pub(super) fn any_of(fields: &JobFields, keys: &[JobKey]) -> Option<String> {
    let conditions: Vec<String> = keys.iter().filter_map(|key| condition(fields, key)).collect();
    if conditions.is_empty() { None } else { Some(format!("OR({})", conditions.join(","))) }
}

fn condition(fields: &JobFields, key: &JobKey) -> Option<String> {
    match key {
        JobKey::Number(number) => Some(format!("({}&'')={}", field(&fields.number), quoted(number.as_str()))),
        JobKey::Call(call) => {
            let calls = fields.call_ids.as_deref()?;
            Some(format!("FIND({},{}&'')", quoted(call.as_str()), field(calls)))
        }
    }
}

/// A text, escaped as pyairtable's `formulas.quoted` does it. Ids hold nothing to escape; this is the second lock.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A field's name, escaped as pyairtable's `formulas.field_name` does it.
fn field(name: &str) -> String {
    format!("{{{}}}", name.replace('}', r"\}"))
}

#[cfg(test)]
#[path = "formula_tests.rs"]
mod tests;
