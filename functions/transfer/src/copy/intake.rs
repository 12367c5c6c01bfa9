use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use crc_fast::{CrcAlgorithm, Digest as Crc};
use futures_util::{Stream, StreamExt};
use recordings::audio::Probe;
use recordings::ports::{FetchError, OpenedAudio};
use sha2::{Digest, Sha256};

use super::CopyError;
use super::verdict::Measured;

/// The provider's bytes as they arrive: measured once, held only until they are sent on.
pub(super) struct Intake<B> {
    body: B,
    announced: Option<u64>,
    received: u64,
    held: BytesMut,
    ended: bool,
    sha256: Sha256,
    crc: Crc,
    probe: Probe,
}

impl<B: Stream<Item = Result<Bytes, FetchError>> + Unpin> Intake<B> {
    pub(super) fn new(opened: OpenedAudio<B>) -> Self {
        Self {
            body: opened.body,
            announced: opened.announced_bytes,
            received: 0,
            held: BytesMut::new(),
            ended: false,
            sha256: Sha256::new(),
            crc: Crc::new(CrcAlgorithm::Crc64Nvme),
            probe: Probe::new(),
        }
    }

    /// Reads until `wanted` bytes are held or the audio ends, and shows what is held.
    pub(super) async fn fill(&mut self, wanted: usize) -> Result<&[u8], CopyError> {
        while !self.ended && self.held.len() < wanted {
            match self.body.next().await {
                Some(chunk) => self.take_in(&chunk?)?,
                None => self.end()?,
            }
        }
        Ok(&self.held)
    }

    /// Gives away what is held, `most` bytes at the most.
    pub(super) fn hand_over(&mut self, most: usize) -> Bytes {
        let most = most.min(self.held.len());
        self.held.split_to(most).freeze()
    }

    /// Whether everything was received and given away.
    pub(super) fn is_drained(&self) -> bool {
        self.ended && self.held.is_empty()
    }

    /// Whether the last byte was received.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What the provider said the size would be.
    pub(super) fn announced(&self) -> Option<u64> {
        self.announced
    }

    /// What was measured, once everything was received.
    pub(super) fn measured(self) -> Measured {
        Measured {
            bytes: self.received,
            sha256: hex::encode(self.sha256.finalize()),
            crc64nvme: encode_crc(self.crc.finalize()),
            facts: self.probe.finish(),
        }
    }

    /// Why bytes whose beginning is of no known kind are refused.
    pub(super) async fn refuse(mut self) -> CopyError {
        /// Enough to tell an error page from a damaged header.
        const ENOUGH: usize = 4_096;
        if let Err(error) = self.fill(ENOUGH).await {
            return error;
        }
        match self.probe.finish() {
            Err(what) => CopyError::NotAudio(what),
            Ok(_) => CopyError::NotAudio(recordings::audio::NotAudio::Unknown),
        }
    }

    fn take_in(&mut self, chunk: &Bytes) -> Result<(), CopyError> {
        self.received += chunk.len() as u64;
        self.sha256.update(chunk);
        self.crc.update(chunk);
        self.probe.feed(chunk);
        self.held.extend_from_slice(chunk);
        match self.announced {
            Some(announced) if self.received > announced => self.wrong_size(announced),
            _ => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), CopyError> {
        self.ended = true;
        match self.announced {
            Some(announced) if self.received != announced => self.wrong_size(announced),
            _ => Ok(()),
        }
    }

    fn wrong_size(&self, announced: u64) -> Result<(), CopyError> {
        Err(CopyError::CutShort { announced, received: self.received })
    }
}

/// CRC64NVME of some bytes, as S3 writes it.
pub(super) fn crc64nvme(bytes: &[u8]) -> String {
    encode_crc(crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes))
}

fn encode_crc(crc: u64) -> String {
    STANDARD.encode(crc.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// What is read of pieces of so many bytes, of which so many were announced.
    fn read(pieces: &[usize], announced: Option<u64>) -> Result<usize, CopyError> {
        let pieces: Vec<_> = pieces.iter().map(|bytes| Ok(Bytes::from(vec![7; *bytes]))).collect();
        let mut intake =
            Intake::new(OpenedAudio { announced_bytes: announced, version: None, body: stream::iter(pieces) });
        let filled = intake.fill(usize::MAX);
        futures_util::FutureExt::now_or_never(filled).unwrap().map(<[u8]>::len)
    }

    #[test]
    fn what_was_announced_must_come_no_more_and_no_less() {
        assert_eq!(read(&[4, 6], Some(10)).unwrap(), 10);
        assert_eq!(read(&[4, 6], None).unwrap(), 10);
        for (pieces, received) in [(&[4, 5][..], 9), (&[4, 8], 12), (&[], 0)] {
            let error = read(pieces, Some(10)).unwrap_err();
            let wrong = matches!(error, CopyError::CutShort { announced: 10, received: r } if r == received);
            assert!(wrong, "{pieces:?}: {error}");
        }
    }

    #[test]
    fn only_what_is_asked_for_is_held() {
        let pieces = stream::repeat_with(|| Ok(Bytes::from(vec![7; 100])));
        let mut intake = Intake::new(OpenedAudio { announced_bytes: None, version: None, body: pieces });
        for _ in 0..50 {
            let held = futures_util::FutureExt::now_or_never(intake.fill(1_000)).unwrap().unwrap().len();
            assert!((1_000..1_100).contains(&held), "{held}");
            assert_eq!(intake.hand_over(950).len(), 950);
        }
    }
}
