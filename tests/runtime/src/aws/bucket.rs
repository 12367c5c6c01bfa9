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

    /// Has a bucket keep every version from now on.
    ///
    /// # Panics
    /// When the emulator refuses it.
    pub async fn keep_versions(&self, bucket: &str) {
        const ENABLED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        self.s3(Method::PUT, &format!("/{bucket}?versioning"), Bytes::from_static(ENABLED.as_bytes())).await;
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

    /// The keys that begin so, in order.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().map(|last| format!("&start-after={last}")).unwrap_or_default();
            let page = self.list(&format!("/{bucket}?list-type=2&prefix={prefix}{after}")).await;
            keys.extend(elements(&page, "Key"));
            if !page.contains("<IsTruncated>true<") {
                return keys;
            }
        }
    }

    /// The keys of all that is kept in any version, each as often as there are versions of it; a thousand at the most.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn versions(&self, bucket: &str) -> Vec<String> {
        let page = self.list(&format!("/{bucket}?versions")).await;
        assert!(!page.contains("<IsTruncated>true<"), "there are more versions than are looked at here");
        elements(&page, "Version").filter_map(|version| elements(&version, "Key").next()).collect()
    }

    /// The uploads in parts that were begun and neither completed nor given up, each by key and id; a thousand at the most.
    ///
    /// # Panics
    /// When the emulator fails.
    pub async fn uploads(&self, bucket: &str) -> Vec<(String, String)> {
        let page = self.list(&format!("/{bucket}?uploads")).await;
        elements(&page, "Key").zip(elements(&page, "UploadId")).collect()
    }

    async fn list(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.s3(Method::GET, path, Bytes::new()).await).into_owned()
    }

    async fn s3(&self, method: Method, path: &str, body: Bytes) -> Bytes {
        let (status, answer) = self.send("s3", method.clone(), path, &[], body).await;
        assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&answer));
        answer
    }
}

/// What stands in elements of this name. None of our keys holds a character that XML would write otherwise.
fn elements(xml: &str, name: &str) -> impl Iterator<Item = String> {
    let end = format!("</{name}>");
    let rests = xml.split(&format!("<{name}>")).skip(1).map(str::to_owned).collect::<Vec<_>>();
    rests.into_iter().filter_map(move |rest| Some(rest.split_once(&end)?.0.to_owned()))
}
