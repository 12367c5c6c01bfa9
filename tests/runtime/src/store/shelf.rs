use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Response, StatusCode};

use super::answer::{Refusal, answer};
use super::asked::Asked;
use super::object::Stored;
use super::sums::crc64nvme;
use super::upload::Upload;

/// The bucket: what is in it, and what is being sent to it in parts.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    objects: BTreeMap<String, Stored>,
    uploads: BTreeMap<String, Upload>,
    begun: u64,
}

type Answered = Result<Response<Full<Bytes>>, Refusal>;

impl Shelf {
    pub(super) fn object(&self, key: &str) -> Option<Stored> {
        self.objects.get(key).cloned()
    }

    pub(super) fn keys(&self, prefix: &str) -> Vec<String> {
        self.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    pub(super) fn uploads_under_way(&self) -> usize {
        self.uploads.len()
    }

    pub(super) fn answer(&mut self, asked: &Asked) -> Answered {
        asked.check_understood()?;
        match (asked.method.as_str(), asked.parameter("uploadId")) {
            ("PUT", Some(id)) => self.part(id, asked),
            ("POST", Some(id)) => self.complete(id, asked),
            ("DELETE", Some(id)) => self.abort(id, asked),
            ("POST", None) if asked.parameter("uploads").is_some() => self.begin(asked),
            ("PUT", None) => self.put(asked),
            ("DELETE", None) => Ok(self.delete(asked)),
            ("GET" | "HEAD", None) => self.get(asked),
            (method, _) => Err(Refusal::not_understood(&format!("{method} of {}", asked.key))),
        }
    }

    fn put(&mut self, asked: &Asked) -> Answered {
        self.check_conditions(asked)?;
        match asked.header("x-amz-checksum-crc64nvme") {
            Some(crc) if crc != crc64nvme(&asked.body) => {
                return Err(Refusal::bad("BadDigest", "the CRC64NVME is another one"));
            }
            _ => {}
        }
        let stored = Stored::whole(asked.body.clone(), asked.description());
        let etag = stored.etag();
        self.objects.insert(asked.key.clone(), stored);
        Ok(answer(StatusCode::OK, &[("etag", &etag)], ""))
    }

    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    fn check_conditions(&self, asked: &Asked) -> Result<(), Refusal> {
        let there = self.objects.get(&asked.key);
        match (asked.header("if-none-match"), asked.header("if-match"), there) {
            (Some("*"), None, Some(_)) => Err(Refusal::condition_failed()),
            (None, Some(_), None) => Err(Refusal::new(StatusCode::NOT_FOUND, "NoSuchKey", "there is none")),
            (None, Some(wanted), Some(there)) if wanted != there.etag() => Err(Refusal::condition_failed()),
            (Some("*"), None, None) | (None, _, _) => Ok(()),
            (Some(_), _, _) => Err(Refusal::not_understood("such a condition")),
        }
    }

    fn get(&self, asked: &Asked) -> Answered {
        let no_such_key = || Refusal::new(StatusCode::NOT_FOUND, "NoSuchKey", "there is none");
        let object = self.objects.get(&asked.key).ok_or_else(no_such_key)?;
        let body = match (&asked.method, &object.content) {
            (&Method::HEAD, _) => Bytes::new(),
            (_, Some(content)) => content.clone(),
            (_, None) => return Err(Refusal::not_understood("what came in parts any more")),
        };
        let (size, etag) = (object.bytes.to_string(), object.etag());
        let mut headers = vec![("content-length", size.as_str()), ("etag", &etag)];
        headers.extend(object.description.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        // Where the reader asked for it; of a body, the SDK would then add up what it reads.
        if asked.method == Method::HEAD && asked.header("x-amz-checksum-mode") == Some("ENABLED") {
            headers.extend([("x-amz-checksum-crc64nvme", object.crc64nvme.as_str())]);
            headers.extend([("x-amz-checksum-type", "FULL_OBJECT")]);
        }
        Ok(answer(StatusCode::OK, &headers, body))
    }

    fn delete(&mut self, asked: &Asked) -> Response<Full<Bytes>> {
        self.objects.remove(&asked.key);
        answer(StatusCode::NO_CONTENT, &[], "")
    }

    fn begin(&mut self, asked: &Asked) -> Answered {
        let upload = Upload::begin(asked)?;
        self.begun += 1;
        let id = format!("upload-{}", self.begun);
        let body = format!(
            "<InitiateMultipartUploadResult><Key>{}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>",
            asked.key
        );
        self.uploads.insert(id, upload);
        Ok(answer(StatusCode::OK, &[("content-type", "application/xml")], body))
    }

    fn part(&mut self, id: &str, asked: &Asked) -> Answered {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.key == asked.key);
        let etag = upload.ok_or_else(Refusal::no_such_upload)?.part(asked)?;
        Ok(answer(StatusCode::OK, &[("etag", &etag)], ""))
    }

    fn complete(&mut self, id: &str, asked: &Asked) -> Answered {
        let upload = self.uploads.get(id).filter(|upload| upload.key == asked.key);
        let stored = upload.ok_or_else(Refusal::no_such_upload)?.complete(asked)?;
        self.check_conditions(asked)?;
        let body = format!(
            "<CompleteMultipartUploadResult><Key>{}</Key><ETag>{}</ETag></CompleteMultipartUploadResult>",
            asked.key,
            stored.etag()
        );
        self.uploads.remove(id);
        self.objects.insert(asked.key.clone(), stored);
        Ok(answer(StatusCode::OK, &[("content-type", "application/xml")], body))
    }

    fn abort(&mut self, id: &str, asked: &Asked) -> Answered {
        match self.uploads.get(id) {
            Some(upload) if upload.key == asked.key => {
                self.uploads.remove(id);
                Ok(answer(StatusCode::NO_CONTENT, &[], ""))
            }
            _ => Err(Refusal::no_such_upload()),
        }
    }
}
