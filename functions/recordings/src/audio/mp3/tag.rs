//! The metadata that is allowed around MPEG frames: ID3v2 before or behind them, ID3v1 and APE behind them.

/// Bytes with which a tag, like a frame, is recognised.
pub(super) const MARKER_LEN: usize = 4;

/// Bytes of an ID3v1 tag.
pub(super) const ID3V1_LEN: u64 = 128;

/// Bytes of an ID3v2 header.
pub(super) const ID3V2_HEADER_LEN: usize = 10;

/// Bytes of an APE tag's header, and of its footer.
pub(super) const APE_HEADER_LEN: usize = 32;

/// A kind of tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Id3v1,
    Id3v2,
    Ape,
}

impl Tag {
    const ALL: [(Self, &'static [u8]); 3] = [(Self::Id3v1, b"TAG"), (Self::Id3v2, b"ID3"), (Self::Ape, b"APET")];

    /// The tag that begins with these bytes.
    pub(super) fn starting(bytes: &[u8]) -> Option<Self> {
        Self::ALL.iter().find(|(_, marker)| bytes.starts_with(marker)).map(|(tag, _)| *tag)
    }

    /// Whether a tag can begin with these bytes, of which the rest never came.
    pub(super) fn could_start(bytes: &[u8]) -> bool {
        Self::ALL.iter().any(|(_, marker)| marker.starts_with(bytes) || bytes.starts_with(marker))
    }
}

/// How many bytes follow the header of an ID3v2 tag, given the header behind its marker (id3.org, id3v2.4.0-structure,
/// section 3.1); `None` if it is none.
///
/// The size is written seven bits to a byte, so that no frame sync can occur in it, and leaves out the footer.
pub(super) fn id3v2_rest(header: [u8; ID3V2_HEADER_LEN - MARKER_LEN]) -> Option<u64> {
    const HAS_FOOTER: u8 = 0x10;
    let [revision, flags, size @ ..] = header;
    if revision == 0xFF || size.iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let size = size.iter().fold(0, |size, &byte| size << 7 | u64::from(byte));
    let footer = if flags & HAS_FOOTER == 0 { 0 } else { ID3V2_HEADER_LEN as u64 };
    Some(size + footer)
}

/// How many bytes follow the header of an APE tag, given the header behind its marker; `None` if it is none.
///
/// The size counts the items and the footer. A footer met where a header should be ends a tag without items.
pub(super) fn ape_rest(header: [u8; APE_HEADER_LEN - MARKER_LEN]) -> Option<u64> {
    const IS_HEADER: u32 = 1 << 29;
    let [b'A', b'G', b'E', b'X', _, _, _, _, s0, s1, s2, s3, _, _, _, _, f0, f1, f2, f3, ..] = header else {
        return None;
    };
    let size = u32::from_le_bytes([s0, s1, s2, s3]);
    let is_header = u32::from_le_bytes([f0, f1, f2, f3]) & IS_HEADER != 0;
    Some(if is_header { u64::from(size) } else { 0 })
}
