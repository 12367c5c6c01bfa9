use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use standins::{Account, Base, Settings, VapiOrganisation, Workspace};

/// The token that comes with Vapi's webhooks.
const VAPI_WEBHOOK_SECRET: &str = "standin-vapi-webhook-secret";
/// What ElevenLabs signs its webhooks with.
const ELEVENLABS_WEBHOOK_SECRET: &str = "standin-elevenlabs-webhook-secret";

/// What the API's tokens are signed with.
const TOKEN_KEY_ID: &str = "k1";
const TOKEN_KEY: &str = "a key of tokens that open nothing but this machine";

/// The credentials that the deployed functions share with the stand-ins. They are of use to this stack only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalSecret {
    /// The Twilio account: its token signs webhooks.
    pub account: Account,
    /// The Airtable base with its token.
    pub base: Base,
    /// The Vapi organisation with its key.
    #[serde(default)]
    pub vapi: VapiOrganisation,
    /// The ElevenLabs workspace with its key.
    #[serde(default)]
    pub elevenlabs: Workspace,
}

impl LocalSecret {
    /// The header and the token that come with Vapi's webhooks.
    #[must_use]
    pub fn vapi_webhook_header(&self) -> (&'static str, &'static str) {
        ("X-Vapi-Secret", VAPI_WEBHOOK_SECRET)
    }

    /// What ElevenLabs signs its webhooks with.
    #[must_use]
    pub fn elevenlabs_webhook_secret(&self) -> &'static str {
        ELEVENLABS_WEBHOOK_SECRET
    }

    /// The key that the API's tokens are signed with, by its id.
    #[must_use]
    pub fn token_key(&self) -> (&'static str, &'static str) {
        (TOKEN_KEY_ID, TOKEN_KEY)
    }

    /// The first account, base, organisation and workspace of the stand-ins.
    pub(crate) fn shared_with(standins: &Settings) -> Self {
        Self {
            account: standins.accounts.first().cloned().unwrap_or_default(),
            base: standins.bases.first().cloned().unwrap_or_default(),
            vapi: standins.vapi.first().cloned().unwrap_or_default(),
            elevenlabs: standins.elevenlabs.first().cloned().unwrap_or_default(),
        }
    }

    /// The value of the secret, as `tools/secret.example.json` shows it.
    pub(crate) fn value(&self) -> Value {
        let Self { account, base, vapi, elevenlabs } = self;
        json!({
            "link_keys": { "current": "k1", "keys": { "k1": "a key of links that lead nowhere but into this machine" } },
            "jwt": { "current": TOKEN_KEY_ID, "keys": { TOKEN_KEY_ID: TOKEN_KEY } },
            "organisations": {
                "default": {
                    "twilio": {
                        "account_sid": account.sid,
                        "auth_token": account.auth_token,
                        "previous_auth_token": null,
                        "api_key_sid": account.api_key_sid,
                        "api_key_secret": account.api_key_secret,
                    },
                    "vapi": {
                        "api_key": vapi.private_key,
                        // A token, so that the events in `events/` count on any day.
                        "webhook": { "scheme": "x_vapi_secret", "secret": VAPI_WEBHOOK_SECRET },
                        "previous_webhook": null,
                    },
                    "elevenlabs": {
                        "api_key": elevenlabs.api_key,
                        "webhook_secret": ELEVENLABS_WEBHOOK_SECRET,
                        "previous_webhook_secret": null,
                    },
                    "airtable": {
                        "token": base.token,
                        "base_id": null,
                        "table_id": null,
                        "job_number_field": null,
                        "call_id_field": null,
                        "history_field": null,
                    },
                    "legacy_hosts": ["127.0.0.1"],
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_form_of_the_example() {
        let example = include_str!("../../../tools/secret.example.json");
        let example: Value = serde_json::from_str(example).unwrap();
        let mut local = LocalSecret::shared_with(&Settings::default()).value();
        // The example has no keys of links and tokens: an installation's own are generated, and nobody else knows them.
        for keys in ["link_keys", "jwt"] {
            local.as_object_mut().unwrap().remove(keys);
        }
        // Vapi lets its customers choose a credential.
        let vapi = "/organisations/default/vapi";
        local.pointer_mut(vapi).unwrap()["webhook"] = example.pointer(vapi).unwrap()["webhook"].clone();
        assert_eq!(form(&local), form(&example));
    }

    /// The paths of all values.
    fn form(value: &Value) -> Vec<String> {
        match value {
            Value::Object(members) => members
                .iter()
                .flat_map(|(name, value)| form(value).into_iter().map(move |rest| format!("{name}.{rest}")))
                .collect(),
            _ => vec![String::new()],
        }
    }
}
