use bytes::Bytes;
use hyper::{Method, StatusCode};

use super::Aws;

/// Buckets: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>.
impl Aws {
    /// Makes a bucket.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn create_bucket(&self, bucket: &str) {
        self.s3(Method::PUT, &format!("/{bucket}"), Bytes::new()).await;
    }

    /// Puts an object, whether or not there is one.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn put_object(&self, bucket: &str, key: &str, content: impl Into<Bytes>) {
        self.s3(Method::PUT, &format!("/{bucket}/{key}"), content.into()).await;
    }

    /// An object's content, if there is one.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let (status, body) = self.send("s3", Method::GET, &format!("/{bucket}/{key}"), &[], Bytes::new()).await;
        assert!(status == StatusCode::NOT_FOUND || status.is_success(), "GET {key}: {status}");
        status.is_success().then_some(body)
    }

    /// The keys that begin so, in order; a thousand at the most.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let list = self.s3(Method::GET, &format!("/{bucket}?list-type=2&prefix={prefix}"), Bytes::new()).await;
        // None of our keys holds a character that XML would write otherwise.
        let list = String::from_utf8_lossy(&list);
        let keys = list.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()));
        keys.collect()
    }

    async fn s3(&self, method: Method, path: &str, body: Bytes) -> Bytes {
        let (status, answer) = self.send("s3", method.clone(), path, &[], body).await;
        assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&answer));
        answer
    }
}
