use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, Digest as Crc};
use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

use super::{AudioFacts, NotAudio, Probe};

/// Measures audio while it passes: size, checksums, frames. Serialised, it goes on elsewhere where it stopped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Measurement {
    bytes: u64,
    sha256: Sha256,
    crc64nvme: Crc,
    probe: Probe,
}

/// What was measured of audio that passed whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, lower-case hexadecimal.
    pub sha256: String,
    /// CRC64NVME of it, as S3 writes it.
    pub crc64nvme: String,
    /// What its frames say, or why they are not to be trusted.
    pub facts: Result<AudioFacts, NotAudio>,
}

impl Measurement {
    /// A measurement before the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: 0, sha256: Sha256::new(), crc64nvme: Crc::new(CrcAlgorithm::Crc64Nvme), probe: Probe::new() }
    }

    /// Takes the next bytes in.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
        self.crc64nvme.update(bytes);
        self.probe.feed(bytes);
    }

    /// The bytes that have passed so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What was measured, now that the audio has ended.
    #[must_use]
    pub fn finish(self) -> Measured {
        Measured {
            bytes: self.bytes,
            sha256: hex::encode(self.sha256.finalize()),
            crc64nvme: as_s3_writes_it(self.crc64nvme.finalize()),
            facts: self.probe.finish(),
        }
    }
}

impl Default for Measurement {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Measurement {
    fn eq(&self, other: &Self) -> bool {
        Written::from(self.clone()) == Written::from(other.clone())
    }
}

/// CRC64NVME of some bytes, as S3 writes it: base64 of eight bytes, big-endian.
#[must_use]
pub fn crc64nvme(bytes: &[u8]) -> String {
    as_s3_writes_it(crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes))
}

fn as_s3_writes_it(crc: u64) -> String {
    STANDARD.encode(crc.to_be_bytes())
}

/// More than the largest object that S3 takes, and few enough that no count of them overflows.
const MOST_BYTES: u64 = 1 << 50;
/// SHA-256 works on blocks of this size, and the state tells their number behind the eight words of the hash.
const BLOCK_BYTES: u64 = 64;
const BLOCKS_AT: usize = 32;

/// A measurement as it is written down. The hashes' states say nothing of the audio that its hashes would not.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    bytes: u64,
    sha256: String,
    crc64nvme: u64,
    probe: Probe,
}

impl From<Measurement> for Written {
    fn from(measurement: Measurement) -> Self {
        Self {
            bytes: measurement.bytes,
            sha256: STANDARD.encode(measurement.sha256.serialize()),
            crc64nvme: measurement.crc64nvme.get_state(),
            probe: measurement.probe,
        }
    }
}

impl TryFrom<Written> for Measurement {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        const NO_STATE: &str = "not the state of a SHA-256";
        let state = STANDARD.decode(written.sha256).map_err(|_| NO_STATE)?;
        let blocks = state.get(BLOCKS_AT..BLOCKS_AT + 8).and_then(|blocks| blocks.try_into().ok());
        if written.bytes > MOST_BYTES || blocks.map(u64::from_le_bytes) != Some(written.bytes / BLOCK_BYTES) {
            return Err("not the state of a SHA-256 of so many bytes");
        }
        let state = SerializedState::<Sha256>::try_from(&state[..]).map_err(|_| NO_STATE)?;
        Ok(Self {
            bytes: written.bytes,
            sha256: <Sha256 as SerializableState>::deserialize(&state).map_err(|_| NO_STATE)?,
            crc64nvme: Crc::new_with_init_state(CrcAlgorithm::Crc64Nvme, written.crc64nvme),
            probe: written.probe,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAV: &[u8] = include_bytes!("fixtures/pcm16_8000_mono.wav");

    fn measured(pieces: &[&[u8]]) -> Measured {
        let mut measurement = Measurement::new();
        pieces.iter().for_each(|piece| measurement.feed(piece));
        measurement.finish()
    }

    #[test]
    fn checksums_are_the_published_ones() {
        let checked = measured(&[b"12345", b"6789"]);
        assert_eq!(checked.bytes, 9);
        assert_eq!(checked.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
        // Check value of CRC-64/NVME in the NVM Express specification.
        assert_eq!(checked.crc64nvme, STANDARD.encode(0xAE8B_1486_0A79_9888_u64.to_be_bytes()));
        assert_eq!(crc64nvme(b"123456789"), checked.crc64nvme);
    }

    proptest! {
        #[test]
        fn a_measurement_goes_on_elsewhere_from_any_byte(cut in 0..=WAV.len(), again in 0..=WAV.len()) {
            let (first, last) = (cut.min(again), cut.max(again));
            let mut measurement = Measurement::new();
            for piece in [&WAV[..first], &WAV[first..last], &WAV[last..]] {
                measurement.feed(piece);
                let written = serde_json::to_string(&measurement).unwrap();
                let read: Measurement = serde_json::from_str(&written).unwrap();
                prop_assert_eq!(&read, &measurement);
                measurement = read;
            }
            prop_assert_eq!(measurement.bytes(), WAV.len() as u64);
            prop_assert_eq!(measurement.finish(), measured(&[WAV]));
        }
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let written = serde_json::to_value(Measurement::new()).unwrap();
        for sha256 in ["", "AAAA", "%", &"A".repeat(140)] {
            let mut other = written.clone();
            other["sha256"] = sha256.into();
            assert!(serde_json::from_value::<Measurement>(other).is_err(), "{sha256}");
        }
    }

    #[test]
    fn a_state_of_another_number_of_bytes_is_refused() {
        let mut measurement = Measurement::new();
        measurement.feed(&WAV[..1_000]);
        let written = serde_json::to_value(&measurement).unwrap();
        for bytes in [0, 900, 2_000, MOST_BYTES, u64::MAX] {
            let mut other = written.clone();
            other["bytes"] = bytes.into();
            assert!(serde_json::from_value::<Measurement>(other).is_err(), "{bytes}");
        }
        let mut endless = STANDARD.decode(written["sha256"].as_str().unwrap()).unwrap();
        endless[BLOCKS_AT..BLOCKS_AT + 8].fill(0xff);
        for bytes in [1_000, u64::MAX] {
            let mut other = written.clone();
            other["sha256"] = STANDARD.encode(&endless).into();
            other["bytes"] = bytes.into();
            assert!(serde_json::from_value::<Measurement>(other).is_err(), "{bytes}");
        }
    }
}
