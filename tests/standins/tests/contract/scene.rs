use serde_json::{Value, json};
use standins::{Account, Base, ClockSettings, CreateJob, PlaceRecording, PlacedRecording, Settings, Standins, World};

use crate::http::{Call, Reply, call, get};

/// Stand-ins with the default settings and a clock that moves only when told.
pub(crate) struct Scene {
    pub(crate) standins: Standins,
    pub(crate) account: Account,
    pub(crate) base: Base,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let start = Some("2024-03-15T14:30:22Z".parse().unwrap());
        let settings = Settings { clock: ClockSettings { speed: 0.0, start }, ..settings };
        let standins = Standins::start(settings).await.unwrap();
        Self { standins, account: Account::default(), base: Base::default() }
    }

    pub(crate) fn world(&self) -> &World {
        self.standins.world()
    }

    pub(crate) fn place(&self, wanted: PlaceRecording) -> PlacedRecording {
        self.world().place_recording(wanted).unwrap()
    }

    /// A request to the API, with the account's token.
    pub(crate) fn twilio(&self, method: &'static str, path: &str) -> Call {
        let url = format!("{}{path}", self.standins.twilio_url());
        call(method, url).basic(&self.account.sid, &self.account.auth_token)
    }

    /// Audio as a correct client gets it: the redirect is followed without credentials.
    pub(crate) async fn fetch(&self, url: &str, headers: &[(&str, &str)]) -> Reply {
        let with = |call: Call| headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        let reply = with(get(url)).basic(&self.account.sid, &self.account.auth_token).send().await;
        if reply.status != 302 {
            return reply;
        }
        with(get(reply.header("location"))).send().await
    }

    pub(crate) fn job(&self, job_number: &str) -> String {
        self.world().create_job(CreateJob::numbered(job_number)).unwrap()
    }

    /// A request to the table, with the base's token; `rest` begins with `/` or `?`.
    pub(crate) fn table(&self, method: &'static str, rest: &str) -> Call {
        let Base { token, base_id, table_id, .. } = &self.base;
        let url = format!("{}/v0/{base_id}/{table_id}{rest}", self.standins.airtable_url());
        call(method, url).bearer(token)
    }

    /// The job numbers that a list with this body shows.
    pub(crate) async fn list(&self, body: Value) -> Reply {
        self.table("POST", "/listRecords").json(&body).send().await
    }

    pub(crate) async fn patch(&self, records: &[(&str, Value)]) -> Reply {
        let records: Vec<Value> = records.iter().map(|(id, fields)| json!({"id": id, "fields": fields})).collect();
        self.table("PATCH", "").json(&json!({ "records": records })).send().await
    }

    pub(crate) fn history(&self, record_id: &str) -> String {
        self.world().job_history(record_id.to_owned()).unwrap()
    }
}
