//! Pushes pieces of any size through a walker that thinks in headers and payloads.

use serde::{Deserialize, Serialize};

use super::filled::Filled;
use super::{AudioFacts, NotAudio};

/// The longest header a walker may ask for.
const HEADER_MAX: usize = 255;

/// Knows a container's structure: what each header says, and how far away the next one is.
pub(super) trait Walk {
    /// How many bytes the first header has.
    const FIRST: usize;

    /// Reads one header, complete, which began at byte `at` of the file.
    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio>;

    /// Passes, where a header could begin, over as many whole headers with their payloads as need no reading, and says how many
    /// bytes they are. It makes a walk faster and changes nothing else.
    fn skim(&mut self, _bytes: &[u8]) -> usize {
        0
    }

    /// Sees the next bytes of the payload that is being passed; most walkers need not look.
    fn payload(&mut self, _bytes: &[u8]) {}

    /// Says what the file is, now that it has ended.
    fn finish(self, end: End<'_>) -> Result<AudioFacts, NotAudio>;
}

/// What a walker wants after a header: to let a payload pass, and then to read the next header.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(u64, u8)", into = "(u64, u8)")]
pub(super) struct Next {
    /// Bytes of payload before the next header; [`u64::MAX`] for all that follow.
    pub(super) pass: u64,
    /// Bytes of the next header, from one to 255.
    pub(super) then: usize,
}

impl From<Next> for (u64, u8) {
    fn from(next: Next) -> Self {
        (next.pass, u8::try_from(next.then).unwrap_or(u8::MAX))
    }
}

impl TryFrom<(u64, u8)> for Next {
    type Error = &'static str;

    fn try_from((pass, then): (u64, u8)) -> Result<Self, Self::Error> {
        if then == 0 { Err("a header of no bytes") } else { Ok(Self { pass, then: then.into() }) }
    }
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Reader<W> {
    walker: W,
    next: Next,
    gathered: Filled<HEADER_MAX>,
    at: u64,
}

impl<W: Walk> Reader<W> {
    pub(super) fn new(walker: W) -> Self {
        let next = Next { pass: 0, then: W::FIRST };
        Self { walker, next, gathered: Filled::new(), at: 0 }
    }

    /// Takes the next bytes of the file. After an error, nothing more may be fed.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), NotAudio> {
        while !bytes.is_empty() {
            bytes = if self.next.pass > 0 { self.pass(bytes) } else { self.gather(bytes)? };
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<AudioFacts, NotAudio> {
        self.walker.finish(End { missing: self.next.pass, partial: self.gathered.as_slice(), at: self.at })
    }

    /// The walker as it is now, wherever the file broke off.
    #[cfg(feature = "listening")]
    pub(super) fn into_walker(self) -> W {
        self.walker
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
        if self.gathered.len() == 0 && bytes.len() >= wanted {
            let (skimmed, bytes) = bytes.split_at(self.walker.skim(bytes));
            self.at += skimmed.len() as u64;
            if !skimmed.is_empty() {
                return Ok(bytes);
            }
            let (header, rest) = bytes.split_at(wanted);
            self.next = self.walker.header(header, self.at)?;
            self.at += wanted as u64;
            return Ok(rest);
        }
        let rest = self.gathered.take(bytes, wanted);
        if self.gathered.len() >= wanted {
            self.next = self.walker.header(self.gathered.as_slice(), self.at)?;
            self.gathered.clear();
            self.at += wanted as u64;
        }
        Ok(rest)
    }
}
