use super::bucket::{Bucket, Condition};
use super::clients::Clients;
use crate::audio::Waveform;
use crate::object_key::ObjectKey;
use crate::ports::{PortError, WaveformRead, WaveformStore};
use crate::recording::RecordingRef;

/// One object per recording under `waveforms/`. IAM: `s3:PutObject` and `s3:GetObject` on `waveforms/*`, each where the
/// function uses that port, and `s3:ListBucket`, without which S3 calls an absent object forbidden.
#[derive(Debug, Clone)]
pub struct S3Waveforms {
    bucket: Bucket,
}

impl S3Waveforms {
    /// The waveforms in a bucket.
    pub fn new(clients: &Clients, bucket: &str) -> Self {
        Self { bucket: Bucket::new(clients, bucket) }
    }
}

impl WaveformStore for S3Waveforms {
    async fn put(&self, recording: &RecordingRef, waveform: &Waveform) -> Result<(), PortError> {
        let key = ObjectKey::Waveform(recording);
        self.bucket.put_json("s3 PutObject waveforms", &key, waveform, Condition::Anyway).await.map(drop)
    }
}

impl WaveformRead for S3Waveforms {
    async fn get(&self, recording: &RecordingRef) -> Result<Option<Waveform>, PortError> {
        let found = self.bucket.get_json("s3 GetObject waveforms", &ObjectKey::Waveform(recording)).await?;
        Ok(found.map(|found| found.content))
    }
}

#[cfg(test)]
#[path = "waveforms_tests.rs"]
mod tests;
