use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use crc_fast::{CrcAlgorithm, Digest};
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::Incoming;

/// What one request brought, as it came off the wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Blob {
    pieces: Vec<Bytes>,
    /// In the encoding `aws-chunked`, which is taken off only when somebody looks.
    chunked: bool,
    /// Of the content: an encoded body says it.
    pub(super) length: u64,
    pub(super) crc64nvme: u64,
}

impl Blob {
    /// The checksum is added up of whatever comes, so that this costs everybody the same.
    pub(super) async fn receive(headers: &HeaderMap, mut body: Incoming) -> Result<Self, hyper::Error> {
        let mut crc = Digest::new(CrcAlgorithm::Crc64Nvme);
        let mut blob = Self::default();
        while let Some(frame) = body.frame().await {
            if let Ok(piece) = frame?.into_data() {
                crc.update(&piece);
                blob.length += piece.len() as u64;
                blob.pieces.push(piece);
            }
        }
        blob.crc64nvme = crc.finalize();
        let said = headers.get("x-amz-decoded-content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(length) = said {
            (blob.chunked, blob.length) = (true, length);
        }
        Ok(blob)
    }

    pub(super) fn of(content: Bytes) -> Self {
        let crc64nvme = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, &content);
        Self { length: content.len() as u64, crc64nvme, chunked: false, pieces: vec![content] }
    }

    /// The content.
    pub(super) fn bytes(&self) -> Bytes {
        let mut raw = BytesMut::with_capacity(self.pieces.iter().map(Bytes::len).sum());
        for piece in &self.pieces {
            raw.extend_from_slice(piece);
        }
        if self.chunked { unchunked(&raw) } else { raw.freeze() }
    }
}

/// As S3 writes a CRC64NVME.
pub(super) fn written(crc64nvme: u64) -> String {
    BASE64_STANDARD.encode(crc64nvme.to_be_bytes())
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
fn unchunked(mut raw: &[u8]) -> Bytes {
    let mut content = BytesMut::new();
    loop {
        let line = raw.windows(2).position(|pair| pair == b"\r\n").unwrap_or(raw.len());
        let size = raw[..line].split(|byte| *byte == b';').next().and_then(|size| std::str::from_utf8(size).ok());
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok()).unwrap_or_default();
        let start = line + 2;
        match raw.get(start..start + size) {
            Some(chunk) if size > 0 => content.extend_from_slice(chunk),
            _ => return content.freeze(),
        }
        raw = raw.get(start + size + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_and_trailers_left_out() {
        let raw = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(unchunked(raw), b"hello world".as_slice());
    }
}
