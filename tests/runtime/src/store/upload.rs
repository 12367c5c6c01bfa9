use std::collections::BTreeMap;

use bytes::Bytes;

use super::answer::Refusal;
use super::asked::Asked;
use super::object::Stored;
use super::sums::{Sums, crc64nvme};

/// The smallest part that S3 takes, but for the last.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// An object that comes in parts. They are added up in order; one that is early waits for those before it.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) key: String,
    description: Vec<(String, String)>,
    parts: BTreeMap<u32, Part>,
    early: BTreeMap<u32, Bytes>,
    sums: Sums,
    added_up: u32,
    requests: u32,
}

#[derive(Debug, PartialEq, Eq)]
struct Part {
    bytes: u64,
    etag: String,
    crc64nvme: String,
}

impl Upload {
    /// Begins one whose checksum is to be that of the whole object.
    pub(super) fn begin(asked: &Asked) -> Result<Self, Refusal> {
        let header = |name| asked.header(name).unwrap_or_default();
        match (header("x-amz-checksum-algorithm"), header("x-amz-checksum-type")) {
            ("CRC64NVME", "FULL_OBJECT") => Ok(Self {
                key: asked.key.clone(),
                description: asked.description(),
                parts: BTreeMap::new(),
                early: BTreeMap::new(),
                sums: Sums::new(),
                added_up: 0,
                requests: 0,
            }),
            other => Err(Refusal::not_understood(&format!("an upload with the checksum {other:?}"))),
        }
    }

    /// Takes a part; its ETag.
    pub(super) fn part(&mut self, asked: &Asked) -> Result<String, Refusal> {
        let number = asked.parameter("partNumber").and_then(|number| number.parse().ok());
        let number = number.filter(|number| (1..=10_000).contains(number));
        let number = number.ok_or_else(|| Refusal::bad("InvalidArgument", "part numbers go from 1 to 10,000"))?;
        let crc = crc64nvme(&asked.body);
        if asked.header("x-amz-checksum-crc64nvme") != Some(&crc) {
            return Err(Refusal::bad("BadDigest", "the part's CRC64NVME is another one"));
        }
        let part = Part { bytes: asked.body.len() as u64, etag: format!("\"{number}-{crc}\""), crc64nvme: crc };
        self.requests += 1;
        let etag = part.etag.clone();
        match self.parts.get(&number) {
            // What was added up cannot be taken out again; the same bytes need not be.
            Some(there) if *there == part => {}
            Some(_) => return Err(Refusal::not_understood("a part that replaces another one")),
            None => {
                self.parts.insert(number, part);
                self.early.insert(number, asked.body.clone());
                self.add_up();
            }
        }
        Ok(etag)
    }

    fn add_up(&mut self) {
        while let Some(bytes) = self.early.remove(&(self.added_up + 1)) {
            self.sums.add(&bytes);
            self.added_up += 1;
        }
    }

    /// What the parts become, if they are the ones that were sent, and the sum is the one that the sender found.
    pub(super) fn complete(&self, asked: &Asked) -> Result<Stored, Refusal> {
        let list = String::from_utf8_lossy(&asked.body);
        let named: Vec<_> = elements(&list, "Part").map(Self::named).collect();
        let sent: Vec<_> = self.parts.iter().map(|(number, part)| (*number, part.etag.clone())).collect();
        if named != sent || self.added_up as usize != sent.len() || sent.is_empty() {
            return Err(Refusal::bad("InvalidPart", "the parts named are not the parts sent"));
        }
        if self.parts.values().rev().skip(1).any(|part| part.bytes < SMALLEST_PART) {
            return Err(Refusal::bad("EntityTooSmall", "a part that is not the last is below 5 MiB"));
        }
        let stored = Stored::of_parts(&self.sums, self.requests, self.description.clone());
        let size = stored.bytes.to_string();
        match (asked.header("x-amz-checksum-crc64nvme"), asked.header("x-amz-mp-object-size")) {
            (Some(crc), _) if crc != stored.crc64nvme => Err(Refusal::bad("BadDigest", "the CRC64NVME is another one")),
            (_, Some(said)) if said != size => Err(Refusal::bad("InvalidRequest", "the object has another size")),
            (Some(_), Some(_)) => Ok(stored),
            _ => Err(Refusal::not_understood("an object whose checksum and size nobody says")),
        }
    }

    fn named(part: &str) -> (u32, String) {
        let member = |name| elements(part, name).next().unwrap_or_default();
        (member("PartNumber").parse().unwrap_or_default(), member("ETag").replace("&quot;", "\""))
    }
}

/// The contents of the elements of that name, which have no attributes and do not hold one another.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let pieces: Vec<_> = xml.split(&start).skip(1).filter_map(|rest| Some(rest.split_once(&end)?.0)).collect();
    pieces.into_iter()
}
