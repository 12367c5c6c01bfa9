use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use serde::{Deserialize, Serialize};

use super::Overrides;
use super::signature::{signature, url_as_signed, without_fragment};
use crate::courier::Delivery;
use crate::world::{World, WorldError};

/// Where a webhook goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Destination {
    /// The URL as it is configured at Twilio, with its fragment: the signature is over this.
    pub url: String,
    /// Where it is really sent, when the configured host is another's name for it: plain HTTP only.
    pub send_to: Option<String>,
    /// Further headers, `Host` among them if need be.
    pub headers: BTreeMap<String, String>,
    /// What is wrong with it.
    pub forgery: Forgery,
}

/// What is wrong with a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Nothing.
    #[default]
    None,
    /// There is no signature.
    Unsigned,
    /// It is signed with another token.
    WrongToken,
    /// The body was changed after it was signed.
    TamperedBody,
    /// The signature is of another URL.
    OtherUrl(String),
    /// The signature is this text.
    Signature(String),
}

/// A form to be signed and sent in the name of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The account whose token signs; the first one when absent.
    #[serde(default)]
    pub account_sid: Option<String>,
    /// Where it goes.
    pub to: Destination,
    /// The parameters in their order.
    pub params: Vec<(String, String)>,
}

/// A webhook as bytes, for who sends it himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRequest {
    /// Where it goes, without the fragment.
    pub url: String,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The encoded form.
    pub body: String,
}

/// A `RecordingStatusCallback` of a recording (protocols.md 1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingStatusForm {
    /// The recording.
    pub recording_sid: String,
    /// Where it goes.
    pub to: Destination,
    /// The status to report; what the recording became when absent.
    pub status: Option<String>,
    /// The `ErrorCode`; that of an absent recording when absent.
    pub error_code: Option<u32>,
    /// Parameters with other values, or added.
    pub set: BTreeMap<String, String>,
    /// Parameters left out.
    pub omit: Vec<String>,
}

/// A call status callback (protocols.md 1.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallStatusForm {
    /// The call.
    pub call_sid: String,
    /// Where it goes.
    pub to: Destination,
    /// The status to report; the call's when absent.
    pub status: Option<String>,
    /// Parameters with other values, or added.
    pub set: BTreeMap<String, String>,
}

/// A number's voice webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VoiceForm {
    /// The call that comes in.
    pub call_sid: String,
    /// Where it goes.
    pub to: Destination,
    /// Parameters with other values, or added.
    pub set: BTreeMap<String, String>,
}

impl From<&str> for Destination {
    fn from(url: &str) -> Self {
        Self { url: url.to_owned(), ..Self::default() }
    }
}

impl World {
    /// Reports a recording to a callback URL, with the retries that its fragment asks for.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] for an unknown recording, [`WorldError::BadDestination`] for an impossible URL. A
    /// receiver that refuses or does not answer is no error: see [`Delivery`].
    pub async fn deliver_recording_status(&self, form: RecordingStatusForm) -> Result<Delivery, WorldError> {
        self.deliver_form(self.recording_status_form(form)?).await
    }

    /// Reports a call to a callback URL.
    ///
    /// # Errors
    /// As [`Self::deliver_recording_status`].
    pub async fn deliver_call_status(&self, form: CallStatusForm) -> Result<Delivery, WorldError> {
        self.deliver_form(self.call_status_form(form)?).await
    }

    /// Asks a voice webhook what to do with a call; the answer's body is the TwiML.
    ///
    /// # Errors
    /// As [`Self::deliver_recording_status`].
    pub async fn deliver_voice(&self, form: VoiceForm) -> Result<Delivery, WorldError> {
        let ringing =
            CallStatusForm { call_sid: form.call_sid, to: form.to, status: Some("ringing".to_owned()), set: form.set };
        self.deliver_form(self.call_status_form(ringing)?).await
    }

    /// Signs and sends any form, as Twilio would.
    ///
    /// # Errors
    /// As [`Self::deliver_recording_status`].
    pub async fn deliver_form(&self, form: Form) -> Result<Delivery, WorldError> {
        let overrides = Overrides::of_url(&form.to.url);
        let request = self.sign_form(form)?;
        self.courier().deliver(&request, &overrides).await
    }

    /// Signs a form without sending it.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such account.
    pub fn sign_form(&self, form: Form) -> Result<SignedRequest, WorldError> {
        let token = &self.twilio().account(form.account_sid.as_deref())?.auth_token;
        let Form { to, params, .. } = form;
        let mut headers = BTreeMap::from(
            [
                ("content-type", "application/x-www-form-urlencoded; charset=UTF-8"),
                ("user-agent", "TwilioProxy/1.1"),
                ("accept", "*/*"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        headers.insert("i-twilio-idempotency-token".to_owned(), hex::encode(rand::random::<[u8; 16]>()));
        headers.extend(to.signature(token, &params).map(|value| ("x-twilio-signature".to_owned(), value)));
        headers.extend(to.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
        let url = without_fragment(to.send_to.as_deref().unwrap_or(&to.url)).to_owned();
        Ok(SignedRequest { url, headers, body: to.body(params) })
    }

    /// The form that reports a recording, unsigned.
    ///
    /// # Errors
    /// [`WorldError::NotFound`] when there is no such recording.
    pub fn recording_status_form(&self, form: RecordingStatusForm) -> Result<Form, WorldError> {
        let recording = self.recording(form.recording_sid)?;
        let mut params = self.recording_params(&recording, form.status.as_deref(), form.error_code);
        params.retain(|(name, _)| !form.omit.contains(name));
        set(&mut params, form.set);
        Ok(Form { account_sid: Some(recording.account_sid), to: form.to, params })
    }

    fn call_status_form(&self, form: CallStatusForm) -> Result<Form, WorldError> {
        let found = self.twilio().store().calls.get(&form.call_sid).cloned();
        let call = found.ok_or_else(|| WorldError::not_found("call", form.call_sid))?;
        let mut params = self.call_params(&call, form.status.as_deref());
        set(&mut params, form.set);
        Ok(Form { account_sid: Some(call.account_sid), to: form.to, params })
    }
}

impl Destination {
    fn signature(&self, token: &str, params: &[(String, String)]) -> Option<String> {
        let signed_url = url_as_signed(&self.url);
        match &self.forgery {
            Forgery::None | Forgery::TamperedBody => Some(signature(token, &signed_url, params)),
            Forgery::WrongToken => Some(signature("not-the-auth-token", &signed_url, params)),
            Forgery::OtherUrl(url) => Some(signature(token, &url_as_signed(url), params)),
            Forgery::Signature(text) => Some(text.clone()),
            Forgery::Unsigned => None,
        }
    }

    fn body(&self, mut params: Vec<(String, String)>) -> String {
        if self.forgery == Forgery::TamperedBody {
            let foreign = "RE00000000000000000000000000000000".to_owned();
            set(&mut params, BTreeMap::from([("RecordingSid".to_owned(), foreign)]));
        }
        Serializer::new(String::new()).extend_pairs(params).finish()
    }
}

fn set(params: &mut Vec<(String, String)>, values: BTreeMap<String, String>) {
    for (name, value) in values {
        match params.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => params.push((name, value)),
        }
    }
}
