//! The header of an Ogg page (RFC 3533, section 6).

use serde::{Deserialize, Serialize};

use super::crc;

/// Bytes of a page header before its segment table.
pub(super) const PAGE_HEADER_LEN: usize = 27;

/// A page that is passing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Page {
    /// Where it begins in the file.
    pub(super) at: u64,
    pub(super) begins_stream: bool,
    pub(super) ends_stream: bool,
    /// Samples of the stream up to the end of this page; `None` if no packet ends on it.
    pub(super) granule: Option<u64>,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    pub(super) segments: u8,
    /// The checksum that it should have, and that of the bytes so far.
    announced_crc: u32,
    crc: u32,
}

impl Page {
    /// Reads a page header, or says what is wrong with it.
    pub(super) fn parse(header: &[u8], at: u64) -> Result<Self, &'static str> {
        let Some((header, [])) = header.split_first_chunk::<PAGE_HEADER_LEN>() else {
            return Err(NO_PAGE);
        };
        let [b'O', b'g', b'g', b'S', version, flags, rest @ ..] = header else {
            return Err(NO_PAGE);
        };
        let [g0, g1, g2, g3, g4, g5, g6, g7, s0, s1, s2, s3, n0, n1, n2, n3, c0, c1, c2, c3, segments] = *rest;
        if *version != 0 || *flags > 0b111 {
            return Err("an Ogg page of unknown version");
        }
        let granule = match i64::from_le_bytes([g0, g1, g2, g3, g4, g5, g6, g7]) {
            -1 => None,
            granule => Some(u64::try_from(granule).map_err(|_| "an Ogg page at a negative position")?),
        };
        // The checksum is of the page with zeros in the checksum's place.
        let mut unsigned = *header;
        unsigned[22..26].fill(0);
        Ok(Self {
            at,
            begins_stream: flags & 0b010 != 0,
            ends_stream: flags & 0b100 != 0,
            granule,
            serial: u32::from_le_bytes([s0, s1, s2, s3]),
            sequence: u32::from_le_bytes([n0, n1, n2, n3]),
            segments,
            announced_crc: u32::from_le_bytes([c0, c1, c2, c3]),
            crc: crc::update(0, &unsigned),
        })
    }

    /// Checks the start of a page header of which the rest never came.
    pub(super) fn could_start(partial: &[u8]) -> Result<(), &'static str> {
        if CAPTURE.starts_with(partial) || partial.starts_with(CAPTURE) { Ok(()) } else { Err(NO_PAGE) }
    }

    /// Takes the next bytes of the page into its checksum.
    pub(super) fn sum(&mut self, bytes: &[u8]) {
        self.crc = crc::update(self.crc, bytes);
    }

    /// Whether the page, now complete, is as it was written.
    pub(super) fn is_sound(&self) -> bool {
        self.crc == self.announced_crc
    }
}

/// How every page begins.
const CAPTURE: &[u8] = b"OggS";

const NO_PAGE: &str = "not an Ogg page";
