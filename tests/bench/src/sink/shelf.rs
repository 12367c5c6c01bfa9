use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};

use crc_fast::{CrcAlgorithm, checksum_combine};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use sha2::{Digest, Sha256};

use super::blob::{Blob, written};
use crate::Fallible;
use crate::http::{Body, answer};

/// The bucket.
#[derive(Clone, Default)]
pub(super) struct Shelf {
    objects: BTreeMap<String, Object>,
    uploads: HashMap<String, Upload>,
    begun: u64,
}

#[derive(Clone)]
struct Object {
    blobs: Vec<Blob>,
    described: Vec<(String, String)>,
    length: u64,
    crc64nvme: u64,
    etag: String,
    is_old: bool,
}

#[derive(Clone, Default)]
struct Upload {
    described: Vec<(String, String)>,
    parts: BTreeMap<u32, Blob>,
}

const XML: (&str, &str) = ("content-type", "application/xml");
const MODIFIED: (&str, &str) = ("last-modified", "Fri, 15 Mar 2024 14:30:22 GMT");
/// What was there before, and what was written since: nobody's clock makes the latter old.
const OLD: &str = "2024-03-15T14:30:22Z";
const NEW: &str = "2099-03-15T14:30:22Z";
const PAGE: usize = 1_000;

impl Shelf {
    pub(super) fn sha256(&self, end: &str) -> Fallible<String> {
        let mut found = self.objects.iter().filter(|(key, _)| key.ends_with(end));
        let (Some((_, object)), None) = (found.next(), found.next()) else {
            return Err(format!("not one object ends with {end}").into());
        };
        let mut sum = Sha256::new();
        object.blobs.iter().for_each(|blob| sum.update(blob.bytes()));
        Ok(hex::encode(sum.finalize()))
    }

    pub(super) fn answer(&mut self, key: &str, head: &Parts, blob: Blob) -> Response<Body> {
        let query: HashMap<&str, &str> = head.uri.query().unwrap_or_default().split('&').map(pair).collect();
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        match (&head.method, query.get("uploadId")) {
            (&Method::PUT, _) if key.is_empty() => answer(StatusCode::OK, &[], ""),
            (&Method::PUT, Some(id)) => {
                let number = query.get("partNumber").and_then(|number| number.parse().ok()).unwrap_or_default();
                let etag = format!("\"part-{}\"", written(blob.crc64nvme));
                let Some(upload) = self.uploads.get_mut(*id) else {
                    return refusal(StatusCode::NOT_FOUND, "NoSuchUpload");
                };
                upload.parts.insert(number, blob);
                answer(StatusCode::OK, &[("etag", &etag)], "")
            }
            (&Method::POST, Some(id)) => {
                let Some(upload) = self.uploads.remove(*id) else {
                    return refusal(StatusCode::NOT_FOUND, "NoSuchUpload");
                };
                let object = Object::of(upload.parts.into_values().collect(), upload.described);
                let body = format!(
                    "<CompleteMultipartUploadResult><Key>{key}</Key><ETag>{}</ETag></CompleteMultipartUploadResult>",
                    object.etag.replace('"', "&quot;")
                );
                self.put(key, object, header("if-none-match"), header("if-match"), header("x-amz-checksum-crc64nvme"))
                    .unwrap_or_else(|_| answer(StatusCode::OK, &[XML], body))
            }
            (&Method::DELETE, Some(id)) => {
                self.uploads.remove(*id);
                answer(StatusCode::NO_CONTENT, &[], "")
            }
            (&Method::POST, None) if query.contains_key("uploads") => {
                self.begun += 1;
                let id = self.begun.to_string();
                self.uploads.insert(id.clone(), Upload { described: described(head), ..Upload::default() });
                let body = format!(
                    "<InitiateMultipartUploadResult><Bucket>{}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>\
                     </InitiateMultipartUploadResult>",
                    super::BUCKET
                );
                answer(StatusCode::OK, &[XML], body)
            }
            (&Method::PUT, None) => {
                let object = Object::of(vec![blob], described(head));
                self.put(key, object, header("if-none-match"), header("if-match"), header("x-amz-checksum-crc64nvme"))
                    .unwrap_or_else(|etag| answer(StatusCode::OK, &[("etag", &etag)], ""))
            }
            (&Method::DELETE, None) => {
                self.objects.remove(key);
                answer(StatusCode::NO_CONTENT, &[], "")
            }
            (&Method::GET, None) if query.contains_key("uploads") => answer(
                StatusCode::OK,
                &[XML],
                "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
            ),
            (&Method::GET, None) if key.is_empty() => self.list(&query),
            (&Method::GET | &Method::HEAD, None) => self.get(key, head),
            _ => refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        }
    }

    /// The ETag, where it was put; else the refusal.
    fn put(
        &mut self,
        key: &str,
        object: Object,
        if_none_match: Option<&str>,
        if_match: Option<&str>,
        crc64nvme: Option<&str>,
    ) -> Result<Response<Body>, String> {
        let there = self.objects.get(key).map(|object| object.etag.as_str());
        if (if_none_match.is_some() && there.is_some()) || if_match.is_some_and(|wanted| there != Some(wanted)) {
            return Ok(refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
        }
        if crc64nvme.is_some_and(|said| said != written(object.crc64nvme)) {
            return Ok(refusal(StatusCode::BAD_REQUEST, "BadDigest"));
        }
        let etag = object.etag.clone();
        self.objects.insert(key.to_owned(), object);
        Err(etag)
    }

    fn get(&self, key: &str, head: &Parts) -> Response<Body> {
        let Some(object) = self.objects.get(key) else { return refusal(StatusCode::NOT_FOUND, "NoSuchKey") };
        let (length, crc) = (object.length.to_string(), written(object.crc64nvme));
        let mut headers = vec![("content-length", length.as_str()), ("etag", &object.etag), MODIFIED];
        headers.extend(object.described.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if head.method == Method::HEAD {
            headers.extend([("x-amz-checksum-crc64nvme", crc.as_str()), ("x-amz-checksum-type", "FULL_OBJECT")]);
            return answer(StatusCode::OK, &headers, "");
        }
        let [blob] = &object.blobs[..] else { return refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented") };
        answer(StatusCode::OK, &headers, blob.bytes())
    }

    /// A page: what comes behind the place that the one before ended at. With a delimiter only the folders.
    fn list(&self, query: &HashMap<&str, &str>) -> Response<Body> {
        let text = |name: &str| query.get(name).map(|text| text.replace("%2F", "/"));
        let prefix = text("prefix").unwrap_or_default();
        let mut body = format!("<ListBucketResult><Name>{}</Name>", super::BUCKET);
        let is_truncated = if query.contains_key("delimiter") {
            self.folders(&prefix).iter().for_each(|folder| {
                body += &format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>");
            });
            false
        } else {
            let most = query.get("max-keys").and_then(|most| most.parse().ok()).unwrap_or(PAGE);
            let after = text("continuation-token").or_else(|| text("start-after"));
            let from = after.as_ref().map_or(Included(&prefix), Excluded);
            let range = self.objects.range::<String, _>((from, Unbounded));
            let mut found = range.take_while(|(key, _)| key.starts_with(&prefix));
            let mut last = None;
            for (key, object) in found.by_ref().take(most) {
                body += &object.listed(key);
                last = Some(key);
            }
            let is_truncated = found.next().is_some();
            if let Some(last) = last.filter(|_| is_truncated) {
                body += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
            }
            is_truncated
        };
        body += &format!("<IsTruncated>{is_truncated}</IsTruncated></ListBucketResult>");
        answer(StatusCode::OK, &[XML], body)
    }

    fn folders(&self, prefix: &str) -> BTreeSet<String> {
        let keys = self.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let folder = |key: &String| Some(format!("{prefix}{}/", key.strip_prefix(prefix)?.split_once('/')?.0));
        keys.filter_map(|(key, _)| folder(key)).collect()
    }

    pub(super) fn put_old(&mut self, key: &str, blob: Blob) {
        self.put_old_described(key, blob, Vec::new());
    }

    pub(super) fn put_old_described(&mut self, key: &str, blob: Blob, described: Vec<(String, String)>) {
        self.objects.insert(key.to_owned(), Object { is_old: true, ..Object::of(vec![blob], described) });
    }
}

impl Object {
    fn listed(&self, key: &str) -> String {
        format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><ETag>{}</ETag><LastModified>{}</LastModified></Contents>",
            self.length,
            self.etag.replace('"', "&quot;"),
            if self.is_old { OLD } else { NEW }
        )
    }

    fn of(blobs: Vec<Blob>, described: Vec<(String, String)>) -> Self {
        let combine = |sum: (u64, u64), blob: &Blob| {
            (sum.0 + blob.length, checksum_combine(CrcAlgorithm::Crc64Nvme, sum.1, blob.crc64nvme, blob.length))
        };
        let (length, crc64nvme) = blobs.iter().fold((0, 0), combine);
        // No MD5, and nothing that looks like one.
        let etag = format!("\"crc-{}-{length}\"", hex::encode(crc64nvme.to_be_bytes()));
        Self { blobs, described, length, crc64nvme, etag, is_old: false }
    }
}

/// The headers that come back with an object.
fn described(head: &Parts) -> Vec<(String, String)> {
    let told = head.headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        name == "content-type" || name.starts_with("x-amz-meta-")
    });
    told.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

fn pair(pair: &str) -> (&str, &str) {
    pair.split_once('=').unwrap_or((pair, ""))
}

fn refusal(status: StatusCode, code: &str) -> Response<Body> {
    answer(status, &[XML], format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"))
}
