//! An upload in parts, as far as it is, in bounded memory.

use std::collections::VecDeque;
use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use recordings::audio::{Measurement, crc64nvme};
use recordings::messages::Continuation;
use recordings::ports::{AudioStore, FetchError, Part, Put, StoppedAt, Upload};

use super::CopyError;
use super::intake::Intake;
use super::send::Judged;
use super::verdict::Limits;
use crate::Ports;

/// The smallest part that S3 takes; 10,000 of them are 48 GiB, which is months of talk.
pub(super) const PART_BYTES: usize = 5 * 1024 * 1024;
/// Parts on the wire at a time; together with the one that fills they are the memory bound.
const PARTS_IN_FLIGHT: usize = 2;

/// The provider's audio on its way into an upload.
pub(super) struct Parts<B> {
    pub(super) upload: Upload,
    /// Whether the provider is ahead, and the bucket is what everything waits for.
    pub(super) waits_for_the_bucket: bool,
    intake: Intake<B>,
    sent: Vec<Part>,
    last: u32,
    /// How things stood behind each of the last parts. At most as many parts as are in flight can lack among them.
    marks: VecDeque<Mark>,
}

struct Mark {
    part: u32,
    measurement: Measurement,
    stopped: StoppedAt,
}

impl<B: Stream<Item = Result<Bytes, FetchError>> + Unpin> Parts<B> {
    /// Before the first part.
    pub(super) fn new(upload: Upload, intake: Intake<B>) -> Self {
        Self { upload, waits_for_the_bucket: false, intake, sent: Vec::new(), last: 0, marks: VecDeque::new() }
    }

    /// Behind the parts of an earlier try.
    pub(super) fn going_on(upload: Upload, intake: Intake<B>, sent: Vec<Part>) -> Self {
        let last = sent.last().map_or(0, |part| part.number);
        let mut parts = Self { last, sent, ..Self::new(upload, intake) };
        parts.mark();
        parts
    }

    /// Sends what is left, and makes the parts one object if they are found right.
    pub(super) async fn send(&mut self, ports: &impl Ports, limits: &Limits) -> Result<(Put, Judged), CopyError> {
        self.send_parts(ports).await?;
        self.sent.sort_by_key(|part| part.number);
        let (measurement, _) = self.intake.mark();
        let judged = limits.judge(self.upload.object.container, &measurement.finish())?;
        let audio = &judged.0;
        let done = ports.audio().complete(&self.upload, &self.sent, audio.bytes, &audio.crc64nvme).await;
        Ok((done.map_err(CopyError::Store)?, judged))
    }

    async fn send_parts(&mut self, ports: &impl Ports) -> Result<(), CopyError> {
        let upload = self.upload.clone();
        let mut in_flight = FuturesUnordered::new();
        while !self.intake.is_drained() {
            self.waits_for_the_bucket = false;
            let filled = fill_while_sending(&mut self.intake, &mut in_flight, &mut self.sent).await;
            if let Err(broke_off) = filled {
                // What was handed over already is worth its way: another try goes on behind it.
                let others: Vec<_> = in_flight.collect().await;
                self.sent.extend(others.into_iter().filter_map(Result::ok));
                return Err(broke_off);
            }
            let body = self.intake.hand_over(PART_BYTES);
            if body.is_empty() {
                break;
            }
            self.last += 1;
            self.mark();
            in_flight.push(one_part(ports, &upload, self.last, body));
            self.waits_for_the_bucket = true;
            while in_flight.len() >= PARTS_IN_FLIGHT {
                self.sent.extend(in_flight.next().await.transpose()?);
            }
        }
        self.waits_for_the_bucket = true;
        while let Some(part) = in_flight.next().await {
            self.sent.push(part?);
        }
        Ok(())
    }

    fn mark(&mut self) {
        let (measurement, stopped) = self.intake.mark();
        self.marks.push_back(Mark { part: self.last, measurement, stopped });
        if self.marks.len() > PARTS_IN_FLIGHT + 1 {
            self.marks.pop_front();
        }
    }

    /// What another try can go on with: the parts without a gap, if there are any, and if the provider's audio can be known
    /// again.
    pub(super) fn so_far(mut self, outlived: bool) -> Option<Continuation> {
        self.sent.sort_by_key(|part| part.number);
        let parts: Vec<Part> = self
            .sent
            .into_iter()
            .zip(1..)
            .take_while(|(part, place)| part.number == *place)
            .map(|(part, _)| part)
            .collect();
        let last = parts.last()?.number;
        let mark = self.marks.into_iter().find(|mark| mark.part == last)?;
        let is_known_again = mark.stopped.version.is_some() || mark.stopped.announced_bytes.is_some();
        if !is_known_again {
            return None;
        }
        Some(Continuation {
            key: self.upload.object.key,
            container: self.upload.object.container,
            upload_id: self.upload.id,
            parts,
            stopped: mark.stopped,
            measurement: mark.measurement,
            outlived,
            from_legacy: false,
        })
    }
}

/// Parts go out while the next one comes in, so that neither side waits for the other.
async fn fill_while_sending<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    intake: &mut Intake<B>,
    in_flight: &mut FuturesUnordered<impl Future<Output = Result<Part, CopyError>>>,
    sent: &mut Vec<Part>,
) -> Result<(), CopyError> {
    let mut filling = pin!(intake.fill(PART_BYTES));
    while !in_flight.is_empty() {
        match select(filling.as_mut(), in_flight.next()).await {
            Either::Left((filled, _)) => return filled.map(drop),
            Either::Right((part, _)) => sent.extend(part.transpose()?),
        }
    }
    filling.await.map(drop)
}

async fn one_part(ports: &impl Ports, upload: &Upload, number: u32, body: Bytes) -> Result<Part, CopyError> {
    let crc = crc64nvme(&body);
    ports.audio().part(upload, number, body, &crc).await.map_err(CopyError::Store)
}
