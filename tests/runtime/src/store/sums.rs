use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crc_fast::{CrcAlgorithm, Digest as Crc};
use sha2::{Digest, Sha256};

/// What is known of bytes that are not kept.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) bytes: u64,
    crc: Crc,
    sha256: Sha256,
}

impl Sums {
    pub(super) fn new() -> Self {
        Self { bytes: 0, crc: Crc::new(CrcAlgorithm::Crc64Nvme), sha256: Sha256::new() }
    }

    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut sums = Self::new();
        sums.add(bytes);
        sums
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.crc.update(bytes);
        self.sha256.update(bytes);
    }

    /// As S3 writes it: base64 of the eight bytes.
    pub(super) fn crc64nvme(&self) -> String {
        encoded(self.crc.finalize())
    }

    pub(super) fn sha256(&self) -> String {
        hex::encode(self.sha256.clone().finalize())
    }
}

/// CRC64NVME of some bytes, as S3 writes it.
pub(super) fn crc64nvme(bytes: &[u8]) -> String {
    encoded(crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes))
}

fn encoded(crc: u64) -> String {
    BASE64_STANDARD.encode(crc.to_be_bytes())
}
