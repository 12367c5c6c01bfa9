//! Reading what a provider writes as far as it makes sense. A member of another type than it is documented to have counts as
//! missing: it is no reason to lose the recording.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A member that is there and has its type.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// A text, or a number as its text: custom parameters may be either.
#[derive(Debug, Default)]
pub(crate) struct Text(Option<String>);

impl Text {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }))
    }
}

/// What a caller attached to a call.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CustomParameters {
    #[serde(default)]
    pub(crate) job: Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Odd {
        #[serde(default, deserialize_with = "lenient")]
        seconds: Option<u32>,
        #[serde(default, deserialize_with = "lenient")]
        custom: Option<CustomParameters>,
        #[serde(default)]
        name: Text,
    }

    #[test]
    fn what_has_another_type_counts_as_missing() {
        for (json, seconds, job, name) in [
            (r#"{"seconds":5,"custom":{"job":"JOB1","x":{}},"name":"n"}"#, Some(5), Some("JOB1"), Some("n")),
            (r#"{"seconds":"5","custom":{"job":456},"name":7}"#, None, Some("456"), Some("7")),
            (r#"{"seconds":null,"custom":"text","name":[]}"#, None, None, None),
            (r#"{"custom":{"job":["JOB1"]},"name":""}"#, None, None, None),
            ("{}", None, None, None),
        ] {
            let odd: Odd = serde_json::from_str(json).unwrap();
            let found = odd.custom.unwrap_or_default();
            assert_eq!((odd.seconds, found.job.get(), odd.name.get()), (seconds, job, name), "{json}");
        }
    }
}
