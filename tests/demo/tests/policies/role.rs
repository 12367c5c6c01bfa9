//! A role, with credentials of its own. The emulator looks at whose they are, at the signature, and at what that role may do.

use demo::SceneError;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use sha2::{Digest, Sha256};
use stack::Stack;

pub(crate) struct Role<'a> {
    stack: &'a Stack,
    client: Client,
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

#[derive(Debug)]
pub(crate) enum Answer {
    Done,
    Denied,
}

impl<'a> Role<'a> {
    /// Assumes a role, by its id in the template.
    pub(crate) async fn of(stack: &'a Stack, id: &str) -> Result<Self, SceneError> {
        // Nothing here speaks TLS, and yet the client wants to know how it would.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build()?;
        let (access_key_id, secret_access_key) =
            (stack.aws().access_key_id.to_owned(), stack.aws().secret_access_key.to_owned());
        let owner = Self { stack, client, access_key_id, secret_access_key, token: None };
        let arn = owner.arn_of(id).await?;
        match id {
            // Nobody else may be that one, the account's owner included.
            "LinkSignerRole" => {
                let webhook = owner.arn_of("WebhookRole").await?;
                owner.assumes(&webhook).await?.assumes(&arn).await
            }
            _ => owner.assumes(&arn).await,
        }
    }

    async fn arn_of(&self, id: &str) -> Result<String, SceneError> {
        let roles = self.asks("iam", "Action=ListRoles&Version=2010-05-08").await?;
        let named = format!("-{id}-");
        let mut arns = roles.split("<Arn>").skip(1).filter_map(|rest| rest.split("</Arn>").next());
        let arn = arns.find(|arn| arn.contains(&named));
        arn.map(str::to_owned).ok_or_else(|| SceneError::Strange(format!("there is no role {id}")))
    }

    async fn assumes(&self, arn: &str) -> Result<Self, SceneError> {
        let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=a-try&RoleArn={arn}");
        let session = self.asks("sts", &assume).await?;
        let part = |name: &str| {
            let (_, rest) = session.split_once(&format!("<{name}>"))?;
            rest.split("</").next().map(str::to_owned)
        };
        match (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")) {
            (Some(access_key_id), Some(secret_access_key), token @ Some(_)) => {
                Ok(Self { stack: self.stack, client: self.client.clone(), access_key_id, secret_access_key, token })
            }
            _ => Err(SceneError::Strange(format!("{arn} cannot be assumed: {session}"))),
        }
    }

    /// `PUT /key`, or `SendMessage TransferQueue`.
    pub(crate) async fn does(&self, what: &str) -> Result<Answer, SceneError> {
        let (operation, on) = what.split_once(' ').unwrap_or((what, ""));
        let answer = match on.starts_with('/') {
            true => {
                let method = Method::from_bytes(operation.as_bytes()).unwrap_or(Method::GET);
                let path = format!("/{}{}", self.stack.outputs().bucket_name, on.trim_end_matches('/'));
                self.signed("s3", method, &path, "{}").send().await?
            }
            false => {
                let body = json!({ "QueueUrl": self.queue(on), "MessageBody": "a try" }).to_string();
                let request = self.signed("sqs", Method::POST, "/", &body);
                let request = request.header("X-Amz-Target", format!("AmazonSQS.{operation}"));
                request.header("Content-Type", "application/x-amz-json-1.0").send().await?
            }
        };
        let (status, text) = (answer.status(), answer.text().await?);
        match (status.is_success(), text.contains("AccessDenied")) {
            (true, _) => Ok(Answer::Done),
            (false, true) => Ok(Answer::Denied),
            // It tells nothing of what is allowed.
            (false, false) => Err(SceneError::Strange(format!("{status} {text}"))),
        }
    }

    fn queue(&self, id: &str) -> &str {
        let outputs = self.stack.outputs();
        match id {
            "TransferQueue" => &outputs.transfer_queue_url,
            "TransferDeadLetterQueue" => &outputs.transfer_dead_letter_queue_url,
            "HistoryQueue" => &outputs.history_queue_url,
            _ => &outputs.retry_queue_url,
        }
    }

    async fn asks(&self, service: &str, form: &str) -> Result<String, SceneError> {
        let request = self.signed(service, Method::POST, "/", form);
        Ok(request.header("Content-Type", "application/x-www-form-urlencoded").send().await?.text().await?)
    }

    /// A request with its signature, of version 4.
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    fn signed(&self, service: &str, method: Method, path: &str, body: &str) -> RequestBuilder {
        let (endpoint, region) = (&self.stack.aws().endpoint, self.stack.aws().region);
        let host = endpoint.trim_start_matches("http://");
        let at = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &at[..8];
        let digest = hex::encode(Sha256::digest(body));
        let mut headers = vec![("host", host), ("x-amz-content-sha256", &digest), ("x-amz-date", &at)];
        headers.extend(self.token.as_deref().map(|token| ("x-amz-security-token", token)));
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{digest}");
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
        let secret = format!("AWS4{}", self.secret_access_key).into_bytes();
        let key = [day, region, service, "aws4_request"].into_iter().fold(secret, |key, part| mac(&key, part));
        let signature = hex::encode(mac(&key, &text));
        let credential = &self.access_key_id;
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}/{scope}, SignedHeaders={names}, Signature={signature}");
        let request = self.client.request(method, format!("{endpoint}{path}")).body(body.to_owned());
        let request = headers.iter().skip(1).fold(request, |request, (name, value)| request.header(*name, *value));
        request.header("Authorization", authorization)
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.chain_update(text).finalize().into_bytes().to_vec()
}
