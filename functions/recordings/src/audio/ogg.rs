//! Ogg: pages one after another, each with a checksum, a number and the position that its stream has reached.
//!
//! A file holds one stream, or several in a chain; streams that run side by side are refused, as no recording has
//! them. A stream is taken to start at position zero: one that was cut out of a longer one would measure too long.

mod codec;
mod crc;
mod page;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::codec::{Codec, IDENTIFICATION_LEN};
use self::page::{PAGE_HEADER_LEN, Page};
use super::agreement::playing_time;
use super::walk::{End, Next, Walk};
use super::{AudioFacts, Container, NotAudio};

/// Walks from page to page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct OggWalk {
    state: State,
    /// The page that is passing.
    page: Option<Page>,
    /// The stream that is passing.
    stream: Option<Stream>,
    /// What the streams before it in the chain were.
    earlier: Option<Played>,
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
enum State {
    #[default]
    PageHeader,
    SegmentTable,
    /// The start of the first packet of a stream, on a page with a body of so many bytes.
    FirstPacket {
        body: u64,
    },
}

/// A stream, as far as its pages have passed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Stream {
    codec: Codec,
    serial: u32,
    next_sequence: u32,
    granule: u64,
    ended: bool,
}

/// What one stream or several in a chain are together; the first one's codec speaks for all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Played {
    codec: Codec,
    /// `None` if one of them cannot be measured.
    duration: Option<Duration>,
    any_samples: bool,
}

const NEXT_PAGE: Next = Next { pass: 0, then: PAGE_HEADER_LEN };

impl Walk for OggWalk {
    const FIRST: usize = PAGE_HEADER_LEN;

    fn header(&mut self, header: &[u8], at: u64) -> Result<Next, NotAudio> {
        let bad = |defect| NotAudio::BadFrame { offset: at, defect };
        match std::mem::take(&mut self.state) {
            State::PageHeader => {
                self.close_page()?;
                let page = Page::parse(header, at).map_err(bad)?;
                self.open_page(page).map_err(bad)
            }
            State::SegmentTable => {
                self.payload(header);
                self.open_body(header).map_err(bad)
            }
            State::FirstPacket { body } => {
                self.payload(header);
                self.open_stream(header).map_err(bad)?;
                Ok(Next { pass: body - header.len() as u64, ..NEXT_PAGE })
            }
        }
    }

    fn payload(&mut self, bytes: &[u8]) {
        if let Some(page) = &mut self.page {
            page.sum(bytes);
        }
    }

    fn finish(mut self, end: End<'_>) -> Result<AudioFacts, NotAudio> {
        let between_pages = matches!(self.state, State::PageHeader) && end.missing == 0;
        if between_pages {
            self.close_page()?;
            Page::could_start(end.partial).map_err(|defect| NotAudio::BadFrame { offset: end.at, defect })?;
        }
        let ended = self.stream.is_some_and(|stream| stream.ended);
        let played = self.played().filter(|played| played.any_samples).ok_or(NotAudio::NoAudioFrames)?;
        Ok(AudioFacts {
            container: Container::Ogg,
            duration: played.duration,
            channels: played.codec.channels(),
            sample_rate: played.codec.sample_rate(),
            ends_mid_frame: !between_pages || end.cuts() || !ended,
        })
    }
}

impl OggWalk {
    fn open_page(&mut self, page: Page) -> Result<Next, &'static str> {
        match &self.stream {
            Some(stream) if page.begins_stream && !stream.ended => return Err("an Ogg stream beside another"),
            _ if page.begins_stream && page.segments == 0 => return Err(NO_FIRST_PACKET),
            _ if page.begins_stream => {}
            Some(stream) if page.serial == stream.serial && !stream.ended => {
                if page.sequence != stream.next_sequence {
                    return Err("an Ogg page is missing before this one");
                }
            }
            _ => return Err("an Ogg page of a stream that has not begun"),
        }
        let segments = usize::from(page.segments);
        self.page = Some(page);
        if segments == 0 {
            return Ok(NEXT_PAGE);
        }
        self.state = State::SegmentTable;
        Ok(Next { pass: 0, then: segments })
    }

    fn open_body(&mut self, segment_table: &[u8]) -> Result<Next, &'static str> {
        let body = segment_table.iter().map(|&len| u64::from(len)).sum();
        if !self.page.is_some_and(|page| page.begins_stream) {
            return Ok(Next { pass: body, ..NEXT_PAGE });
        }
        match segment_table.first() {
            None | Some(0) => Err(NO_FIRST_PACKET),
            Some(&segment) => {
                self.state = State::FirstPacket { body };
                Ok(Next { pass: 0, then: IDENTIFICATION_LEN.min(usize::from(segment)) })
            }
        }
    }

    fn open_stream(&mut self, first_packet: &[u8]) -> Result<(), &'static str> {
        let codec = Codec::identify(first_packet)?;
        self.earlier = self.played();
        self.stream = self.page.map(|page| Stream {
            codec,
            serial: page.serial,
            next_sequence: page.sequence,
            granule: 0,
            ended: false,
        });
        Ok(())
    }

    /// Only now that all of the page has passed does its position count.
    fn close_page(&mut self) -> Result<(), NotAudio> {
        let (Some(page), Some(stream)) = (self.page.take(), &mut self.stream) else {
            return Ok(());
        };
        let bad = |defect| NotAudio::BadFrame { offset: page.at, defect };
        if !page.is_sound() {
            return Err(bad("an Ogg page whose checksum does not match"));
        }
        let granule = page.granule.unwrap_or(stream.granule);
        if granule < stream.granule {
            return Err(bad("an Ogg page that goes back in time"));
        }
        stream.granule = granule;
        stream.next_sequence = page.sequence.wrapping_add(1);
        stream.ended = page.ends_stream;
        Ok(())
    }

    /// What all streams so far are together.
    fn played(&self) -> Option<Played> {
        let stream = self.stream?;
        let samples = stream.codec.samples(stream.granule);
        let duration = stream.codec.sample_rate().map(|rate| playing_time(samples, rate));
        let played = Played { codec: stream.codec, duration, any_samples: samples > 0 };
        let Some(earlier) = self.earlier else {
            return Some(played);
        };
        Some(Played {
            codec: earlier.codec,
            duration: earlier.duration.zip(duration).map(|(earlier, duration)| earlier.saturating_add(duration)),
            any_samples: earlier.any_samples || played.any_samples,
        })
    }
}

const NO_FIRST_PACKET: &str = "an Ogg stream without a first packet";

#[cfg(test)]
#[path = "ogg_tests.rs"]
mod tests;
