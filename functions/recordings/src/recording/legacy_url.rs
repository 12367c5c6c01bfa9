use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longer URLs are nobody's.
const MAX_BYTES: usize = 2_000;

/// Where the audio of an imported recording lay before it was ours. It may hold a secret in its query, so that debugging
/// shows its host alone.
///
/// It is the only URL from outside that is ever fetched, and only from a host that the organisation's secret lists: checked
/// when it is imported, and each time that it is fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct LegacyUrl(Url);

/// Why a URL cannot be a legacy one. The URL is not quoted, because it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLegacyUrl {
    /// It is no URL, or an absurd one.
    #[error("expected an https:// URL of at most 2000 characters")]
    Malformed,
    /// It would not be fetched by HTTPS.
    #[error("expected https")]
    Scheme,
    /// It would be fetched with credentials.
    #[error("expected a URL without user and password")]
    Credentials,
    /// It names an address, which no list of hosts can vouch for.
    #[error("expected a host's name, not an address")]
    Address,
}

impl LegacyUrl {
    /// Reads a URL of any origin.
    ///
    /// # Errors
    /// [`InvalidLegacyUrl`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidLegacyUrl> {
        let is_plain = text.len() <= MAX_BYTES && text.bytes().all(|b| b.is_ascii_graphic());
        let url = Url::parse(text).ok().filter(|_| is_plain).ok_or(InvalidLegacyUrl::Malformed)?;
        Self::of(url)
    }

    /// Where a redirect from here leads to, under the same rules.
    ///
    /// # Errors
    /// [`InvalidLegacyUrl`] says what is wrong with the place.
    pub fn join(&self, location: &str) -> Result<Self, InvalidLegacyUrl> {
        let target = self.0.join(location).map_err(|_| InvalidLegacyUrl::Malformed)?;
        Self::parse(target.as_str())
    }

    fn of(url: Url) -> Result<Self, InvalidLegacyUrl> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidLegacyUrl::Credentials);
        }
        // Only tests and the local stack connect to the machine itself; elsewhere the client refuses to.
        let is_here = match url.host().ok_or(InvalidLegacyUrl::Malformed)? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) if address.is_loopback() => true,
            Host::Ipv4(_) | Host::Ipv6(_) => return Err(InvalidLegacyUrl::Address),
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_here => Ok(Self(url)),
            _ => Err(InvalidLegacyUrl::Scheme),
        }
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for LegacyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LegacyUrl").field(&self.host()).finish()
    }
}

impl Serialize for LegacyUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for LegacyUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_https_url_of_a_named_host_is_read_as_it_is() {
        for (text, host) in [
            ("https://recordings.example.com/2019/a.mp3", "recordings.example.com"),
            ("https://Recordings.Example.com:8443/a?sig=x%2F", "recordings.example.com"),
            ("http://localhost:9000/a.mp3", "localhost"),
            ("http://127.0.0.1:9000/a.mp3", "127.0.0.1"),
        ] {
            let url = LegacyUrl::parse(text).unwrap();
            assert_eq!(url.host(), host);
            let json = serde_json::to_string(&url).unwrap();
            assert_eq!(serde_json::from_str::<LegacyUrl>(&json).unwrap(), url);
        }
    }

    #[test]
    fn whatever_else_is_refused_with_the_reason() {
        let long = format!("https://a.example/{}", "x".repeat(MAX_BYTES));
        for (text, why) in [
            ("", InvalidLegacyUrl::Malformed),
            ("recordings.example.com/a.mp3", InvalidLegacyUrl::Malformed),
            ("https://", InvalidLegacyUrl::Malformed),
            ("https://a.example/a b", InvalidLegacyUrl::Malformed),
            ("https://a.example/a\r\nHost: b", InvalidLegacyUrl::Malformed),
            (long.as_str(), InvalidLegacyUrl::Malformed),
            ("http://a.example/a.mp3", InvalidLegacyUrl::Scheme),
            ("ftp://a.example/a.mp3", InvalidLegacyUrl::Scheme),
            ("file:///etc/passwd", InvalidLegacyUrl::Malformed),
            ("https://user:hunter2@a.example/", InvalidLegacyUrl::Credentials),
            ("https://10.0.0.1/a.mp3", InvalidLegacyUrl::Address),
            ("https://169.254.169.254/latest/meta-data", InvalidLegacyUrl::Address),
            ("https://0x7f000001.0x1/", InvalidLegacyUrl::Malformed),
            ("https://2852039166/", InvalidLegacyUrl::Address),
            ("https://[::1]/a.mp3", InvalidLegacyUrl::Address),
            ("https://[fd00::1]/a.mp3", InvalidLegacyUrl::Address),
        ] {
            assert_eq!(LegacyUrl::parse(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn a_redirect_is_held_to_the_same_rules() {
        let url = LegacyUrl::parse("https://a.example/dir/a.mp3").unwrap();
        assert_eq!(url.join("b.mp3").unwrap().url().as_str(), "https://a.example/dir/b.mp3");
        assert_eq!(url.join("//b.example/c").unwrap().host(), "b.example");
        assert_eq!(url.join("http://a.example/"), Err(InvalidLegacyUrl::Scheme));
        assert_eq!(url.join("https://u:p@a.example/"), Err(InvalidLegacyUrl::Credentials));
        assert_eq!(url.join("https://192.168.0.1/"), Err(InvalidLegacyUrl::Address));
    }

    #[test]
    fn debugging_shows_the_host_alone() {
        let shown = format!("{:?}", LegacyUrl::parse("https://a.example/x?sig=hunter2").unwrap());
        assert!(shown.contains("a.example") && !shown.contains("hunter2"), "{shown}");
    }
}
