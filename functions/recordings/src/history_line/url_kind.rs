use crate::object_key::AudioKey;

/// What the URL in the line of a recording that is in the bucket is, `RECORDING_URL_KIND`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlKind {
    /// The permanent link. It asks for no login, can be revoked, and every use of it is traced.
    Link,
    /// An S3 URL that is signed when the line is written, and ends within the hour.
    Signed,
    /// The S3 URL itself, which whoever has it may read for as long as the audio is kept.
    Public,
}

impl UrlKind {
    /// Reads `RECORDING_URL_KIND`.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "link" => Ok(Self::Link),
            "signed" => Ok(Self::Signed),
            "public" => Ok(Self::Public),
            _ => Err("expected link, signed or public"),
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Signed => "signed",
            Self::Public => "public",
        }
    }

    /// The kind once `RECORDING_PUBLIC_URL` was looked at, which is another way to say `public`.
    ///
    /// # Errors
    /// When the two contradict each other.
    pub fn or_public(self, public: bool) -> Result<Self, &'static str> {
        match (public, self) {
            (false, kind) => Ok(kind),
            (true, Self::Link | Self::Public) => Ok(Self::Public),
            (true, Self::Signed) => Err("RECORDING_URL_KIND is signed, which is not public"),
        }
    }
}

/// Where the bucket is for everybody, as plain URLs name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicBucket(String);

impl PublicBucket {
    /// A bucket at AWS. A dot in its name would break the certificate, and moves the name into the path.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
    pub fn at_aws(bucket: &str, region: &str) -> Self {
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        Self(match bucket.contains('.') {
            true => format!("https://s3.{region}.{suffix}/{bucket}"),
            false => format!("https://{bucket}.s3.{region}.{suffix}"),
        })
    }

    /// A bucket at another place that speaks S3.
    pub fn at_endpoint(endpoint: &str, bucket: &str) -> Self {
        Self(format!("{}/{bucket}", endpoint.trim_end_matches('/')))
    }

    /// Its origin, as browsers compare it.
    pub fn origin(&self) -> &str {
        let host = self.0.find("://").map_or(0, |scheme| scheme + "://".len());
        self.0[host..].find('/').map_or(&self.0, |path| &self.0[..host + path])
    }

    /// The URL of audio. Its key is made of checked ids, no character of which means anything in a URL.
    pub fn url(&self, key: &AudioKey) -> String {
        format!("{}/{key}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Container;
    use crate::object_key::AudioPrefix;
    use crate::recording::{Provider, RecordingRef};

    #[test]
    fn a_kind_is_read_and_may_be_called_public_in_two_ways() {
        for kind in [UrlKind::Link, UrlKind::Signed, UrlKind::Public] {
            assert_eq!(UrlKind::parse(kind.as_str()), Ok(kind));
            assert_eq!(kind.or_public(false), Ok(kind));
        }
        assert!(UrlKind::parse("LINK").is_err() && UrlKind::parse("").is_err());
        assert_eq!(UrlKind::Link.or_public(true), Ok(UrlKind::Public));
        assert_eq!(UrlKind::Public.or_public(true), Ok(UrlKind::Public));
        assert!(UrlKind::Signed.or_public(true).is_err());
    }

    #[test]
    fn a_public_url_leads_to_the_object() {
        let call = "CA0123456789abcdef0123456789abcdef";
        let id = "RE0123456789abcdef0123456789abcdef";
        let recording = RecordingRef::parse("acme", Provider::Twilio, call, id).unwrap();
        let prefix = AudioPrefix::parse("recordings/").unwrap();
        let job = "JOB-4.5_6".parse().unwrap();
        let key = prefix.audio_key(&recording, "2024-03-15T14:30:22Z".parse().unwrap(), Some(&job), Container::Mp3);
        let path = format!("recordings/acme/2024/03/15/{call}-JOB-4.5_6.mp3");
        for (bucket, base) in [
            (PublicBucket::at_aws("calls", "eu-central-1"), "https://calls.s3.eu-central-1.amazonaws.com"),
            (PublicBucket::at_aws("calls", "cn-north-1"), "https://calls.s3.cn-north-1.amazonaws.com.cn"),
            (PublicBucket::at_aws("acme.calls", "us-east-1"), "https://s3.us-east-1.amazonaws.com/acme.calls"),
            (PublicBucket::at_endpoint("http://localhost:4566/", "calls"), "http://localhost:4566/calls"),
        ] {
            let url = bucket.url(&key);
            assert_eq!(url, format!("{base}/{path}"));
            let parsed = url::Url::parse(&url).unwrap();
            assert_eq!(parsed.as_str(), url, "nothing of it needs an escape");
            assert_eq!(bucket.origin(), parsed.origin().ascii_serialization());
        }
    }
}
