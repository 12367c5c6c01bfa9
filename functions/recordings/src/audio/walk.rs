//! Pushes pieces of any size through a walker that thinks in headers and payloads.

use super::{AudioFacts, NotAudio};

/// The longest header a walker may ask for.
const HEADER_MAX: usize = 255;

/// Knows a container's structure: what each header says, and how far away the next one is.
pub(super) trait Walk {
    /// How many bytes the first header has.
    const FIRST: usize;

    /// Reads one header, complete, which began at byte `at` of the file.
    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio>;

    /// Sees the next bytes of the payload that is being passed; most walkers need not look.
    fn payload(&mut self, _bytes: &[u8]) {}

    /// Says what the file is, now that it has ended.
    fn finish(self, end: End<'_>) -> Result<AudioFacts, NotAudio>;
}

/// What a walker wants after a header: to let a payload pass, and then to read the next header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    /// Bytes of payload before the next header; [`u64::MAX`] for all that follow.
    pub(super) pass: u64,
    /// Bytes of the next header, from one to 255.
    pub(super) then: usize,
}

/// How the file ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    /// Bytes of the last payload that never came.
    pub(super) missing: u64,
    /// The bytes of the next header that did come, fewer than it has.
    pub(super) partial: &'a [u8],
    /// Where those bytes begin.
    pub(super) at: u64,
}

impl End<'_> {
    /// Whether the file ended in the middle of something.
    pub(super) fn cuts(&self) -> bool {
        self.missing > 0 || !self.partial.is_empty()
    }
}

/// Leads a walker through the file: collects its headers across pieces and counts its payloads down.
#[derive(Debug)]
pub(super) struct Reader<W> {
    walker: W,
    next: Next,
    gathered: [u8; HEADER_MAX],
    gathered_len: usize,
    at: u64,
}

impl<W: Walk> Reader<W> {
    pub(super) fn new(walker: W) -> Self {
        let next = Next { pass: 0, then: W::FIRST };
        Self { walker, next, gathered: [0; HEADER_MAX], gathered_len: 0, at: 0 }
    }

    /// Takes the next bytes of the file. After an error, nothing more may be fed.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), NotAudio> {
        while !bytes.is_empty() {
            bytes = if self.next.pass > 0 { self.pass(bytes) } else { self.gather(bytes)? };
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<AudioFacts, NotAudio> {
        let partial = &self.gathered[..self.gathered_len];
        self.walker.finish(End { missing: self.next.pass, partial, at: self.at })
    }

    fn pass<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let len = usize::try_from(self.next.pass).map_or(bytes.len(), |pass| pass.min(bytes.len()));
        let (payload, rest) = bytes.split_at(len);
        self.walker.payload(payload);
        self.next.pass -= len as u64;
        self.at += len as u64;
        rest
    }

    fn gather<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], NotAudio> {
        let wanted = self.next.then;
        if self.gathered_len == 0 && bytes.len() >= wanted {
            let (header, rest) = bytes.split_at(wanted);
            self.next = self.walker.header(header, self.at)?;
            self.at += wanted as u64;
            return Ok(rest);
        }
        let (more, rest) = bytes.split_at(bytes.len().min(wanted - self.gathered_len));
        self.gathered[self.gathered_len..][..more.len()].copy_from_slice(more);
        self.gathered_len += more.len();
        if self.gathered_len == wanted {
            self.next = self.walker.header(&self.gathered[..wanted], self.at)?;
            self.gathered_len = 0;
            self.at += wanted as u64;
        }
        Ok(rest)
    }
}
