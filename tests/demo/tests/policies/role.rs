//! A role, with credentials of its own. The emulator looks at whose they are and what that role may do, and not at the
//! signature.

use demo::SceneError;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use stack::Stack;

pub(crate) struct Role<'a> {
    stack: &'a Stack,
    client: Client,
    access_key_id: String,
    token: String,
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
        let owner = Self { stack, client, access_key_id: stack.aws().access_key_id.to_owned(), token: String::new() };
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
        let roles = self.asks("iam", &[("Action", "ListRoles"), ("Version", "2010-05-08")]).await?;
        let named = format!("-{id}-");
        let mut arns = roles.split("<Arn>").skip(1).filter_map(|rest| rest.split("</Arn>").next());
        let arn = arns.find(|arn| arn.contains(&named));
        arn.map(str::to_owned).ok_or_else(|| SceneError::Strange(format!("there is no role {id}")))
    }

    async fn assumes(&self, arn: &str) -> Result<Self, SceneError> {
        let assume =
            [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleSessionName", "a-try"), ("RoleArn", arn)];
        let session = self.asks("sts", &assume).await?;
        let part = |name: &str| {
            let (_, rest) = session.split_once(&format!("<{name}>"))?;
            rest.split("</").next().map(str::to_owned)
        };
        match (part("AccessKeyId"), part("SessionToken")) {
            (Some(access_key_id), Some(token)) => {
                Ok(Self { stack: self.stack, client: self.client.clone(), access_key_id, token })
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
                let bucket = &self.stack.outputs().bucket_name;
                let url = format!("{}/{bucket}{}", self.stack.aws().endpoint, on.trim_end_matches('/'));
                self.signed("s3", self.client.request(method, url)).body("{}").send().await?
            }
            false => {
                let body = json!({ "QueueUrl": self.queue(on), "MessageBody": "a try" }).to_string();
                let request = self.signed("sqs", self.client.post(&self.stack.aws().endpoint));
                let request = request.header("X-Amz-Target", format!("AmazonSQS.{operation}"));
                request.header("Content-Type", "application/x-amz-json-1.0").body(body).send().await?
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

    async fn asks(&self, service: &str, form: &[(&str, &str)]) -> Result<String, SceneError> {
        let request = self.signed(service, self.client.post(&self.stack.aws().endpoint)).form(form);
        Ok(request.send().await?.text().await?)
    }

    fn signed(&self, service: &str, request: RequestBuilder) -> RequestBuilder {
        let (key, region) = (&self.access_key_id, self.stack.aws().region);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20240101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let request = request.header("Authorization", authorization);
        if self.token.is_empty() { request } else { request.header("X-Amz-Security-Token", &self.token) }
    }
}
