use std::collections::VecDeque;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt, TryFutureExt};
use recordings::audio::{Measured, Measurement, NotAudio, Probe};
use recordings::ports::{FetchError, OpenedAudio, StoppedAt};

use super::CopyError;
use super::parts::PART_BYTES;

/// Up to this announced size a recording is held whole and sent at once: what parts on their way hold too, for a request
/// in place of five or six.
const ANNOUNCED_AT_ONCE: usize = 3 * PART_BYTES;
/// The same of a size that is not said. What turns out to be longer is still held when parts of it are on their way.
const UNANNOUNCED_AT_ONCE: usize = 8 * 1024 * 1024;

/// The provider's bytes as they arrive: measured once, while the next are on the wire, and held only until they are sent on.
pub(super) struct Intake<B> {
    body: B,
    announced: Option<u64>,
    version: Option<String>,
    received: u64,
    held: BytesMut,
    ended: bool,
    broke_off: Option<CopyError>,
    /// Of all that was received.
    measurement: Measurement,
    /// As it was behind each part, from the last that was given away on.
    behind_parts: VecDeque<Measurement>,
}

impl<B: Stream<Item = Result<Bytes, FetchError>> + Unpin> Intake<B> {
    pub(super) fn new(opened: OpenedAudio<B>) -> Self {
        Self::going_on(opened, Measurement::new())
    }

    /// The rest of audio whose beginning was measured before.
    pub(super) fn going_on(opened: OpenedAudio<B>, measurement: Measurement) -> Self {
        Self {
            body: opened.body,
            announced: opened.announced_bytes,
            version: opened.version,
            received: measurement.bytes(),
            held: BytesMut::new(),
            ended: false,
            broke_off: None,
            behind_parts: VecDeque::from([measurement.clone()]),
            measurement,
        }
    }

    /// Reads until `wanted` bytes are held or the audio ends, and shows what is held.
    pub(super) async fn fill(&mut self, wanted: usize) -> Result<&[u8], CopyError> {
        if self.held.len() < wanted
            && let Some(error) = self.broke_off.take()
        {
            return Err(error);
        }
        self.make_room(wanted);
        while !self.ended && self.held.len() < wanted {
            match self.body.next().await {
                Some(chunk) => self.take_in(&chunk?)?,
                None => self.end()?,
            }
        }
        Ok(&self.held)
    }

    /// Lets audio come in while something else is waited for. How it failed is what the next fill tells.
    pub(super) async fn fill_during<T>(&mut self, other: impl Future<Output = T>) -> T {
        let (filled, done) = {
            let filling = pin!(self.fill(self.wanted_first()).map_ok(drop));
            match select(pin!(other), filling).await {
                Either::Left((done, _)) => (Ok(()), done),
                Either::Right((filled, other)) => (filled, other.await),
            }
        };
        if let Err(error) = filled {
            self.broke_off = Some(error);
        }
        done
    }

    /// Whether it is small enough to be held whole, as far as its size is said.
    pub(super) fn may_go_at_once(&self) -> bool {
        self.announced.is_none_or(|bytes| bytes <= ANNOUNCED_AT_ONCE as u64)
    }

    /// What has to be held before the first byte is sent on: with luck, all of it.
    pub(super) fn wanted_first(&self) -> usize {
        match self.announced {
            Some(_) if self.may_go_at_once() => ANNOUNCED_AT_ONCE + 1,
            Some(_) => PART_BYTES,
            None => UNANNOUNCED_AT_ONCE + 1,
        }
    }

    /// Whether parts can be made of what came before the audio broke off. The error comes back behind the last of them.
    pub(super) fn leaves_parts(&mut self, error: CopyError) -> Result<(), CopyError> {
        let is_known_again = self.announced.is_some() || self.version.is_some();
        if self.held.len() < PART_BYTES || !is_known_again || !error.leaves_parts_of_use() {
            return Err(error);
        }
        self.broke_off = Some(error);
        Ok(())
    }

    /// Gives away what is held, `most` bytes at the most.
    pub(super) fn hand_over(&mut self, most: usize) -> Bytes {
        let most = most.min(self.held.len());
        let given = self.held.split_to(most).freeze();
        let behind = self.received - self.held.len() as u64;
        while self.behind_parts.get(1).is_some_and(|next| next.bytes() <= behind) {
            self.behind_parts.pop_front();
        }
        given
    }

    /// What was measured of the parts that were given away, or of everything, and where the provider's audio goes on behind.
    pub(super) fn mark(&self) -> (Measurement, StoppedAt) {
        let behind_part = self.behind_parts.front().filter(|_| !self.held.is_empty());
        let measurement = behind_part.unwrap_or(&self.measurement).clone();
        let stopped =
            StoppedAt { offset: measurement.bytes(), announced_bytes: self.announced, version: self.version.clone() };
        (measurement, stopped)
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
    pub(super) fn measured(&self) -> Measured {
        self.measurement.clone().finish()
    }

    /// Whether what is held is no more than a part.
    pub(super) fn fits_a_part(&self) -> bool {
        self.held.len() <= PART_BYTES
    }

    /// All that is held, which may have to be taken back.
    pub(super) fn lend(&mut self) -> Bytes {
        std::mem::take(&mut self.held).freeze()
    }

    /// Holds again what was lent; as the same memory, where nobody else has it any more.
    pub(super) fn take_back(&mut self, lent: Bytes) {
        self.held = BytesMut::from(lent);
    }

    /// Why bytes whose beginning is of no known kind are refused.
    pub(super) async fn refuse(mut self) -> CopyError {
        /// Enough to tell an error page from a damaged header.
        const ENOUGH: usize = 4_096;
        let mut probe = Probe::new();
        match self.fill(ENOUGH).await {
            Ok(beginning) => probe.feed(beginning),
            Err(error) => return error,
        }
        CopyError::NotAudio(probe.finish().err().unwrap_or(NotAudio::Unknown))
    }

    /// All of it at once: a buffer that grows by doubling is left half empty, for every part that is on the wire.
    fn make_room(&mut self, wanted: usize) {
        /// What the last chunk may hold beyond what is wanted.
        const CHUNK: usize = 512 * 1024;
        if self.ended || self.held.len() >= wanted {
            return;
        }
        let to_come =
            self.announced.and_then(|announced| usize::try_from(announced.saturating_sub(self.received)).ok());
        let room = wanted.saturating_add(CHUNK).saturating_sub(self.held.len());
        self.held.reserve(room.min(to_come.unwrap_or(usize::MAX)));
    }

    fn take_in(&mut self, chunk: &Bytes) -> Result<(), CopyError> {
        self.received += chunk.len() as u64;
        self.held.extend_from_slice(chunk);
        self.measure(chunk);
        match self.announced {
            Some(announced) if self.received > announced => self.wrong_size(announced),
            _ => Ok(()),
        }
    }

    fn measure(&mut self, mut chunk: &[u8]) {
        const PART: u64 = PART_BYTES as u64;
        loop {
            let behind_last = self.behind_parts.back().map_or(0, Measurement::bytes);
            let left = behind_last + PART - self.measurement.bytes();
            let Some((of_this, of_next)) = usize::try_from(left).ok().and_then(|left| chunk.split_at_checked(left))
            else {
                return self.measurement.feed(chunk);
            };
            self.measurement.feed(of_this);
            self.behind_parts.push_back(self.measurement.clone());
            chunk = of_next;
        }
    }

    fn end(&mut self) -> Result<(), CopyError> {
        match self.announced {
            Some(announced) if self.received != announced => self.wrong_size(announced),
            _ => {
                self.ended = true;
                Ok(())
            }
        }
    }

    fn wrong_size(&self, announced: u64) -> Result<(), CopyError> {
        Err(CopyError::CutShort { announced, received: self.received })
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
