use std::time::Duration;

/// The connection overrides in the fragment of a webhook's URL (protocols.md 1.2).
///
/// `ct` (the connect time-out) is fixed at its default of 5 s, `sni` and `e` mean nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overrides {
    /// Further attempts after the first.
    pub(crate) retries: u32,
    /// What is worth another attempt.
    pub(crate) retry_on: Vec<RetryOn>,
    /// How long the first byte of an answer may take.
    pub(crate) read_timeout: Duration,
    /// How long everything may take.
    pub(crate) total_timeout: Duration,
}

/// The reasons to try again that `rp` can name; `all` names them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryOn {
    /// No connection.
    Connect,
    /// No answer in time.
    Read,
    /// A status of 400 to 499.
    ClientError,
    /// A status of 500 to 599.
    ServerError,
}

const LONGEST: u64 = 15_000;

impl Default for Overrides {
    fn default() -> Self {
        Self {
            retries: 1,
            retry_on: vec![RetryOn::Connect],
            read_timeout: Duration::from_millis(LONGEST),
            total_timeout: Duration::from_millis(LONGEST),
        }
    }
}

impl Overrides {
    /// What the URL's fragment asks for; what is not understood or out of its range keeps the default.
    pub(crate) fn of_url(url: &str) -> Self {
        let mut overrides = Self::default();
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        for (key, value) in fragment.split('&').filter_map(|pair| pair.split_once('=')) {
            overrides.set(key, value);
        }
        overrides
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "rc" => self.retries = in_range(value, 0, 5).map_or(self.retries, |count| count as u32),
            "rp" => self.retry_on = value.split(',').flat_map(policies).copied().collect(),
            "rt" => self.read_timeout = milliseconds(value).unwrap_or(self.read_timeout),
            "tt" => self.total_timeout = milliseconds(value).unwrap_or(self.total_timeout),
            _ => {}
        }
    }
}

fn policies(name: &str) -> &'static [RetryOn] {
    use RetryOn::{ClientError, Connect, Read, ServerError};
    match name {
        "ct" => &[Connect],
        "rt" => &[Read],
        "4xx" => &[ClientError],
        "5xx" => &[ServerError],
        "all" => &[Connect, Read, ClientError, ServerError],
        _ => &[],
    }
}

fn milliseconds(value: &str) -> Option<Duration> {
    in_range(value, 100, LONGEST).map(Duration::from_millis)
}

fn in_range(value: &str, least: u64, most: u64) -> Option<u64> {
    value.parse().ok().filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragment_is_read_as_documented() {
        use RetryOn::{ClientError, Connect, Read, ServerError};
        for (url, retries, retry_on) in [
            ("https://h/a", 1, vec![Connect]),
            ("https://h/a#rc=5&rp=all", 5, vec![Connect, Read, ClientError, ServerError]),
            ("https://h/a#rc=2&rp=5xx,rt", 2, vec![ServerError, Read]),
            ("https://h/a#rc=6", 1, vec![Connect]),
            ("https://h/a?rc=3", 1, vec![Connect]),
            ("https://h/a#rc=0&e=dublin&sni=n", 0, vec![Connect]),
        ] {
            let overrides = Overrides::of_url(url);
            assert_eq!((overrides.retries, overrides.retry_on), (retries, retry_on), "{url}");
        }
    }

    #[test]
    fn time_outs_stay_within_fifteen_seconds() {
        let overrides = Overrides::of_url("https://h/a#rt=200&tt=60000");
        assert_eq!(overrides.read_timeout, Duration::from_millis(200));
        assert_eq!(overrides.total_timeout, Duration::from_secs(15));
    }
}
