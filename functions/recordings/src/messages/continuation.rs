use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::audio::{Container, Measurement};
use crate::object_key::AudioKey;
use crate::ports::{AudioObject, Part, StoppedAt, Upload};
use crate::recording::RecordingRef;

/// How far a transfer came that another invocation goes on with: parts of an upload that are in the bucket, and the
/// place in the provider's audio behind the last of them.
///
/// It fits into a message: 10,000 parts, the most that S3 takes, are about half of the mebibyte that SQS lets through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continuation {
    /// The key that the upload is for.
    pub key: AudioKey,
    /// What the first bytes said the audio is.
    pub container: Container,
    /// S3's id of the upload.
    pub upload_id: String,
    /// The parts that were sent, in order, from the first, without a gap.
    #[serde(serialize_with = "shortly", deserialize_with = "from_short")]
    pub parts: Vec<Part>,
    /// Where the provider's audio goes on.
    pub stopped: StoppedAt,
    /// What was measured of the audio so far.
    pub measurement: Measurement,
    /// Whether the end of an invocation stopped it, rather than a failure.
    pub outlived: bool,
    /// Whether the audio comes from its legacy URL, and not from the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_legacy: bool,
}

impl Continuation {
    /// The upload that is under way.
    pub fn upload(&self, recording: &RecordingRef) -> Upload {
        let object = AudioObject { key: self.key.clone(), recording: recording.clone(), container: self.container };
        Upload { object, id: self.upload_id.clone() }
    }
}

pub(super) fn if_understood<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Box<Continuation>>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(d)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

/// One short text for each part, whose number is its place.
fn shortly<S: Serializer>(parts: &[Part], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(parts.iter().map(|part| format!("{} {}", part.crc64nvme, part.etag.trim_matches('"'))))
}

fn from_short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Part>, D::Error> {
    let short = Vec::<String>::deserialize(deserializer)?;
    let parts = short.iter().zip(1..).map(|(text, number)| {
        let (crc64nvme, etag) = text.split_once(' ')?;
        Some(Part { number, etag: format!("\"{etag}\""), crc64nvme: crc64nvme.to_owned() })
    });
    parts.collect::<Option<_>>().ok_or_else(|| serde::de::Error::custom("a part without an entity tag"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::crc64nvme;
    use crate::messages::TransferRequest;
    use crate::object_key::AudioPrefix;

    fn part(number: u32) -> Part {
        Part { number, etag: format!("\"{:032x}\"", u64::from(number) * 0x9e37_79b9), crc64nvme: crc64nvme(b"a part") }
    }

    fn request(parts: u32) -> TransferRequest {
        let event = include_str!("../../../../events/transfer-queue-one.json");
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        let mut request: TransferRequest = serde_json::from_str(event["Records"][0]["body"].as_str().unwrap()).unwrap();
        let prefix = AudioPrefix::parse("recordings/").unwrap();
        let key = prefix.audio_key(&request.recording, request.received_at, None, Container::Wav);
        let mut measurement = Measurement::new();
        measurement.feed(include_bytes!("../audio/fixtures/pcm16_8000_mono.wav"));
        request.continuation = Some(Box::new(Continuation {
            key,
            container: Container::Wav,
            upload_id: "u".repeat(128),
            parts: (1..=parts).map(part).collect(),
            stopped: StoppedAt { offset: 5, announced_bytes: Some(9), version: Some("\"v1\"".to_owned()) },
            measurement,
            outlived: true,
            from_legacy: false,
        }));
        request
    }

    #[test]
    fn the_most_parts_there_can_be_fit_into_a_message() {
        let request = request(10_000);
        let written = serde_json::to_string(&request).unwrap();
        assert!(written.len() < 600_000, "{} bytes", written.len());
        assert_eq!(serde_json::from_str::<TransferRequest>(&written).unwrap(), request);
    }

    #[test]
    fn a_continuation_that_is_not_understood_means_to_begin_anew() {
        let request = request(3);
        let mut written = serde_json::to_value(&request).unwrap();
        for other in [serde_json::json!({}), serde_json::json!("?"), serde_json::json!(null)] {
            written["continuation"] = other;
            assert_eq!(serde_json::from_value::<TransferRequest>(written.clone()).unwrap(), request.event());
        }
    }
}
