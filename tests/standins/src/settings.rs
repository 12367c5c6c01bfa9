use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that can be chosen before the start. The default is one account at each provider, one Airtable base, free
/// ports, and a clock that shows the wall's time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen, on 127.0.0.1.
    pub ports: Ports,
    /// The Twilio accounts; one with well-known credentials when none is given.
    pub accounts: Vec<Account>,
    /// The Airtable bases; one with well-known credentials when none is given.
    pub bases: Vec<Base>,
    /// The Vapi organisations; one with a well-known key when none is given.
    pub vapi: Vec<VapiOrganisation>,
    /// The ElevenLabs workspaces; one with a well-known key when none is given.
    pub elevenlabs: Vec<Workspace>,
    /// The virtual clock.
    pub clock: ClockSettings,
    /// The AWS emulator behind the door, such as `http://127.0.0.1:4566`; without one the door leads nowhere.
    pub emulator: Option<String>,
}

/// The listeners' ports; 0 takes a free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ports {
    /// Twilio's API.
    pub twilio: u16,
    /// Twilio's media host.
    pub media: u16,
    /// Airtable's API.
    pub airtable: u16,
    /// The door before the AWS emulator.
    pub aws: u16,
    /// Vapi's API.
    pub vapi: u16,
    /// ElevenLabs' API.
    pub elevenlabs: u16,
}

/// A Twilio account. Its secrets are of use to the stand-in only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// Signs webhooks, and is the account's password.
    pub auth_token: String,
    /// `SK` and 32 hexadecimal digits.
    pub api_key_sid: String,
    /// The API key's password; it signs nothing.
    pub api_key_secret: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            sid: "AC0123456789abcdef0123456789abcdef".to_owned(),
            auth_token: "standin-auth-token".to_owned(),
            api_key_sid: "SK0123456789abcdef0123456789abcdef".to_owned(),
            api_key_secret: "standin-api-key-secret".to_owned(),
        }
    }
}

/// A Vapi organisation. Its key is of use to the stand-in only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VapiOrganisation {
    /// Its id.
    pub id: String,
    /// The private key of its API.
    pub private_key: String,
}

impl Default for VapiOrganisation {
    fn default() -> Self {
        Self { id: "00000000-0000-4000-8000-000000000001".to_owned(), private_key: "standin-vapi-key".to_owned() }
    }
}

/// An ElevenLabs workspace. Its secrets are of use to the stand-in only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workspace {
    /// Its name here.
    pub id: String,
    /// The key of its API.
    pub api_key: String,
    /// Signs its webhooks.
    pub webhook_secret: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            id: "workspace".to_owned(),
            api_key: "standin-elevenlabs-key".to_owned(),
            webhook_secret: "wsec_standin".to_owned(),
        }
    }
}

/// An Airtable base with its one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Base {
    /// The personal access token that may use the base.
    pub token: String,
    /// `app` and 14 letters or digits.
    pub base_id: String,
    /// `tbl` and 14 letters or digits.
    pub table_id: String,
    /// The table's name, which addresses it as well as its id does.
    pub table_name: String,
    /// The single line text field with the job number.
    pub job_number_field: String,
    /// The single line text field with the call id.
    pub call_id_field: String,
    /// The long text field with the history.
    pub history_field: String,
    /// Further single line text fields.
    pub other_fields: Vec<String>,
}

impl Default for Base {
    fn default() -> Self {
        Self {
            token: "patStandin0000001.standin".to_owned(),
            base_id: "appStandin0000001".to_owned(),
            table_id: "tblStandin0000001".to_owned(),
            table_name: "Jobs".to_owned(),
            job_number_field: "job_number".to_owned(),
            call_id_field: "call_id".to_owned(),
            history_field: "job_history".to_owned(),
            other_fields: vec!["customer".to_owned(), "status".to_owned()],
        }
    }
}

/// How virtual time runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockSettings {
    /// Virtual seconds in a real one; 0 stands still until it is advanced.
    pub speed: f64,
    /// What the clock shows at first; the wall's time when absent.
    pub start: Option<Timestamp>,
}

impl Default for ClockSettings {
    fn default() -> Self {
        Self { speed: 1.0, start: None }
    }
}
