use std::str::FromStr;

use url::Url;

/// Where a service answers: scheme, host and perhaps a path before its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// A URL that cannot be a base. It is not quoted, because it may hold credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a base URL: expected http(s)://host without user, query and fragment")]
pub struct InvalidBaseUrl;

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
        let plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
            Ok(Self(url))
        } else {
            Err(InvalidBaseUrl)
        }
    }
}

impl BaseUrl {
    /// The URL of something below, each part of its path escaped.
    pub(in crate::adapters) fn join(&self, parts: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_appended_and_escaped() {
        for (base, expected) in [
            ("https://api.airtable.com", "https://api.airtable.com/v0/My%20%2F%20table%3Fx%23"),
            ("https://api.airtable.com/", "https://api.airtable.com/v0/My%20%2F%20table%3Fx%23"),
            ("http://127.0.0.1:8080/airtable/", "http://127.0.0.1:8080/airtable/v0/My%20%2F%20table%3Fx%23"),
        ] {
            let url = base.parse::<BaseUrl>().unwrap().join(&["v0", "My / table?x#"]);
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_base_is_refused_without_being_quoted() {
        for text in
            ["", "api.twilio.com", "ftp://host", "https://user:hunter2@host", "https://host?x=1", "https://host/#f"]
        {
            let error = text.parse::<BaseUrl>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{text}");
        }
    }
}
