//! CloudFormation's YAML, with its short forms written out.

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;
use serde_yaml_ng::value::TaggedValue;

pub(crate) fn read(text: &str) -> Value {
    let yaml: Yaml = serde_yaml_ng::from_str(text).unwrap_or_else(|error| panic!("template.yaml: {error}"));
    json_of(yaml)
}

fn json_of(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => value.into(),
        Yaml::Number(number) => number_of(&number),
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => items.into_iter().map(json_of).collect(),
        Yaml::Mapping(entries) => {
            entries.into_iter().map(|(key, value)| (key_of(&key), json_of(value))).collect::<Map<_, _>>().into()
        }
        Yaml::Tagged(tagged) => written_out(*tagged),
    }
}

fn number_of(number: &serde_yaml_ng::Number) -> Value {
    number.as_i64().map(Value::from).or_else(|| number.as_f64().map(Value::from)).unwrap_or_default()
}

fn key_of(key: &Yaml) -> String {
    match key {
        Yaml::String(text) => text.clone(),
        other => panic!("a key of template.yaml is no text: {other:?}"),
    }
}

/// `!GetAtt A.B` becomes `{"Fn::GetAtt": ["A", "B"]}`.
fn written_out(tagged: TaggedValue) -> Value {
    let tag = tagged.tag.to_string();
    let name = tag.trim_start_matches('!');
    let value = json_of(tagged.value);
    match (name, &value) {
        ("Ref" | "Condition", _) => json!({ name: value }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((path, ""));
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{name}"): value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out() {
        let read = read("a: !GetAtt Queue.Arn\nb: [!Ref Bucket, !Sub '${A}/*']\nc: !If [IsAws, 1, 0.5]");
        let expected = json!({
            "a": { "Fn::GetAtt": ["Queue", "Arn"] },
            "b": [{ "Ref": "Bucket" }, { "Fn::Sub": "${A}/*" }],
            "c": { "Fn::If": ["IsAws", 1, 0.5] },
        });
        assert_eq!(read, expected);
    }
}
