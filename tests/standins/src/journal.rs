//! What the stand-ins were asked, in order: the evidence that tests look at.

use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::faults::Fault;

/// The hosts that are stood in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Twilio's REST API.
    Twilio,
    /// The host that Twilio's and Vapi's APIs redirect to for audio.
    Media,
    /// Airtable's REST API.
    Airtable,
    /// The door before the AWS emulator.
    Aws,
    /// Vapi's API.
    Vapi,
    /// ElevenLabs' API.
    ElevenLabs,
}

/// Who a request said it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Caller {
    /// There were no credentials.
    Nobody,
    /// There was one, and it is nobody's.
    Stranger,
    /// A Twilio account.
    Account {
        /// The account.
        account_sid: String,
        /// By an API key instead of the auth token.
        by_api_key: bool,
    },
    /// A bearer of an Airtable token.
    Bearer {
        /// The bases that the token may use.
        base_ids: Vec<String>,
    },
    /// The bearer of a Vapi organisation's private key.
    VapiOrganisation {
        /// The organisation.
        id: String,
    },
    /// Who has an ElevenLabs workspace's key.
    Workspace {
        /// The workspace.
        id: String,
    },
    /// Somebody whom the AWS emulator is to judge.
    ForAws,
}

/// One request. Of those at the door before AWS, only what a fault struck is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Counts from 1 and never repeats.
    pub seq: u64,
    /// When it came, by the virtual clock.
    pub at: Timestamp,
    /// Where it came.
    pub service: Service,
    /// Its method.
    pub method: String,
    /// Its path and query; the secret of a media link is replaced by `…`. Of an AWS operation its name and its queue, as in
    /// `/AmazonSQS.SendMessage/history.fifo`.
    pub path: String,
    /// Its `Range` header.
    #[serde(default)]
    pub range: Option<String>,
    /// Who sent it.
    pub caller: Caller,
    /// What was answered; absent while it is handled and when the connection was closed instead.
    pub status: Option<u16>,
    /// The fault that struck it.
    pub fault: Option<Fault>,
}

/// Something that a correct client never does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// When, by the virtual clock.
    pub at: Timestamp,
    /// Where.
    pub service: Service,
    /// What.
    pub kind: ViolationKind,
    /// The request's method and path.
    pub request: String,
}

/// The kinds of violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// Credentials crossed the redirect to the media host.
    AuthorizationAtMediaHost,
    /// The stand-in knows no such route or parameter: the client asks for what nobody checked.
    UnknownRequest,
    /// A request reached Airtable within the 30 seconds after a 429.
    RequestWithinPenalty,
}

/// A choice of journal entries; the default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalQuery {
    /// Only of this service.
    pub service: Option<Service>,
    /// Only of this method.
    pub method: Option<String>,
    /// Only with this text in the path or query.
    pub path_contains: Option<String>,
    /// Only after this entry.
    pub after_seq: u64,
}

impl JournalQuery {
    /// All requests to a service.
    pub fn of(service: Service) -> Self {
        Self { service: Some(service), ..Self::default() }
    }

    /// Of this method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// With this text in the path or query only.
    #[must_use]
    pub fn path_contains(mut self, text: &str) -> Self {
        self.path_contains = Some(text.to_owned());
        self
    }

    fn chooses(&self, entry: &JournalEntry) -> bool {
        self.service.is_none_or(|service| service == entry.service)
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&entry.method))
            && self.path_contains.as_ref().is_none_or(|text| entry.path.contains(text))
            && entry.seq > self.after_seq
    }
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    last_seq: u64,
    entries: Vec<JournalEntry>,
    violations: Vec<Violation>,
}

impl Journal {
    /// Writes down a request that has come; the number is for [`Self::close`].
    pub(crate) fn open(&self, mut entry: JournalEntry) -> u64 {
        let mut pages = self.0.lock();
        pages.last_seq += 1;
        entry.seq = pages.last_seq;
        pages.entries.push(entry);
        pages.last_seq
    }

    /// Adds what became of it.
    pub(crate) fn close(&self, seq: u64, status: Option<u16>) {
        let mut pages = self.0.lock();
        let found = pages.entries.binary_search_by_key(&seq, |entry| entry.seq);
        if let Ok(index) = found {
            pages.entries[index].status = status;
        }
    }

    pub(crate) fn violation(&self, violation: Violation) {
        self.0.lock().violations.push(violation);
    }

    pub(crate) fn entries(&self, query: &JournalQuery) -> Vec<JournalEntry> {
        self.0.lock().entries.iter().filter(|entry| query.chooses(entry)).cloned().collect()
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.0.lock().violations.clone()
    }

    pub(crate) fn clear(&self) {
        let mut pages = self.0.lock();
        pages.entries.clear();
        pages.violations.clear();
    }
}
